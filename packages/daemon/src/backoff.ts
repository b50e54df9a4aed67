/** How long to wait before trying again: twice as long after every failure, up to a limit. */

export interface BackoffOptions {
  /** The first wait in milliseconds. */
  readonly firstMs: number;
  /** The longest wait. */
  readonly maxMs: number;
  /** Part of each wait that is left to chance, 0 to 1, so that many that failed together do not try again together. Default 0. */
  readonly jitter?: number | undefined;
  /** From 0 (included) to 1 (excluded); default Math.random. */
  readonly random?: (() => number) | undefined;
}

export class Backoff {
  readonly #options: BackoffOptions;
  #failures = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** How often `next` was called since the last success. */
  get failures(): number {
    return this.#failures;
  }

  /** Counts a failure and returns how long to wait after it. */
  next(): number {
    const { firstMs, maxMs, jitter = 0, random = Math.random } = this.#options;
    // The exponent is bounded so that the number stays finite; 2 ** 50 milliseconds are longer than any limit.
    const full = Math.min(maxMs, firstMs * 2 ** Math.min(this.#failures++, 50));
    return full * (1 - jitter) + full * jitter * random();
  }

  /** It succeeded: the next failure waits the shortest time again. */
  reset(): void {
    this.#failures = 0;
  }
}
