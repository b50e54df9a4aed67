/**
 * From policies to what the kernel asks: select (which containers), lower (a policy's rules), buildRuleSet (all rules of a
 * container), compile (the automaton), decide (what the kernel decides with it) and explain (why). Pure: no I/O, no clock.
 */

export { type Compiled, type CompileOptions, compile, pathsToResolve } from "./automaton.ts";
export { baseAllowance } from "./base.ts";
export { decide, type Query, type Verdict } from "./decide.ts";
export { AutomatonBudgetError } from "./errors.ts";
export { type Explanation, explain } from "./explain.ts";
export { type Feature, features, supportedFeatures } from "./features.ts";
export { type Lowered, type LoweredRule, lower, policyRef } from "./lower.ts";
export { type InvalidPosture, type Posture, resolvePosture } from "./posture.ts";
export type { Problem } from "./problem.ts";
export { buildRuleSet, type RuleSetOptions } from "./ruleset.ts";
export { containerNames, type PodFacts, type Selector, selectorOf } from "./select.ts";
export type { Budget } from "./tables.ts";
