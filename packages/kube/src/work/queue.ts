/**
 * Keys that wait to be worked on. A key is in the queue once, however often it is added. A key that is being worked on is put back
 * once when it is done, however often it was added meanwhile. So no two workers ever hold the same key, and the number of keys
 * is bounded by the number of things that exist and not by the number of events.
 */
import { Backoff, type Clock, systemClock } from "@portcullis/daemon";

export interface QueueOptions {
  readonly clock?: Clock;
  /** First and longest wait of addRateLimited, which doubles; default 5 ms and 60 s. */
  readonly rateMs?: readonly [number, number];
}

export class WorkQueue {
  /** Keys put in / taken out / put back after a failure, since the start. */
  readonly counters = { added: 0, taken: 0, retries: 0 };
  readonly #clock: Clock;
  readonly #rate: readonly [number, number];
  /** In order of arrival, with the time of it. */
  readonly #waiting = new Map<string, number>();
  readonly #processing = new Set<string>();
  readonly #again = new Set<string>();
  readonly #delayed = new Map<string, { due: number; cancel: () => void }>();
  readonly #failing = new Map<string, Backoff>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  #closed = false;

  constructor(options: QueueOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#rate = options.rateMs ?? [5, 60_000];
  }

  /** Keys waiting now. */
  get depth(): number {
    return this.#waiting.size;
  }
  /** Keys waiting for their time. */
  get delayed(): number {
    return this.#delayed.size;
  }
  get processing(): number {
    return this.#processing.size;
  }
  /** Milliseconds the oldest waiting key has waited. */
  get oldestMs(): number {
    const first = this.#waiting.values().next();
    return first.done ? 0 : this.#clock.monotonic() - first.value;
  }

  add(key: string): void {
    if (this.#closed || this.#waiting.has(key)) return;
    if (this.#processing.has(key)) {
      this.#again.add(key);
      return;
    }
    this.counters.added++;
    this.#waiting.set(key, this.#clock.monotonic());
    this.#serve();
  }

  /** Adds the key when `ms` have passed. Of several such calls for one key the earliest counts. */
  addAfter(key: string, ms: number): void {
    if (this.#closed) return;
    if (ms <= 0) {
      this.add(key);
      return;
    }
    const due = this.#clock.monotonic() + ms;
    const earlier = this.#delayed.get(key);
    if (earlier !== undefined && earlier.due <= due) return;
    earlier?.cancel();
    const cancel = this.#clock.after(ms, () => {
      this.#delayed.delete(key);
      this.add(key);
    });
    this.#delayed.set(key, { due, cancel });
  }

  /** Adds the key after a wait that doubles with every call until `forget`. */
  addRateLimited(key: string): void {
    const [firstMs, maxMs] = this.#rate;
    const backoff = this.#failing.get(key) ?? new Backoff({ firstMs, maxMs });
    this.#failing.set(key, backoff);
    this.counters.retries++;
    this.addAfter(key, backoff.next());
  }

  /** The key succeeded: its next failure waits the shortest time again. */
  forget(key: string): void {
    this.#failing.delete(key);
  }

  failures(key: string): number {
    return this.#failing.get(key)?.failures ?? 0;
  }

  /** The next key, to be given back by `done`; undefined when the queue is closed and empty. */
  take(): Promise<string | undefined> {
    return new Promise((resolve) => {
      this.#takers.push(resolve);
      this.#serve();
    });
  }

  done(key: string): void {
    this.#processing.delete(key);
    if (this.#again.delete(key)) this.add(key);
  }

  /** No key enters any more. Keys that wait are still given out, those that wait for their time are dropped. */
  close(): void {
    this.#closed = true;
    for (const { cancel } of this.#delayed.values()) cancel();
    this.#delayed.clear();
    this.#again.clear();
    this.#serve();
  }

  #serve(): void {
    while (this.#takers.length > 0) {
      const next = this.#waiting.keys().next();
      if (next.done && !this.#closed) return;
      const taker = this.#takers.shift();
      if (!next.done) {
        this.#waiting.delete(next.value);
        this.#processing.add(next.value);
        this.counters.taken++;
      }
      taker?.(next.value);
    }
  }
}
