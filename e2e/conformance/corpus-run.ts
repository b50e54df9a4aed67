/** Runs a corpus: several cases at a time, since most of a case is waiting. */
import type { Case } from "./case.ts";
import type { CaseResult } from "./case-results.ts";
import { type CaseContext, runCase } from "./case-run.ts";
import { skipReason } from "./supported-features.ts";

export interface RunOptions {
  /** Names of cases to run; empty: all. */
  readonly ids: readonly string[];
  /** Only cases that have one of these features; empty: all. */
  readonly features: readonly string[];
  readonly atOnce: number;
  readonly fixtures: ReadonlySet<string>;
  readonly onResult: (result: CaseResult) => void;
}

/** Results in the order of the corpus; skipped cases included, cases not asked for left out. */
export async function runCorpus(context: CaseContext, options: RunOptions): Promise<CaseResult[]> {
  const asked = context.corpus.cases.filter(
    (c) =>
      (options.ids.length === 0 || options.ids.includes(c.id)) &&
      (options.features.length === 0 || c.features.some((f) => options.features.includes(f))),
  );
  const results = new Map<string, CaseResult>();
  const drain = async (queue: [number, Case][]): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const result = await runOne(next[1], `c${next[0]}`, context, options.fixtures);
      results.set(result.id, result);
      options.onResult(result);
    }
  };
  const numbered = [...asked.entries()];
  const together = numbered.filter(([, c]) => !isAlone(c));
  await Promise.all(Array.from({ length: options.atOnce }, () => drain(together)));
  await drain(numbered.filter(([, c]) => isAlone(c)));
  return asked.map((c) => results.get(c.id)!);
}

/** A cluster policy may select every namespace, those of the cases beside it too. */
const isAlone = (c: Case): boolean => c.features.includes("kind.KubeArmorClusterPolicy");

async function runOne(
  c: Case,
  suffix: string,
  context: CaseContext,
  fixtures: ReadonlySet<string>,
): Promise<CaseResult> {
  const began = performance.now();
  const result = (status: CaseResult["status"], reason: string): CaseResult => ({
    id: c.id,
    features: c.features,
    status,
    reason,
    ms: Math.round(performance.now() - began),
  });
  const skipped = skipReason(c, fixtures);
  if (skipped) return result("skipped", skipped);
  try {
    await runCase(c, suffix, context);
    return result("passed", "");
  } catch (error) {
    return result("failed", error instanceof Error ? error.message : String(error));
  }
}
