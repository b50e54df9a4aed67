/** Numbers of tests, and how the runners' own reports become them. */

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  /** One line a skipped test or a kind of them, with the reason. */
  readonly skipped: readonly Skip[];
}

interface Skip {
  readonly count: number;
  readonly reason: string;
}

export const none: Counts = { passed: 0, failed: 0, skipped: [] };
export const one = (ok: boolean): Counts => (ok ? { ...none, passed: 1 } : { ...none, failed: 1 });

export function add(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: [...a.skipped, ...b.skipped] };
}

const total = (skipped: readonly Skip[]): number => skipped.reduce((sum, { count }) => sum + count, 0);

/** `N passed, N failed`, with `, N skipped` where some were. */
export function sentence({ passed, failed, skipped }: Counts): string {
  const count = total(skipped);
  return `${passed} passed, ${failed} failed${count > 0 ? `, ${count} skipped` : ""}`;
}

interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  /** Files that could not even be loaded: a failure each, though they hold no failed test. */
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** From the text of `jest --json`. */
export function fromJest(text: string): Counts {
  const report = JSON.parse(text) as JestReport;
  const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  const skipped = tests
    .filter(({ status }) => ["pending", "todo", "disabled", "skipped"].includes(status))
    .map(({ status, fullName }) => ({
      count: 1,
      reason: `${status === "todo" ? "to do" : "switched off"}: ${fullName}`,
    }));
  return { passed: report.numPassedTests, failed: report.numFailedTests + report.numRuntimeErrorTestSuites, skipped };
}

interface ConformanceReport {
  readonly cases: readonly { readonly id: string; readonly status: string; readonly reason?: string }[];
}

/** From the text of `conformance --json`; skips with the same reason become one line, and so do cases that are known to be open. */
export function fromConformance(text: string): Counts {
  const { cases } = JSON.parse(text) as ConformanceReport;
  const of = (...wanted: string[]) => cases.filter(({ status }) => wanted.includes(status));
  const reasons = Map.groupBy(of("skipped", "open"), ({ reason }) => reason ?? "no reason given");
  return {
    passed: of("passed").length,
    failed: of("failed").length,
    skipped: [...reasons].map(([reason, { length }]) => ({ count: length, reason })),
  };
}
