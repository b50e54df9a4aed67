/**
 * All policies that select a container to its rule set. The outcome depends on the set of policies alone: rules are put into one
 * canonical order, duplicates are merged, ids are given in that order, so that equal sets are equal bytes on every controller.
 */
import type { DecidingCategory, PolicyRef, PostureMode, Rule, RuleSet } from "@portcullis/model";
import { allCategories, categories } from "../categories.ts";
import { rank } from "../compile/decision-list.ts";
import type { Lowered, LoweredRule } from "../lower/lower.ts";
import { baseAllowance } from "./base-allowance.ts";
import { type Posture, postureKey } from "./posture.ts";

export interface RuleSetOptions {
  /** Of the pod's namespace (resolvePosture). */
  readonly posture: Posture;
  /** Permit what any program needs in order to run, where a category is an allow-list. Default true. */
  readonly baseAllowance?: boolean | undefined;
}

/** The rule set of a container that these policies select; undefined if none of them has a rule: nothing to bind. */
export function buildRuleSet(lowered: readonly Lowered[], options: RuleSetOptions): RuleSet | undefined {
  const withRules = lowered.filter((l) => l.rules.length > 0);
  if (withRules.length === 0) return undefined;
  const refs = new Map(withRules.map((l) => [refKey(l.policy), l.policy]));
  const keys = [...refs.keys()].sort(byCodeUnits);
  const policies = keys.map((key) => refs.get(key) as PolicyRef);
  const index = new Map(keys.map((key, i) => [key, i]));

  const rules: Omit<Rule, "id">[] = withRules.flatMap((l) =>
    l.rules.map((rule) => ({ ...rule, policy: index.get(refKey(l.policy)) as number })),
  );
  const posture: Partial<Record<DecidingCategory, PostureMode>> = {};
  for (const category of categories)
    if (rules.some((rule) => rule.category === category && rule.action === "allow"))
      posture[category] = options.posture[postureKey(category)];
  if (options.baseAllowance !== false)
    rules.push(...baseAllowance.filter((rule) => posture[rule.category as DecidingCategory] !== undefined));
  return { policies, rules: canonical(rules), posture };
}

/** Of rules that apply to one object and source: negative where the first is asked before the second, which then never decides. */
export const byDecidingOrder = (a: Omit<Rule, "id">, b: Omit<Rule, "id">): number =>
  rank(a) - rank(b) || byCodeUnits(ruleKey(a), ruleKey(b)) || byCodeUnits(a.origin, b.origin);

/** Sorted by every field, with ids from 1. Of equal rules one stays, the one whose origin comes first. */
function canonical(rules: readonly Omit<Rule, "id">[]): Rule[] {
  const keyed = rules.map((rule) => ({ rule, key: ruleKey(rule) }));
  keyed.sort((a, b) => byCodeUnits(a.key, b.key) || byCodeUnits(a.rule.origin, b.rule.origin));
  const unique = keyed.filter((entry, i) => i === 0 || entry.key !== keyed[i - 1]?.key);
  return unique.map(({ rule }, i) => ({ id: i + 1, ...rule }));
}

/** Everything of a rule but its id and origin. It is JSON of an array, so that no two rules share a key by accident. */
function ruleKey(rule: Omit<Rule, "id">): string {
  return JSON.stringify([
    allCategories.indexOf(rule.category),
    matchKey(rule.match),
    rule.source ? matchKey(rule.source) : "",
    rule.action,
    [rule.readOnly, rule.ownerOnly, rule.noTerminal, ...(rule.allowedArgs ? [rule.allowedArgs] : [])],
    rule.policy,
    rule.severity,
    rule.tags,
    rule.message,
  ]);
}

function matchKey(match: LoweredRule["match"]): readonly unknown[] {
  if (match.kind === "pattern") return [match.pattern, "pattern"];
  if (match.kind === "execname") return [match.name, "execname"];
  if (match.kind === "fileless") return ["", "fileless"];
  if (match.kind === "preset") return [match.preset, "preset"];
  if (match.kind === "protocol") return [match.protocol, "protocol"];
  if (match.kind === "address") {
    const { cidr, direction, protocol = "", ports } = match;
    return [cidr, "address", direction, protocol, ...(ports ? [ports.first, ports.last] : [])];
  }
  if (match.kind === "domain") return [match.domain, "domain"];
  if (match.kind === "capability") return [match.capability, "capability"];
  if (match.kind === "syscall") return [match.syscall, "syscall", ...(match.at ? matchKey(match.at) : [])];
  return match.kind === "path" ? [match.path, "path"] : [match.dir, "directory", match.recursive];
}

export const refKey = (ref: PolicyRef): string => JSON.stringify([ref.kind, ref.namespace, ref.name]);
/** `localeCompare` would make the order depend on where the controller runs. */
export const byCodeUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
