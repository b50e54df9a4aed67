/**
 * Rules that never decide in a container, because another policy that selects it has one of the same object and source that is stricter, or goes before it. What a
 * policy does to itself is in lower/warnings.ts.
 */

import type { PolicyRef } from "@portcullis/model";
import type { Lowered, LoweredRule } from "../lower/lower.ts";
import { wholeOrigins } from "../lower/warnings.ts";
import { byCodeUnits, byDecidingOrder, refKey } from "./rule-set.ts";

/** The place of a rule in its policy → the rule that always decides before it, in words. */
export type OverriddenRules = ReadonlyMap<string, string>;

interface Placed {
  readonly policy: number;
  readonly rule: LoweredRule;
}

/** Of these policies, which all select one container: those with such rules. Whatever their order, the same. */
export function overriddenIn(lowered: readonly Lowered[]): ReadonlyMap<Lowered, OverriddenRules> {
  const policies = lowered
    .filter(({ rules }) => rules.length > 0)
    .sort((a, b) => byCodeUnits(refKey(a.policy), refKey(b.policy)));
  const beaten = new Map<LoweredRule, string>();
  const losers = new Set<Lowered>();
  for (const all of sharedObjects(policies)) {
    const first = all.reduce((a, b) => (byDecidingOrder(placed(b), placed(a)) < 0 ? b : a));
    const winner = policies[first.policy]?.policy;
    for (const { policy, rule } of all) {
      const of = policies[policy];
      if (policy === first.policy || of === undefined || winner === undefined) continue;
      beaten.set(rule, `${first.rule.origin} of ${policyWords(winner)}`);
      losers.add(of);
    }
  }
  return new Map([...losers].map((loser) => [loser, wholeOrigins(loser.rules, beaten)]));
}

/** The deciding rules of each object and source that more than one policy has rules of. */
function sharedObjects(policies: readonly Lowered[]): Placed[][] {
  const byObject = new Map<string, Placed[]>();
  for (const [policy, { rules }] of policies.entries())
    for (const rule of rules) {
      // An Allow rule of an address lets sockets be made, whatever else is about that address.
      if (rule.action === "audit" || rule.match.kind === "address") continue;
      const key = objectOf(rule);
      const known = byObject.get(key);
      if (known === undefined) byObject.set(key, [{ policy, rule }]);
      else known.push({ policy, rule });
    }
  return [...byObject.values()].filter(([first, ...others]) => others.some(({ policy }) => policy !== first?.policy));
}

/** A rule is in many rule sets, and always of the same object. */
const objects = new WeakMap<LoweredRule, string>();

function objectOf(rule: LoweredRule): string {
  const known = objects.get(rule);
  if (known !== undefined) return known;
  const object = JSON.stringify([rule.category, rule.match, rule.source]);
  objects.set(rule, object);
  return object;
}

/** As the rule set of these policies has it, whose indexes are those of their order. */
const placed = ({ policy, rule }: Placed) => ({ ...rule, policy });

const policyWords = ({ kind, namespace, name }: PolicyRef): string =>
  `${kind} ${namespace === "" ? name : `${namespace}/${name}`}`;
