/** Workers on a queue: each takes a key, reconciles it, and puts it back with a growing delay when that failed. */
import type { Log, Took } from "@portcullis/daemon";
import type { WorkQueue } from "./queue.ts";

/**
 * Brings the world to what it should be for `key`. It looks at what is there now and not at what happened, so that one call makes
 * up for any number of missed ones. It may ask to be called again after a while.
 */
type Reconcile = (key: string, signal: AbortSignal) => Promise<{ readonly requeueAfterMs?: number } | undefined>;

export interface WorkerOptions {
  /** What the workers are for, in the log. */
  readonly name: string;
  readonly queue: WorkQueue;
  readonly reconcile: Reconcile;
  readonly log: Log;
  /** Keys worked on at a time; default 1. */
  readonly workers?: number;
  /** How long what is waiting when the signal aborts may still be worked on; default 0. */
  readonly drainMs?: number;
  /** Told how long the work on one key took, whatever came of it. */
  readonly took?: Took | undefined;
}

export interface WorkerCounters {
  reconciled: number;
  failed: number;
}

/** Between two lines about failures; all are counted. */
const failureLogMs = 10_000;

/** Runs until the signal aborts and the workers are done. `counters` is kept up to date meanwhile. */
export async function runWorkers(options: WorkerOptions, signal: AbortSignal, counters: WorkerCounters): Promise<void> {
  const { queue, workers = 1, drainMs = 0 } = options;
  // Work under way at shutdown gets the drain time. After that its own signal aborts too.
  const drained = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const stop = () => {
    queue.close();
    timer = setTimeout(() => drained.abort(signal.reason), drainMs);
  };
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
  try {
    const own = { ...options, failures: new FailureLog(options.log) };
    await Promise.all(Array.from({ length: workers }, () => work(own, drained.signal, counters)));
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

/** Failures come by the thousand when what they need is away: one line of the log in a while, with the number of the others. */
class FailureLog {
  readonly #log: Log;
  #saidAt = Number.NEGATIVE_INFINITY;
  #unsaid = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  say(fields: Readonly<Record<string, unknown>>): void {
    const now = performance.now();
    if (now - this.#saidAt < failureLogMs) {
      this.#unsaid++;
      return;
    }
    this.#log.warn("reconcile failed, trying again", { ...fields, othersSince: this.#unsaid });
    this.#saidAt = now;
    this.#unsaid = 0;
  }
}

/** One worker. Keys that it is given after `stop` has aborted are given back untouched. */
async function work(
  options: WorkerOptions & { readonly failures: FailureLog },
  stop: AbortSignal,
  counters: WorkerCounters,
): Promise<void> {
  const { queue } = options;
  for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
    try {
      if (!stop.aborted) await workOn(key, options, stop, counters);
    } finally {
      queue.done(key);
    }
  }
}

async function workOn(
  key: string,
  { name, queue, reconcile, took, failures }: WorkerOptions & { readonly failures: FailureLog },
  stop: AbortSignal,
  counters: WorkerCounters,
): Promise<void> {
  const begun = performance.now();
  try {
    const result = await reconcile(key, stop);
    counters.reconciled++;
    queue.forget(key);
    if (result?.requeueAfterMs !== undefined) queue.addAfter(key, result.requeueAfterMs);
  } catch (error) {
    if (stop.aborted) return;
    counters.failed++;
    queue.addRateLimited(key);
    failures.say({ controller: name, key, failures: queue.failures(key), error });
  } finally {
    took?.((performance.now() - begun) / 1_000);
  }
}
