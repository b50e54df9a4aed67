/** The table for people and the JSON for programs. */

export interface CaseResult {
  readonly id: string;
  readonly features: readonly string[];
  /** `open`: it failed, and is listed as known to (known-open.ts). */
  readonly status: "passed" | "failed" | "open" | "skipped";
  readonly reason: string;
  /** How an open case failed this time. */
  readonly seen?: string;
  readonly ms: number;
}

/** One line a case: status, name, seconds, reason. */
export function line(r: CaseResult): string {
  const seconds = r.status === "skipped" ? "" : `${(r.ms / 1000).toFixed(1)} s`;
  return `${r.status.padEnd(8)}${r.id.padEnd(64)}${seconds.padStart(8)}${r.reason ? `  ${r.reason}` : ""}${r.seen ? ` (${r.seen})` : ""}`;
}

/** What is not supported yet, by feature, with how many cases wait for it. */
export function unsupported(results: readonly CaseResult[]): string[] {
  const waiting = new Map<string, number>();
  for (const r of results) {
    const named = /^not yet supported: (.*)$/.exec(r.reason)?.[1]?.split(", ") ?? [];
    for (const feature of named) waiting.set(feature, (waiting.get(feature) ?? 0) + 1);
  }
  return [...waiting].sort((a, b) => b[1] - a[1]).map(([feature, n]) => `${feature.padEnd(48)}${n}`);
}

/** The last line. */
export function summary(results: readonly CaseResult[]): string {
  const count = (status: CaseResult["status"]) => results.filter((r) => r.status === status).length;
  const rest = (["open", "skipped"] as const).filter((status) => count(status) > 0);
  const named = { open: "known open", skipped: "skipped" };
  return [
    `${count("passed")} passed, ${count("failed")} failed`,
    ...rest.map((status) => `${count(status)} ${named[status]}`),
  ].join(", ");
}
