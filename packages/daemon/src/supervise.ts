/**
 * Named loops that are never left alone. One that fails is started again after a growing pause; one the process makes no
 * sense without ends all the others with it. `ended` is what the owner of the loops awaits.
 */

import { aborted } from "./abort.ts";
import { Backoff } from "./backoff.ts";
import { type Clock, systemClock } from "./clock.ts";
import { LoopError } from "./errors.ts";
import type { Log } from "./log.ts";

export interface SupervisorOptions {
  /** Ends the loops. */
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly clock?: Clock | undefined;
  /** Pause before the first and the longest before any restart, milliseconds. */
  readonly firstPauseMs?: number | undefined;
  readonly maxPauseMs?: number | undefined;
  /** Counts restarts by loop. */
  readonly onRestart?: ((loop: string) => void) | undefined;
}

/** What the failure of a loop means: start it again, or end all of them ("fail"). */
export type OnFailure = "restart" | "fail";

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #loops = new Map<string, Promise<void>>();
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  #failure: LoopError | undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#signal = AbortSignal.any([options.signal, this.#stop.signal]);
  }

  /** `run` goes on until its signal aborts: at the end, or because another loop failed. Ending earlier is a failure too. */
  start(name: string, run: (signal: AbortSignal) => Promise<void>, onFailure: OnFailure = "restart"): void {
    if (this.#loops.has(name)) throw new LoopError(`a loop named ${name} is supervised already`);
    this.#loops.set(name, this.#watch(name, run, onFailure));
  }

  /**
   * Resolves when the signal has aborted and every loop has ended. Rejects with the first failure of a loop that all the
   * others depend on, once the others have ended too.
   */
  async ended(): Promise<void> {
    await aborted(this.#signal);
    await Promise.all(this.#loops.values());
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #watch(name: string, run: (signal: AbortSignal) => Promise<void>, onFailure: OnFailure): Promise<void> {
    const { log, clock = systemClock, firstPauseMs = 500, maxPauseMs = 30_000, onRestart } = this.#options;
    const signal = this.#signal;
    const backoff = new Backoff({ firstMs: firstPauseMs, maxMs: maxPauseMs });
    while (!signal.aborted) {
      const started = clock.monotonic();
      const error = await attempt(name, () => run(signal));
      if (signal.aborted) {
        if (error.cause !== undefined) log.debug("loop failed while it was ending", { loop: name, error });
        return;
      }
      if (onFailure === "fail") {
        log.error("loop failed, and with it all the others", { loop: name, error });
        this.#failure = error;
        return this.#stop.abort(error);
      }
      // One that ran well for long starts from the short pause again.
      if (clock.monotonic() - started > maxPauseMs) backoff.reset();
      const pauseMs = backoff.next();
      log.error("loop failed, starting it again", { loop: name, pauseMs, error });
      onRestart?.(name);
      await clock.sleep(pauseMs, signal);
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
