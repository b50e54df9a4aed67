/** Rules that break what they are meant to protect: Block rules on what every program needs, and allow-lists that lack a program. */

import { baseEntries, type Query } from "@portcullis/policy";
import { nameOfMatch, ruleWords } from "../policies/rule-words.ts";
import { type Finding, findingAt } from "./finding.ts";
import type { LintedPolicy, LoweredRule } from "./linted-policy.ts";

/** Dynamic loaders and C libraries, where distributions have them. */
const loaders = [
  "/lib64/ld-linux-x86-64.so.2",
  "/lib/ld-linux-aarch64.so.1",
  "/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
  "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
  "/usr/lib64/ld-linux-x86-64.so.2",
  "/lib/ld-musl-x86_64.so.1",
  "/lib/ld-musl-aarch64.so.1",
  "/lib/x86_64-linux-gnu/libc.so.6",
  "/usr/lib/x86_64-linux-gnu/libc.so.6",
  "/usr/lib64/libc.so.6",
];
/** What programs read in order to look up hosts and users. */
const lookups = ["/etc/hosts", "/etc/resolv.conf", "/etc/nsswitch.conf", "/etc/passwd", "/etc/group"];

/** Of the base allowance: what is asked by the names of loaders, and what programs ask for and do well without. No program lists its terminals. */
const libraries = /^\/(usr\/(local\/)?)?lib/;
const optional = ["/etc/ld.so.preload", "/etc/ld.so.conf", "/etc/ld.so.conf.d/", "/dev/pts/"];

/** Block rules without a source that cover what any program needs. */
export function dangerFindings(policy: LintedPolicy): Finding[] {
  const roots = policy.rules.filter(
    ({ action, source, match }) => action === "block" && !source && nameOfMatch(match) === "/",
  );
  const rootOrigins = new Set(roots.map(({ origin }) => origin));
  const { verdicts } = policy;
  const asked = [
    ...loaders.map((name) => ({ name, code: "blocks-loader" as const, why: "" })),
    ...baseEntries
      .filter(({ name }) => !libraries.test(name) && !optional.includes(name))
      .map(({ name, why }) => ({ name, code: "blocks-base" as const, why: ` (${why})` })),
  ];
  const denied = asked.flatMap(({ name, code, why }) =>
    [
      verdicts.blocker("file", "read", name),
      code === "blocks-loader" ? verdicts.blocker("process", "map", name) : undefined,
    ]
      .filter((origin) => origin !== undefined && !rootOrigins.has(origin))
      .map((origin) => ({ origin: origin as string, code, what: `${name}${why}` })),
  );
  const groups = new Map<string, typeof denied>();
  for (const one of denied) {
    const key = `${one.code} ${one.origin}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [
    ...roots.map((rule) => rootFinding(policy, rule)),
    ...[...groups.values()].map((group) => {
      const { origin, code } = group[0] as (typeof denied)[number];
      const names = [...new Set(group.map(({ what }) => what))];
      const more = names.length > 3 ? ` and ${names.length - 3} more` : "";
      const message = `${origin} keeps every program from ${names.slice(0, 3).join(", ")}${more}`;
      const remedy = origin.startsWith("spec.process")
        ? "block the directories of programs instead, such as /usr/bin/"
        : undefined;
      return findingAt(policy, origin, code, { message, ...(remedy && { remedy }) });
    }),
  ];
}

function rootFinding(policy: LintedPolicy, rule: LoweredRule): Finding {
  const what = rule.match.kind === "directory" && rule.match.recursive ? "everything" : "everything right below /";
  const how = rule.category === "process" ? "executing" : rule.readOnly ? "writing" : "opening";
  const message = `${rule.origin} (${ruleWords(rule)}) denies ${how} ${what}`;
  return findingAt(policy, rule.origin, "blocks-root", { message });
}

/**
 * Allow rules of a source that the same containers may not start, and allow-lists of files without what look-ups need. `all`: every policy
 * of the run, because another one may allow the program.
 */
export function allowListFindings(scope: readonly LintedPolicy[], all: readonly LintedPolicy[]): Finding[] {
  const incomplete = scope.flatMap((policy) => {
    const acting = policy.rules.filter(({ action, source }) => action === "allow" && source?.kind === "path");
    const missing = acting.filter(({ source }) => {
      const program = nameOfMatch(source as LoweredRule["match"]);
      return (
        isMiss(scope, "process", "exec", program) &&
        !all.some(({ verdicts }) => verdicts.speaksOf("process", "exec", program))
      );
    });
    const programs = new Map<string, LoweredRule[]>();
    for (const rule of missing) {
      const program = nameOfMatch(rule.source as LoweredRule["match"]);
      programs.set(program, [...(programs.get(program) ?? []), rule]);
    }
    return [...programs].map(([program, rules]) => incompleteFinding(policy, program, rules));
  });
  return [...incomplete, ...scope.flatMap((policy) => listFindings(policy, scope))];
}

/** Whether these policies make the category an allow-list, and no rule of them names it. */
function isMiss(
  scope: readonly LintedPolicy[],
  category: Query["category"],
  access: Query["access"],
  name: string,
): boolean {
  return (
    scope.some(({ verdicts }) => verdicts.isAllowList(category)) &&
    !scope.some(({ verdicts }) => verdicts.speaksOf(category, access, name))
  );
}

function incompleteFinding(policy: LintedPolicy, program: string, [first, ...others]: readonly LoweredRule[]): Finding {
  const { origin } = first as LoweredRule;
  const what = others.length > 0 ? `${origin} and ${others.length} more rules count` : `${origin} counts`;
  const message = `${what} for ${program} alone, which no rule of the containers' allow-list of programs allows to start by that name`;
  return findingAt(policy, origin, "allow-list-incomplete", { message, remedy: `allow ${program} too` });
}

/** One note for each category that the policy makes an allow-list. */
function listFindings(policy: LintedPolicy, scope: readonly LintedPolicy[]): Finding[] {
  return (["process", "file", "network", "capabilities"] as const).flatMap((category) => {
    const allowing = policy.rules.filter((rule) => rule.category === category && rule.action === "allow");
    const first = allowing[0];
    if (first === undefined) return [];
    const message = `${category} becomes an allow-list of the selected containers`;
    const created = findingAt(policy, `spec.${category}`, "allow-list", { message });
    const lacking = category === "file" ? lookups.filter((name) => isMiss(scope, "file", "read", name)) : [];
    if (lacking.length === 0 || allowing.every(({ source }) => source !== undefined)) return [created];
    const lacks = `the allow-list of files has not ${lacking.join(", ")}`;
    return [created, findingAt(policy, `spec.${category}`, "allow-list-lookups", { message: lacks })];
  });
}
