/**
 * From policies to what the kernel asks: select (which containers), lower (a policy's rules), buildRuleSet (all rules of a
 * container), compile (the automaton), decide (what the kernel decides with it) and explain (why). Pure: no I/O, no clock.
 */

export { type BaseEntry, baseEntries } from "../data/base-allowance.ts";
export { addressIn, addressText } from "./addresses/cidr.ts";
export { type Applet, appletAlias, appletOf } from "./applets.ts";
export { type Aliases, compile, type KnownAliases, namesOf, pathsToResolve } from "./compile/automaton.ts";
export { conditionsOf } from "./compile/decision-list.ts";
export { type Candidate, candidatesOf, type Standing } from "./decide/candidates.ts";
export { decide, type Peer, type Query, type Verdict } from "./decide/decide.ts";
export { type Explanation, explain } from "./decide/explain.ts";
export { domainsIn } from "./domains.ts";
export { type Lowered, lower } from "./lower/lower.ts";
export { isOfPreset } from "./lower/presets.ts";
export { looksLikePattern, remedyFor, warningsOf } from "./lower/warnings.ts";
export { nearest } from "./nearest.ts";
export { capabilitiesIn, capabilityName } from "./numbers/capabilities.ts";
export { protocolName, protocolsIn, type Socket, socketOf, socketWords } from "./numbers/sockets.ts";
export { syscallNameOf, syscallNumber, syscallsIn } from "./numbers/syscalls.ts";
export { pathFault } from "./paths.ts";
export { literalNames } from "./patterns/names.ts";
export type { Problem } from "./problem.ts";
export { type HostPosture, postureOfHost } from "./rule-set/host-posture.ts";
export { type OptOut, optedPolicies, optOutAsked, resolveOptOut } from "./rule-set/opt-out.ts";
export { type OverriddenRules, overriddenIn } from "./rule-set/overridden.ts";
export { type InvalidPosture, type Posture, postureKey, resolvePosture } from "./rule-set/posture.ts";
export { buildRuleSet } from "./rule-set/rule-set.ts";
export { resolveVisibility, visibilityIn } from "./rule-set/visibility.ts";
export { type Selector, selectorOf } from "./select/select.ts";
