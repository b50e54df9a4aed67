/** Rules of the same object and source: of those that decide the first is asked, and the others never are. */

import type { LoweredRule } from "../lower/lower.ts";
import { byDecidingOrder } from "./rule-set.ts";

export interface PlacedRule {
  /** The index of its policy in the rule set. */
  readonly policy: number;
  readonly rule: LoweredRule;
}

/** Every object and source of which several of these rules decide. */
export function contested(
  rules: Iterable<PlacedRule>,
): { readonly first: PlacedRule; readonly others: readonly PlacedRule[] }[] {
  const byObject = new Map<string, PlacedRule[]>();
  for (const one of rules) {
    // An Allow rule of an address lets sockets be made, whatever else is about that address.
    if (one.rule.action === "audit" || one.rule.match.kind === "address") continue;
    const key = objectOf(one.rule);
    const known = byObject.get(key);
    if (known === undefined) byObject.set(key, [one]);
    else known.push(one);
  }
  return [...byObject.values()].flatMap((all) => {
    const [first, ...others] = all.length === 1 ? [] : all.sort(byOrder);
    return first === undefined ? [] : [{ first, others }];
  });
}

const byOrder = (a: PlacedRule, b: PlacedRule): number =>
  byDecidingOrder({ ...a.rule, policy: a.policy }, { ...b.rule, policy: b.policy });

/** A rule is in many rule sets, and always of the same object. */
const objects = new WeakMap<LoweredRule, string>();

function objectOf(rule: LoweredRule): string {
  const known = objects.get(rule);
  if (known !== undefined) return known;
  const object = JSON.stringify([rule.category, rule.match, rule.source]);
  objects.set(rule, object);
  return object;
}

/** One place of a policy may be several rules, of many sources or capabilities: it never decides when none of them does. */
export function wholeOrigins<T>(rules: readonly LoweredRule[], beaten: ReadonlyMap<LoweredRule, T>): Map<string, T> {
  const deciding = new Set(rules.filter((rule) => !beaten.has(rule)).map(({ origin }) => origin));
  const all = rules.map((rule) => [rule.origin, beaten.get(rule)] as const);
  return new Map(all.filter((one): one is [string, T] => one[1] !== undefined && !deciding.has(one[0])));
}
