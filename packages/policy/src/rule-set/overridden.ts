/**
 * Rules that never decide in a container, because another policy that selects it has one of the same object and source that is stricter, or goes before it. What a
 * policy does to itself is in lower/warnings.ts.
 */

import type { PolicyRef } from "@portcullis/model";
import type { Lowered, LoweredRule } from "../lower/lower.ts";
import { contested, wholeOrigins } from "./contested.ts";
import { byCodeUnits, refKey } from "./rule-set.ts";

/** The place of a rule in its policy → the rule that always decides before it, in words. */
export type OverriddenRules = ReadonlyMap<string, string>;

/** Of these policies, which all select one container: those with such rules. Whatever their order, the same. */
export function overriddenIn(lowered: readonly Lowered[]): ReadonlyMap<Lowered, OverriddenRules> {
  const policies = lowered
    .filter(({ rules }) => rules.length > 0)
    .sort((a, b) => byCodeUnits(refKey(a.policy), refKey(b.policy)));
  const beaten = new Map<LoweredRule, string>();
  const losers = new Set<Lowered>();
  const all = policies.flatMap(({ rules }, policy) => rules.map((rule) => ({ policy, rule })));
  for (const { first, others } of contested(all)) {
    const winner = policies[first.policy]?.policy;
    for (const { policy, rule } of others) {
      const of = policies[policy];
      if (policy === first.policy || of === undefined || winner === undefined) continue;
      beaten.set(rule, `${first.rule.origin} of ${policyWords(winner)}`);
      losers.add(of);
    }
  }
  return new Map([...losers].map((loser) => [loser, wholeOrigins(loser.rules, beaten)]));
}

const policyWords = ({ kind, namespace, name }: PolicyRef): string =>
  `${kind} ${namespace === "" ? name : `${namespace}/${name}`}`;
