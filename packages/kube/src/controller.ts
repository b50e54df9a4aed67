/** Workers on a queue: take a key, reconcile it, and put it back with a growing delay when that failed. */
import type { Log } from "@portcullis/daemon";
import type { WorkQueue } from "./queue.ts";

/** Brings the world to what `key` should be. Level-based: it looks at what is, not at what happened. May ask to be run again. */
export type Reconcile = (key: string, signal: AbortSignal) => Promise<{ readonly requeueAfterMs?: number } | undefined>;

export interface ControllerOptions {
  readonly name: string;
  readonly queue: WorkQueue;
  readonly reconcile: Reconcile;
  readonly log: Log;
  /** Keys worked on at a time; default 1. */
  readonly workers?: number;
  /** What is waiting when the signal is aborted may still be worked on for so long; default 0. */
  readonly drainMs?: number;
}

export interface ControllerCounters {
  reconciled: number;
  failed: number;
}

/**
 * Runs until the signal is aborted and the workers are done.
 * `counters` is updated as it goes.
 */
export async function runController(
  options: ControllerOptions,
  signal: AbortSignal,
  counters: ControllerCounters,
): Promise<void> {
  const { queue, name, log, workers = 1, drainMs = 0 } = options;
  // Reconciles under way at shutdown get the drain time; then their signal is aborted too.
  const hard = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const stop = () => {
    queue.close();
    timer = setTimeout(() => hard.abort(signal.reason), drainMs);
  };
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
  const work = async () => {
    for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
      if (hard.signal.aborted) {
        queue.done(key);
        continue;
      }
      try {
        const result = await options.reconcile(key, hard.signal);
        counters.reconciled++;
        queue.forget(key);
        if (result?.requeueAfterMs !== undefined) queue.addAfter(key, result.requeueAfterMs);
      } catch (error) {
        if (!hard.signal.aborted) {
          counters.failed++;
          queue.addRateLimited(key);
          log.error("reconcile failed, trying again", { controller: name, key, failures: queue.failures(key), error });
        }
      } finally {
        queue.done(key);
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: workers }, work));
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}
