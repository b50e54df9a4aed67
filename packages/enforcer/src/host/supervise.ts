/** Loops that must not end: a failure is logged once a streak, counted by the caller's hook, and the loop starts again. */

import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "../ports.ts";

export interface SuperviseOptions {
  readonly name: string;
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Pause after the first failure, and the longest one, in milliseconds. */
  readonly first?: number;
  readonly longest?: number;
  readonly onFailure?: (error: unknown) => void;
}

/** Runs `work` until the signal aborts; starts it again after a pause when it throws or returns. Never rejects. */
export async function supervise(
  options: SuperviseOptions,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const { name, signal, log, first = 200, longest = 10_000 } = options;
  let failures = 0;
  while (!signal.aborted) {
    const began = performance.now();
    try {
      await work(signal);
    } catch (error) {
      if (signal.aborted) return;
      if (performance.now() - began > longest) failures = 0;
      if (failures === 0) log.error("loop failed, will be restarted", { loop: name, error });
      failures += 1;
      options.onFailure?.(error);
    }
    await pause(Math.min(longest, first * 2 ** Math.min(failures, 10)), signal);
  }
}

/** Resolves after `milliseconds`, or at once when the signal aborts. Never rejects. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch {
    // aborted: the caller looks at the signal
  }
}
