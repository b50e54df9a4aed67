/**
 * From policies to what the kernel asks: select (which containers), lower (a policy's rules), buildRuleSet (all rules of a
 * container), compile (the automaton), decide (what the kernel decides with it) and explain (why). Pure: no I/O, no clock.
 */

export { type Compiled, type CompileOptions, compile, pathsToResolve } from "./compile/automaton.ts";
export type { Budget } from "./compile/tables.ts";
export { decide, type Query, type Verdict } from "./decide/decide.ts";
export { type Explanation, explain } from "./decide/explain.ts";
export { AutomatonBudgetError } from "./errors.ts";
export { type Feature, features, supportedFeatures } from "./lower/features.ts";
export { type Lowered, type LoweredRule, lower, policyRef } from "./lower/lower.ts";
export type { Problem } from "./lower/problem.ts";
export { baseAllowance } from "./rule-set/base-allowance.ts";
export { type InvalidPosture, type Posture, resolvePosture } from "./rule-set/posture.ts";
export { buildRuleSet, type RuleSetOptions } from "./rule-set/rule-set.ts";
export { containerNames, type PodFacts, type Selector, selectorOf } from "./select/select.ts";
