/**
 * Streams and buckets as the values say. They are made before anything is published. What NATS does not let be changed yet holds up nothing: it is said, counted, and
 * asked for again every minute.
 */

import type { Bus, StorageLimits } from "@portcullis/bus";
import { type Log, sleep } from "@portcullis/daemon";

export interface BusStorageOptions {
  readonly bus: Pick<Bus, "ensure">;
  readonly log: Log;
  readonly limits: Partial<StorageLimits>;
  /** Between two attempts; default a minute. */
  readonly againMs?: number | undefined;
}

export class BusStorage {
  readonly #options: BusStorageOptions;
  #unsettled: readonly string[] = [];

  constructor(options: BusStorageOptions) {
    this.#options = options;
  }

  /** Streams and buckets that are not as the values say. */
  get unsettled(): number {
    return this.#unsettled.length;
  }

  /** Rejects when one cannot be made. */
  async ensure(): Promise<void> {
    const { bus, log, limits } = this.#options;
    const before = this.#unsettled.join();
    this.#unsettled = await bus.ensure(limits);
    if (this.#unsettled.join() === before) return;
    if (this.#unsettled.length === 0) log.info("streams and buckets are as the values say");
    else log.warn("NATS does not let streams and buckets be as the values say", { refused: this.#unsettled });
  }

  /** Until the signal aborts. Never rejects. */
  async settle(signal: AbortSignal): Promise<void> {
    const { log, againMs = 60_000 } = this.#options;
    while (!signal.aborted) {
      await sleep(againMs, signal);
      if (signal.aborted || this.unsettled === 0) continue;
      try {
        await this.ensure();
      } catch (error) {
        log.warn("the storage on the bus could not be looked at, trying again", { error });
      }
    }
  }
}
