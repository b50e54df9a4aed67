/** What is bound as it is written, and is probably not what was meant. For the policy's status; it changes no verdict. */

import { reasons } from "@portcullis/api";
import type { Problem } from "../problem.ts";
import { contested, wholeOrigins } from "../rule-set/contested.ts";
import type { Lowered, LoweredRule } from "./lower.ts";

/** A character of globs, or brackets and braces that would be one. */
const glob = /[*?]|\[[^\]/]+\]|\{[^}/]*,[^}/]*\}/;

/** Whether a name that stands for itself looks like a pattern. */
export const looksLikePattern = (name: string): boolean => glob.test(name);

/** Of one policy alone, in the order of its rules. */
export function warningsOf({ rules }: Pick<Lowered, "rules">): Problem[] {
  return [...literalGlobs(rules), ...neverDeciding(rules)];
}

function literalGlobs(rules: readonly LoweredRule[]): Problem[] {
  const warnings = new Map<string, Problem>();
  for (const { match, source, origin } of rules)
    for (const named of [match, source]) {
      const [key, name] = nameIn(named);
      if (!looksLikePattern(name)) continue;
      const meant = named === source ? "sources are no patterns: name each program" : "did you mean matchPatterns?";
      const message = `${key} ${JSON.stringify(name)} has a character of patterns and matches this very character; ${meant}`;
      warnings.set(`${origin} ${name}`, { origin, reason: reasons.literalGlob, message });
    }
  return [...warnings.values()];
}

function nameIn(named: LoweredRule["match"] | LoweredRule["source"]): [key: "path" | "dir", name: string] {
  if (named?.kind === "syscall") return nameIn(named.at);
  if (named?.kind === "directory") return ["dir", named.dir];
  return ["path", named?.kind === "path" ? named.path : ""];
}

/** Rules of the same object and source as a stricter one, which is asked first and always decides. */
function neverDeciding(rules: readonly LoweredRule[]): Problem[] {
  const beaten = new Map<LoweredRule, Problem>();
  for (const { first, others } of contested(rules.map((rule) => ({ policy: 0, rule }))))
    for (const { rule } of others)
      beaten.set(rule, {
        origin: rule.origin,
        reason: reasons.neverDecides,
        message: `it never decides: ${first.rule.origin} is of the same object and source, and stricter or before it; ${remedyFor(rule, rules)}`,
      });
  return [...wholeOrigins(rules, beaten).values()];
}

/** What is left of a rule that never decides: the last Allow rule of a category that goes away opens everything that no rule names. */
export function remedyFor({ action, category }: LoweredRule, rules: readonly LoweredRule[]): string {
  const allowing = rules.filter((rule) => rule.action === "allow" && rule.category === category);
  if (action !== "allow" || allowing.length > 1) return "remove one of them";
  return "it makes an allow-list all the same: keep an Allow rule if you remove this one";
}
