/** Work of which only the newest goes on: a newer bundle ends the wait for an older one's rule sets. */
export class NewestAlone {
  readonly #signal: AbortSignal;
  #abort = new AbortController();
  #done: Promise<void> = Promise.resolve();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Resolves when what went on before has ended and this has begun. `work` never rejects. */
  async start(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#abort.abort();
    const abort = new AbortController();
    this.#abort = abort;
    const before = this.#done;
    this.#done = before.then(() => work(AbortSignal.any([this.#signal, abort.signal])));
    await before;
  }

  async end(): Promise<void> {
    this.#abort.abort();
    await this.#done;
  }
}
