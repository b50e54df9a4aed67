/**
 * Section 4 of the semantics, read aloud over the rules themselves: scan all, sort, take the first. No tree, no lists, nothing
 * shared with the compiler; the property tests hold both against each other.
 */
import type { Match, Rule, RuleSet } from "@portcullis/model";
import type { Query } from "../src/index.ts";

export interface ReferenceDecision {
  readonly outcome: "allowed" | "denied";
  readonly ruleId: number;
  readonly report: "none" | "policy" | "posture";
  /** Policies whose audit rules report. */
  readonly auditing: readonly number[];
}

type Aliases = ReadonlyMap<string, readonly string[]>;
const split = (name: string): string[] => name.split("/").filter((c) => c !== "");
const spellings = (written: string, aliases: Aliases): string[] => [written, ...(aliases.get(written) ?? [])];

/** How specific a match is for a name: undefined = does not match, Infinity = exact, else the directory's depth. */
function specificity(match: Match, name: readonly string[], aliases: Aliases): number | undefined {
  const path = name.join("/");
  let best: number | undefined;
  for (const spelling of spellings(match.kind === "path" ? match.path : match.dir, aliases)) {
    const own = split(spelling);
    const isSelf = own.join("/") === path;
    const isBelow = name.length > own.length && own.every((c, i) => name[i] === c);
    const isChild = isBelow && name.length === own.length + 1;
    let found: number | undefined;
    if (match.kind === "path") found = isSelf ? Number.POSITIVE_INFINITY : undefined;
    else if (isSelf || isChild || (match.recursive && isBelow)) found = own.length;
    if (found !== undefined && (best === undefined || found > best)) best = found;
  }
  return best;
}

const conditions = (rule: Rule): number => [rule.readOnly, rule.ownerOnly, rule.noTerminal].filter(Boolean).length;

function conditionsMet(rule: Rule, query: Query): boolean {
  if (rule.readOnly && query.access === "write") return false;
  if (rule.ownerOnly && !query.isOwner) return false;
  return !(rule.noTerminal && query.hasTerminal);
}

/** Rules that speak of this object and this source, most specific first. */
function candidates(ruleSet: RuleSet, query: Query, aliases: Aliases): Rule[] {
  const found: { rule: Rule; object: number }[] = [];
  for (const rule of ruleSet.rules) {
    if (rule.category !== query.category || query.path === undefined) continue;
    const object = specificity(rule.match, query.path, aliases);
    if (object === undefined) continue;
    if (rule.source && (!query.source || specificity(rule.source, query.source, aliases) === undefined)) continue;
    found.push({ rule, object });
  }
  const stricter = (rule: Rule): number => (rule.action === "block" ? conditions(rule) : 10 - conditions(rule));
  found.sort(
    (a, b) =>
      Number(b.rule.source !== undefined) - Number(a.rule.source !== undefined) ||
      (a.object === b.object ? 0 : b.object - a.object) ||
      stricter(a.rule) - stricter(b.rule) ||
      a.rule.id - b.rule.id,
  );
  return found.map(({ rule }) => rule);
}

export function referenceDecide(ruleSet: RuleSet, query: Query, aliases: Aliases): ReferenceDecision {
  const decision = judge(ruleSet, query, aliases);
  const blocked = decision.outcome === "denied" && decision.report === "policy";
  const loader = query.source?.at(-1) === "ld.so"; // the one library that arbitrary.ts knows
  return query.access === "map" && !blocked && !loader
    ? { outcome: "allowed", ruleId: 0, report: "none", auditing: [] }
    : decision;
}

function judge(ruleSet: RuleSet, query: Query, aliases: Aliases): ReferenceDecision {
  const rules = candidates(ruleSet, query, aliases);
  const auditing = [
    ...new Set(
      rules
        .filter((r) => r.action === "audit" && (conditions(r) === 0 || !conditionsMet(r, query)))
        .map((r) => r.policy),
    ),
  ];
  const allowed = (ruleId: number, report: "none" | "posture" = "none") =>
    ({ outcome: "allowed", ruleId, report, auditing }) as const;
  const denied = (ruleId: number, report: "policy" | "posture") =>
    ({ outcome: "denied", ruleId, report, auditing: [] }) as const;

  const decider = rules.find((r) => r.action !== "audit" && r.policy >= 0);
  if (decider?.action === "block") {
    const permits = conditions(decider) > 0 && conditionsMet(decider, query);
    return permits ? allowed(decider.id) : denied(decider.id, "policy");
  }
  if (decider !== undefined) return conditionsMet(decider, query) ? allowed(decider.id) : denied(decider.id, "posture");

  const base = rules.find((r) => r.policy < 0 && conditionsMet(r, query));
  if (base !== undefined) return allowed(base.id);
  const allowList = ruleSet.rules.some((r) => r.category === query.category && r.action === "allow" && r.policy >= 0);
  if (!allowList) return allowed(0);
  return ruleSet.posture[query.category] === "block" ? denied(0, "posture") : allowed(0, "posture");
}
