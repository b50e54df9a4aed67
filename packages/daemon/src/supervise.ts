/**
 * Named loops that are never left alone: one that fails is started again after a growing pause, or, where the process makes
 * no sense without it, fails the process. `ended` is what main awaits.
 */

import { type Clock, systemClock } from "./clock.ts";
import { LoopError } from "./errors.ts";
import type { Log } from "./log.ts";

export interface SupervisorOptions {
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly clock?: Clock | undefined;
  /** Pause before the first and the longest before any restart, milliseconds. */
  readonly firstPauseMs?: number | undefined;
  readonly maxPauseMs?: number | undefined;
  /** Counts restarts by loop. */
  readonly onRestart?: ((loop: string) => void) | undefined;
}

export type OnFailure = "restart" | "fail";

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #loops = new Map<string, Promise<void>>();
  readonly #failed = Promise.withResolvers<never>();

  constructor(options: SupervisorOptions) {
    this.#options = options;
    // `ended` races with this; nobody may be listening yet when it rejects.
    this.#failed.promise.catch(() => {});
  }

  /** `run` goes on until the signal aborts. Ending earlier is a failure too. */
  start(name: string, run: (signal: AbortSignal) => Promise<void>, onFailure: OnFailure = "restart"): void {
    if (this.#loops.has(name)) throw new LoopError(`a loop named ${name} is supervised already`);
    this.#loops.set(name, this.#watch(name, run, onFailure));
  }

  /** Resolves when the signal has aborted and every loop has ended; rejects as soon as a loop fails the process. */
  async ended(): Promise<void> {
    const { signal } = this.#options;
    const aborted = Promise.withResolvers<void>();
    if (signal.aborted) aborted.resolve();
    else signal.addEventListener("abort", () => aborted.resolve(), { once: true });
    await Promise.race([aborted.promise, this.#failed.promise]);
    await Promise.all(this.#loops.values());
  }

  async #watch(name: string, run: (signal: AbortSignal) => Promise<void>, onFailure: OnFailure): Promise<void> {
    const { signal, log, clock = systemClock, firstPauseMs = 500, maxPauseMs = 30_000, onRestart } = this.#options;
    let pause = firstPauseMs;
    while (!signal.aborted) {
      const started = clock.now();
      const error = await attempt(name, () => run(signal));
      if (signal.aborted) {
        if (error.cause !== undefined) log.debug("loop failed while it was ending", { loop: name, error });
        return;
      }
      if (onFailure === "fail") {
        log.error("loop failed, and with it the process", { loop: name, error });
        return this.#failed.reject(error);
      }
      // One that ran well for long starts from the short pause again.
      if (clock.now() - started > maxPauseMs) pause = firstPauseMs;
      log.error("loop failed, starting it again", { loop: name, pauseMs: pause, error });
      onRestart?.(name);
      await clock.sleep(pause, signal);
      pause = Math.min(pause * 2, maxPauseMs);
    }
  }
}

async function attempt(name: string, run: () => Promise<void>): Promise<LoopError> {
  try {
    await run();
    return new LoopError(`the loop ${name} ended by itself`);
  } catch (cause) {
    return new LoopError(`the loop ${name} failed: ${(cause as Error).message}`, { cause });
  }
}
