/**
 * Rules that never decide: doubled, contradicted, or shadowed by another one. Policies are looked at together where they select the same
 * containers as they are written. Whether a rule can decide is asked of the controller's own compiler: a rule that is in none of the
 * decision lists of an automaton never does.
 */
import type { RuleSet } from "@portcullis/model";
import { buildRuleSet, compile, conditionsOf } from "@portcullis/policy";
import { ruleWords } from "../policies/rule-words.ts";
import { type Finding, findingAt } from "./finding.ts";
import { type LintedPolicy, type LoweredRule, nameOf } from "./linted-policy.ts";

/** A rule with its policy. */
interface Entry {
  readonly policy: LintedPolicy;
  readonly rule: LoweredRule;
}

/** `scope`: policies that select the same containers, each of another name. */
export function shadowFindings(scope: readonly LintedPolicy[]): Finding[] {
  const entries = scope.flatMap((policy) => policy.rules.map((rule) => ({ policy, rule })));
  const places = new Map<string, Entry[]>();
  for (const entry of entries) {
    const key = placeOf(entry.rule);
    places.set(key, [...(places.get(key) ?? []), entry]);
  }
  const withSource = entries.filter(({ rule }) => rule.source !== undefined && rule.action !== "audit");
  const steered = new Set(withSource.map(({ rule }) => rule.category));
  return [...places.values()]
    .filter((place) => place.length > 1)
    .flatMap((place) => placeFindings(place, ({ category, source }) => source === undefined && steered.has(category)));
}

/** Equal for rules of the same object and source: only those can keep each other from deciding. A directory's depth is left out. */
function placeOf({ category, match, source }: LoweredRule): string {
  const object = match.kind === "directory" ? { ...match, recursive: undefined } : match;
  return JSON.stringify([category, object, source]);
}

/** `maySteer`: other rules of a source may decide before this one. */
function placeFindings(place: readonly Entry[], maySteer: (rule: LoweredRule) => boolean): Finding[] {
  const doubled = place.filter((entry, i) => place.findIndex((other) => isSame(entry, other)) < i);
  const single = place.filter((entry) => !doubled.includes(entry));
  const deciding = decidingOf(single);
  const shadowed = single.filter((entry) => !deciding.has(entry));
  return [
    ...doubled.map((entry) => doubledFinding(entry, single.find((other) => isSame(entry, other)) as Entry)),
    ...shadowed.flatMap((entry) =>
      shadowedFinding(
        entry,
        single.find((other) => shadows(other, entry)),
      ),
    ),
    ...single.flatMap((entry) => silentFinding(entry, single, maySteer)),
  ];
}

const isSame = (a: Entry, b: Entry): boolean =>
  a.policy === b.policy && JSON.stringify({ ...a.rule, origin: "" }) === JSON.stringify({ ...b.rule, origin: "" });

/** Those that decide or report somewhere, if there are only these. */
function decidingOf(entries: readonly Entry[]): Set<Entry> {
  // Between equal rules the order of their policies decides, which is that of their keys.
  const policies = [...new Set(entries.map(({ policy }) => policy))].sort((a, b) => (a.key < b.key ? -1 : 1));
  const lowered = policies.map((policy, i) => ({
    policy: { kind: policy.policy.kind, namespace: "", name: `${i}`.padStart(6, "0") },
    rules: entries.filter((entry) => entry.policy === policy).map(({ rule }) => rule),
    problems: [],
  }));
  const ruleSet = buildRuleSet(lowered, { posture, baseAllowance: false }) as RuleSet;
  const { lists } = compile(ruleSet).automaton;
  const found = new Set(lists.flat().map(({ ruleId }) => ruleId));
  const origins = ruleSet.rules
    .filter(({ id }) => found.has(id))
    .map((rule) => ({ policy: policies[Number(ruleSet.policies[rule.policy]?.name)], rule }));
  return new Set(
    entries.filter((entry) =>
      origins.some(({ policy, rule }) => policy === entry.policy && rule.origin === entry.rule.origin),
    ),
  );
}

const posture = { file: "audit", network: "audit", capabilities: "audit" } as const;

function shadows(other: Entry, entry: Entry): boolean {
  return other !== entry && !decidingOf([other, entry]).has(entry);
}

function doubledFinding({ policy, rule }: Entry, first: Entry): Finding {
  const where = rule.origin === first.rule.origin ? `${rule.origin} lists a source twice` : undefined;
  return findingAt(policy, rule.origin, "duplicate-rule", {
    message: where ?? `${rule.origin} (${ruleWords(rule)}) says the same as ${first.rule.origin}`,
  });
}

function shadowedFinding(entry: Entry, other: Entry | undefined): Finding[] {
  if (other === undefined) return [];
  const { policy, rule } = entry;
  const by = `${placed(other, policy)} (${ruleWords(other.rule)})`;
  if (sameEffect(rule, other.rule)) {
    const message = `${rule.origin} (${ruleWords(rule)}) says the same as ${by}, which decides, with its severity, tags and message`;
    return [findingAt(policy, rule.origin, "duplicate-rule", { message })];
  }
  if (rule.action === "allow" && other.rule.action === "block" && !isConditional(other.rule)) {
    const message = `${rule.origin} (${ruleWords(rule)}) contradicts ${by}: Block decides`;
    return [findingAt(policy, rule.origin, "contradiction", { message })];
  }
  const message = `${rule.origin} (${ruleWords(rule)}) never decides: ${by} always decides before`;
  return [findingAt(policy, rule.origin, "shadowed-rule", { message })];
}

/** An Audit rule on exactly what is always denied reports nothing. */
function silentFinding(entry: Entry, place: readonly Entry[], maySteer: (rule: LoweredRule) => boolean): Finding[] {
  const { policy, rule } = entry;
  if (rule.action !== "audit" || !isExact(rule) || maySteer(rule)) return [];
  const block = place.find((other) => other.rule.action === "block" && !isConditional(other.rule));
  if (block === undefined) return [];
  const by = `${placed(block, policy)} (${ruleWords(block.rule)})`;
  const message = `${rule.origin} (${ruleWords(rule)}) never reports: ${by} denies it, and Audit reports only what is allowed`;
  return [findingAt(policy, rule.origin, "shadowed-rule", { message })];
}

/** No other rule without a source can be more specific. */
const isExact = ({ match }: LoweredRule): boolean =>
  match.kind === "path" || match.kind === "capability" || (match.kind === "protocol" && match.protocol !== "all");

const isConditional = (rule: LoweredRule): boolean => conditionsOf(rule) > 0;

const sameEffect = (a: LoweredRule, b: LoweredRule): boolean =>
  JSON.stringify([a.match, a.action, a.readOnly, a.ownerOnly, a.noTerminal, a.allowedArgs]) ===
  JSON.stringify([b.match, b.action, b.readOnly, b.ownerOnly, b.noTerminal, b.allowedArgs]);

/** A rule's place for a reader of another policy's finding. */
function placed({ policy, rule }: Entry, from: LintedPolicy): string {
  if (policy === from) return rule.origin;
  const { line } = policy.at(rule.origin);
  return `${rule.origin} of ${nameOf(policy)} (${policy.file}:${line})`;
}
