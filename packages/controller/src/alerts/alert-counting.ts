/** The leader's counting of alerts: kept every few seconds, and said then to whoever listens, policy by policy. */

import type { AlertStreamState, DeliveredAlert } from "@portcullis/bus";
import type { AlertCount, AlertSummary } from "@portcullis/model";
import { AlertCounts } from "./alert-counts.ts";
import type { FirstDenial, KnownPolicy } from "./policy-hits.ts";
import type { Place, Reader } from "./stream-reading.ts";

export interface CountingOptions {
  readonly send: (summary: AlertSummary) => void;
  /** A policy that is there. */
  readonly policy: (key: string) => KnownPolicy | undefined;
  /** Told of policies, by their keys, whose counts by rule have changed and are kept. */
  readonly hitsKept: (keys: Iterable<string>) => void;
  /** Between two times that counts are kept; default 5 s. */
  readonly keepMs?: number;
  /** What has not changed is said so often; default a minute. */
  readonly repeatMs?: number;
}

export class AlertCounting implements Reader {
  readonly name = "counts-of-alerts";
  readonly #send: (summary: AlertSummary) => void;
  readonly #policy: CountingOptions["policy"];
  readonly #hitsKept: CountingOptions["hitsKept"];
  readonly #keepMs: number;
  readonly #repeatMs: number;
  #counts = AlertCounts.begin(new Date().toISOString());
  /** Policies, as `policyOf` names them, whose counts have changed since they were said. */
  readonly #changed = new Set<string>();
  /** Policies whose counts by rule have changed since they were kept. */
  readonly #hit = new Set<string>();
  #dirty = false;
  #keptAt = Number.NEGATIVE_INFINITY;
  #repeatedAt = performance.now();

  constructor({ send, policy, hitsKept, keepMs = 5_000, repeatMs = 60_000 }: CountingOptions) {
    this.#send = send;
    this.#policy = policy;
    this.#hitsKept = hitsKept;
    this.#keepMs = keepMs;
    this.#repeatMs = repeatMs;
  }

  get counts(): AlertCounts {
    return this.#counts;
  }

  /** At the very first time everything is counted that the stream holds. */
  begin(kept: Uint8Array | undefined, { created, firstSequence }: AlertStreamState): Place {
    this.#changed.clear();
    this.#hit.clear();
    this.#dirty = false;
    if (kept === undefined) {
      this.#counts = AlertCounts.begin(new Date().toISOString());
      return { created, sequence: Math.max(0, firstSequence - 1) };
    }
    const { counts, place } = AlertCounts.parse(kept);
    // With a stream that was lost went what nobody had read: how much is not known.
    if (place.created !== created) counts.missed++;
    this.#counts = counts;
    if (counts.hits.prune(this.#policy)) this.#dirty = true;
    this.#hitsKept(counts.hits.keys());
    return place;
  }

  take(batch: readonly DeliveredAlert[], place: Place): Uint8Array | undefined {
    for (const alert of batch) {
      this.#dirty = true;
      const counted = this.#counts.add(alert);
      if (counted !== undefined) this.#changed.add(policyOf(counted));
      const hit = this.#counts.hits.add(alert, this.#policy);
      if (hit !== undefined) this.#hit.add(hit);
    }
    const now = performance.now();
    if (now - this.#repeatedAt >= this.#repeatMs) {
      this.#repeatedAt = now;
      this.#say(this.#counts.list());
    }
    if (!this.#dirty || now - this.#keptAt < this.#keepMs) return undefined;
    this.#keptAt = now;
    this.#counts.hits.prune(this.#policy);
    return this.#counts.bytes(place);
  }

  kept(): void {
    this.#dirty = false;
    this.#say(this.#counts.list().filter((count) => this.#changed.has(policyOf(count))));
    this.#changed.clear();
    this.#hitsKept(this.#hit);
    this.#hit.clear();
  }

  /** An Event has told of it: that is kept with the counts. */
  told(denial: FirstDenial): void {
    this.#counts.hits.told(denial);
    this.#dirty = true;
  }

  #say(counts: readonly AlertCount[]): void {
    const { since } = this.#counts;
    for (const ofOne of Map.groupBy(counts, policyOf).values()) {
      const [{ namespace, policy }] = ofOne as [AlertCount];
      this.#send({ namespace, policy, since, counts: ofOne });
    }
  }
}

const policyOf = ({ namespace, policy }: AlertCount): string => JSON.stringify([namespace, policy]);
