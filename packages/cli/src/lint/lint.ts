/** All checks over all files: each file by itself, then what policies say together. Pure. */
import { type PolicyText, readPolicyTexts } from "../policies/policy-text.ts";
import type { TextFile } from "../policies/text-files.ts";
import { allowListFindings, dangerFindings } from "./danger-checks.ts";
import { type Finding, findingAt, sortedFindings } from "./finding.ts";
import { type LintedPolicy, lintedPolicy, nameOf, problemFindings } from "./linted-policy.ts";
import { nameFindings, sourceFindings } from "./name-checks.ts";
import { asStored, isMeantAsPolicy, schemaFindings } from "./schema-checks.ts";
import { shadowFindings } from "./shadow-checks.ts";
import { tabFindings, yamlFindings } from "./yaml-checks.ts";

export interface LintResult {
  /** Sorted by file and place. */
  readonly findings: readonly Finding[];
  readonly files: number;
  /** Documents that are, or are meant as, policies. */
  readonly policies: number;
}

/** Checks the files together, because rules of one may shadow rules of another; `apart`: each as if there were no other. */
export function lint(files: readonly TextFile[], { apart = false } = {}): LintResult {
  const findings: Finding[] = [];
  const linted: LintedPolicy[] = [];
  let policies = 0;
  for (const file of files) {
    const texts = readPolicyTexts(file).map(asStored);
    const meant = texts.filter(isMeantAsPolicy);
    policies += meant.length;
    findings.push(...texts.flatMap(yamlFindings));
    // Tabs of files that concern nobody here are not our business.
    if (meant.length > 0 || texts.some(({ faults }) => faults.length > 0)) findings.push(...tabFindings(file));
    else findings.push(findingAt({ file: file.file, at: () => ({ line: 1, column: 1 }) }, "", "no-rules", nothingHere));
    for (const text of meant) {
      const [own, policy] = textFindings(text);
      findings.push(...own);
      if (policy) linted.push(policy);
    }
  }
  const groups = apart ? files.map(({ file }) => linted.filter((policy) => policy.file === file)) : [linted];
  const together = groups.flatMap(togetherFindings);
  return { findings: sortedFindings([...findings, ...together]), files: files.length, policies };
}

const nothingHere = {
  message: "the file has no policy",
  remedy: "leave the file out, or correct its apiVersion and kind",
};

/** What is found in one document, and the policy if it is one. */
function textFindings(text: PolicyText): [Finding[], LintedPolicy | undefined] {
  const refused = schemaFindings(text);
  const own = [...refused, ...nameFindings(text)];
  // Half a policy says something else than was meant: what is wrong comes first.
  if (refused.some(({ code }) => code === "schema-violation" || code === "unknown-kind")) return [own, undefined];
  const policy = lintedPolicy(text);
  const known = new Set(refused.map(({ line, column }) => `${line}:${column}`));
  const problems = problemFindings(policy).filter(
    ({ code, line, column }) => code === "not-enforced" || !known.has(`${line}:${column}`),
  );
  const isEmpty = policy.rules.length === 0 && problems.length === 0 && refused.length === 0;
  const empty = isEmpty ? [findingAt(text, "spec", "no-rules", { message: "the policy has no rule" })] : [];
  return [[...own, ...problems, ...empty, ...dangerFindings(policy), ...sourceFindings(policy)], policy];
}

/** What policies say together, by the containers that they select. */
function togetherFindings(all: readonly LintedPolicy[]): Finding[] {
  const first = new Map<string, LintedPolicy>();
  const doubled: Finding[] = [];
  for (const policy of all) {
    const other = first.get(policy.key);
    if (other === undefined) first.set(policy.key, policy);
    else {
      const message = `${nameOf(policy)} is also in ${other.file}:${other.at("metadata.name").line}`;
      doubled.push(findingAt(policy, "metadata.name", "duplicate-policy", { message }));
    }
  }
  const policies = [...first.values()];
  const scopes = new Map<string, LintedPolicy[]>();
  for (const policy of policies) scopes.set(policy.scope, [...(scopes.get(policy.scope) ?? []), policy]);
  const together = [...scopes.values()].flatMap((scope) => [
    ...shadowFindings(scope),
    ...allowListFindings(scope, policies),
  ]);
  return [...doubled, ...together];
}
