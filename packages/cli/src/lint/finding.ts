/** What lint says: one finding a fault, with its place, what is wrong and what to do about it. */
import type { Place } from "../policies/policy-text.ts";
import { type CheckCode, checks, type Severity } from "./checks.ts";

export interface Finding extends Place {
  readonly file: string;
  readonly code: CheckCode;
  readonly severity: Severity;
  /** The place in the policy, such as `spec.process.matchPaths[0]`; empty: the document or the file. */
  readonly origin: string;
  /** What is wrong: field and value. */
  readonly message: string;
  readonly remedy: string;
}

/** A part of a file that can have findings. */
export interface Spot {
  readonly file: string;
  at(origin: string): Place;
}

/** A finding at a part of a policy. `severity`: where it is not that of its check. */
export function findingAt(
  { file, at }: Spot,
  origin: string,
  code: CheckCode,
  says: { readonly message: string; readonly remedy?: string; readonly severity?: Severity },
): Finding {
  const check = checks[code];
  const { message, remedy = check.remedy, severity = check.severity } = says;
  return { file, ...at(origin), code, severity, origin, message, remedy };
}

/** Sorted by file and place; the same said twice is said once. */
export function sortedFindings(findings: readonly Finding[]): Finding[] {
  const byKey = new Map(findings.map((finding) => [JSON.stringify(finding), finding]));
  const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  return [...byKey.values()].sort(
    (a, b) => order(a.file, b.file) || a.line - b.line || a.column - b.column || order(a.code, b.code),
  );
}
