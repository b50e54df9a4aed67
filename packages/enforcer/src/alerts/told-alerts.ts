/**
 * The alerts of the last events, by the number of the event: what a count of repetitions repeats. The kernel counts by a hash, and
 * only the first of a kind has its names.
 */

import { decodeAlert } from "@portcullis/bus";
import type { Alert } from "@portcullis/model";
import { LRUCache } from "lru-cache";

/** Some twenty thousand alerts: as many as the kinds that three hundred containers may have at a time. */
const defaultMaxBytes = 16 << 20;
/** What an entry takes beside the alert's bytes. */
const entryBytes = 200;

export class ToldAlerts {
  readonly #payloads: LRUCache<bigint, Uint8Array>;

  constructor(maxBytes = defaultMaxBytes) {
    this.#payloads = new LRUCache({ maxSize: maxBytes, sizeCalculation: ({ length }) => length + entryBytes });
  }

  remember(sequence: bigint, payload: Uint8Array): void {
    this.#payloads.set(sequence, Uint8Array.from(payload)); // a copy, because what it is a part of may be far larger
  }

  has(sequence: bigint): boolean {
    return this.#payloads.has(sequence);
  }

  /** Undefined when it has been forgotten, or was an earlier process's. */
  get(sequence: bigint): Alert | undefined {
    const payload = this.#payloads.get(sequence);
    return payload && decodeAlert(payload);
  }
}
