/**
 * What tests above this package need in order to compare somebody else's verdicts (the kernel's) with `decide` and with the
 * semantics: `@portcullis/policy/testing`. A naive reference, and random rule sets, queries and aliases that collide all the time.
 */
export { arbitraryAliases, arbitraryApplets, arbitraryMatch, arbitraryQuery, arbitraryRuleSet } from "./arbitrary.ts";
export { inReferenceTerms, type ReferenceVerdict, referenceDecide } from "./reference.ts";
