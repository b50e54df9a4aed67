/** Runs cases of one corpus or several: many at a time, since most of a case is waiting. */
import type { Case, Corpus } from "./case.ts";
import { changesConfig } from "./case-objects.ts";
import type { CaseResult } from "./case-results.ts";
import { type CaseContext, runCase } from "./case-run.ts";
import { skipReason } from "./supported-features.ts";

/** A case and where its policies are. */
export interface CorpusCase {
  readonly c: Case;
  readonly corpus: Corpus;
}

export interface RunOptions {
  readonly atOnce: number;
  /** Names of the images there are. */
  readonly fixtures: ReadonlySet<string>;
  readonly targetName: "cluster" | "node";
  /** What is to be said of a case instead of its bare result. */
  readonly judged: (result: CaseResult) => CaseResult;
  readonly onResult: (result: CaseResult) => void;
}

/** Results in the order of the cases; skipped ones included. */
export async function runCases(
  cases: readonly CorpusCase[],
  context: Omit<CaseContext, "corpus">,
  options: RunOptions,
): Promise<CaseResult[]> {
  const results = new Map<CorpusCase, CaseResult>();
  const drain = async (queue: [number, CorpusCase][]): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [number, one] = next;
      const { corpus } = one;
      const result = options.judged(await runOne(one.c, `c${number}`, { ...context, corpus }, options));
      results.set(one, result);
      options.onResult(result);
    }
  };
  const numbered = [...cases.entries()];
  const together = numbered.filter(([, { c }]) => !isAlone(c));
  await Promise.all(Array.from({ length: options.atOnce }, () => drain(together)));
  await drain(numbered.filter(([, { c }]) => isAlone(c)));
  return cases.map((one) => results.get(one)!);
}

/**
 * A cluster policy may select every namespace, those of the cases beside it too; a host policy is about whoever makes their containers; the global
 * configuration is one for all.
 */
const isAlone = (c: Case): boolean =>
  changesConfig(c) || c.features.includes("kind.KubeArmorClusterPolicy") || c.workloads.some(({ host }) => host);

async function runOne(
  c: Case,
  suffix: string,
  context: CaseContext,
  { fixtures, targetName }: RunOptions,
): Promise<CaseResult> {
  const began = performance.now();
  const result = (status: CaseResult["status"], reason: string): CaseResult => ({
    id: c.id,
    features: c.features,
    status,
    reason,
    ms: Math.round(performance.now() - began),
  });
  const skipped = skipReason(c, fixtures, targetName);
  if (skipped) return result("skipped", skipped);
  try {
    await runCase(c, suffix, context);
    return result("passed", "");
  } catch (error) {
    return result("failed", error instanceof Error ? error.message : String(error));
  }
}
