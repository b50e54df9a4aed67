/** Waiting: abortable sleep and jittered exponential back-off. */
import { setTimeout as delay } from "node:timers/promises";

/** Resolves after `ms`, or at once when the signal is aborted (the caller looks at the signal). */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, signal ? { signal } : {});
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}

/** Doubles from `base` to `cap` milliseconds; each wait is between half of it and all of it, so that many clients spread. */
export class Backoff {
  readonly #base: number;
  readonly #cap: number;
  readonly #random: () => number;
  #attempt = 0;
  constructor(base: number, cap: number, random: () => number = Math.random) {
    this.#base = base;
    this.#cap = cap;
    this.#random = random;
  }
  next(): number {
    const full = Math.min(this.#cap, this.#base * 2 ** Math.min(this.#attempt++, 30));
    return full / 2 + (full / 2) * this.#random();
  }
  reset(): void {
    this.#attempt = 0;
  }
}
