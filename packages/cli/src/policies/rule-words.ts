/** A rule in a few words, as findings and explanations name it. */
import type { Match, Rule } from "@portcullis/model";

/** `Block /etc/passwd from /bin/cat, readOnly`. */
export function ruleWords(rule: Omit<Rule, "id" | "policy">): string {
  const action = `${rule.action[0]?.toUpperCase()}${rule.action.slice(1)}`;
  const conditions = [rule.readOnly && "readOnly", rule.ownerOnly && "ownerOnly", rule.noTerminal && "pts: false"];
  const source = rule.source ? ` from ${matchWords(rule.source)}` : "";
  return [`${action} ${matchWords(rule.match)}${source}`, ...conditions.filter(Boolean)].join(", ");
}

/** The name, as the policy writes it; of a directory that is meant to any depth, with two stars. */
export function matchWords(match: Match): string {
  return match.kind === "directory" && match.recursive ? `${match.dir}**` : nameOfMatch(match);
}

/** The name, as the policy writes it. */
export function nameOfMatch(match: Match): string {
  const { path, dir, pattern } = match as { path?: string; dir?: string; pattern?: string };
  return path ?? dir ?? pattern ?? "";
}
