/**
 * Writes into a policy's status how often its rules have decided: of one policy every ten minutes at most, and of all two in a second, because
 * nobody reads it at the moment; metrics and `portcullis top` have the live figures. It owns that part of the status and no other, under a name of its own.
 */

import type { PolicyStatus } from "@portcullis/api";
import { type Log, sleep } from "@portcullis/daemon";
import { apply, isStatus, type KubeClient } from "@portcullis/kube";
import type { Hits } from "../alerts/policy-hits.ts";
import { type PolicyObject, policyResource } from "../watch/objects.ts";
import type { World } from "../watch/world.ts";

type StatusHits = NonNullable<PolicyStatus["hits"]>;

/** Who the API server says wrote it: who owns the rest of the status must not take it away. */
const fieldManager = "portcullis-controller-hits";
const mostRules = 100;

export interface HitsWriterOptions {
  readonly client: KubeClient;
  readonly world: Pick<World, "policyObject">;
  /** What is kept of a policy's counts. */
  readonly hits: (key: string) => (Hits & { readonly uid: string }) | undefined;
  readonly isLeader: () => boolean;
  readonly log: Log;
  /** Between two writes of one policy; default ten minutes. */
  readonly intervalMs?: number;
  /** Between two writes; default half a second. */
  readonly paceMs?: number;
  /** For tests: milliseconds of a monotonic clock. */
  readonly now?: () => number;
}

/** After a failure, which is mostly that the object has changed meanwhile. */
const againMs = 5_000;

export class HitsWriter {
  readonly counters = { written: 0, failed: 0 };
  readonly #options: Required<HitsWriterOptions>;
  /** Policies whose counts have changed since they were written. */
  readonly #due = new Set<string>();
  /** When each may be written. */
  readonly #notBefore = new Map<string, number>();

  constructor(options: HitsWriterOptions) {
    this.#options = { intervalMs: 600_000, paceMs: 500, now: () => performance.now(), ...options };
  }

  /** Counts of these are other ones than before, and are kept. */
  changed(keys: Iterable<string>): void {
    for (const key of keys) this.#due.add(key);
  }

  /** Until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { paceMs } = this.#options;
    // Another leader may have written all of them a moment ago.
    this.#notBefore.clear();
    while (!signal.aborted) {
      const key = this.#next();
      if (key !== undefined) await this.#write(key, signal);
      await sleep(paceMs, signal);
    }
  }

  /** One that may be written now. What is gone, or says this already, is left out. */
  #next(): string | undefined {
    const { now } = this.#options;
    for (const key of this.#due) {
      const object = this.#options.world.policyObject(key);
      const hits = this.#statusOf(key, object);
      if (object === undefined || hits === undefined || same(object, hits)) this.#due.delete(key);
      else if (this.#time(key, object) <= now()) return key;
    }
    return undefined;
  }

  /** What an earlier leader has written is given the whole interval, because it is not known when that was. */
  #time(key: string, object: PolicyObject): number {
    const { now, intervalMs } = this.#options;
    const written = (object.status as PolicyStatus | undefined)?.hits !== undefined;
    const at = this.#notBefore.get(key) ?? (written ? now() + intervalMs : now());
    this.#notBefore.set(key, at);
    return at;
  }

  async #write(key: string, signal: AbortSignal): Promise<void> {
    const { client, world, isLeader, intervalMs, now, log } = this.#options;
    const object = world.policyObject(key);
    const hits = this.#statusOf(key, object);
    if (object === undefined || hits === undefined || !isLeader()) return;
    const { name, namespace, resourceVersion } = object.metadata;
    const target = { resource: policyResource(object.kind), name, namespace, subresource: "status" };
    try {
      // The counts are of this very object, and not of one that was made anew meanwhile.
      await apply(client, target, { metadata: { resourceVersion }, status: { hits } }, { fieldManager });
      this.#due.delete(key);
      this.#notBefore.set(key, now() + intervalMs);
      this.counters.written++;
    } catch (error) {
      this.#notBefore.set(key, now() + againMs);
      if (signal.aborted || isStatus(error, 404, 409)) return;
      this.counters.failed++;
      log.warn("how often a policy has decided was not written into its status", { policy: key, error });
    }
  }

  #statusOf(key: string, object: PolicyObject | undefined): StatusHits | undefined {
    const hits = this.#options.hits(key);
    if (hits === undefined || object?.metadata.uid !== hits.uid) return undefined;
    const { generation: observedGeneration, since, total, rules } = hits;
    const named = rules.slice(0, mostRules).map(({ last, ...rule }) => ({ ...rule, last: timeOf(last) }));
    return { observedGeneration, since, total, rules: named };
  }
}

const timeOf = (seconds: number): string => new Date(seconds * 1_000).toISOString().replace(/\.\d+Z$/, "Z");

/** Every operation makes the total larger, so that this tells. */
function same(object: PolicyObject, hits: StatusHits): boolean {
  const written = (object.status as PolicyStatus | undefined)?.hits;
  return (
    written?.observedGeneration === hits.observedGeneration &&
    written.since === hits.since &&
    written.total === hits.total
  );
}
