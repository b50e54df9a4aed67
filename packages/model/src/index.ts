/**
 * The nouns that the packages share: a rule set and its rules, the bundle of a node, the automaton that a rule set compiles to,
 * a node's status, an alert. Types alone, so that whoever reads them needs no other package. `proto/portcullis.proto` in the bus
 * gives those that travel their wire form.
 */
export type * from "./alert.ts";
export type * from "./alert-count.ts";
export type * from "./automaton.ts";
export type * from "./bundle.ts";
export type * from "./node-status.ts";
export type * from "./rule-set.ts";
