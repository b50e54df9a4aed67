/** Rule sets by digest: written once, fetched by key, compared with the digest on both sides, and deleted when unused. */

import { Backoff, sleep } from "@portcullis/daemon";
import { type Connection, request } from "../connection/connection.ts";
import { ClosedError, RuleSetDigestError, RuleSetMissingError, StorageMissingError } from "../errors.ts";
import { digestHex, digestOf } from "../messages/digest.ts";
import { readOwnRuleSet } from "./own-node.ts";
import { bucket, bucketStream, bucketSubject, readDirect } from "./storage.ts";
import { buckets } from "./subjects.ts";

/** How long a reader waits for a rule set that is not there yet: another replica may answer, or storage was lost and is being filled. */
const fetchPatienceMs = 10_000;
/** A rule set younger than this may belong to a bundle that is about to be written. */
const pruneAgeMs = 60_000;

export class RuleSetStore {
  readonly #connection: Connection;
  /** Digests this process has seen in the bucket since the last reconnect. */
  readonly #known = new Set<string>();
  /** Rule sets that are being deleted now. Who needs one waits, and then writes it. */
  readonly #purging = new Map<string, Promise<unknown>>();

  constructor(connection: Connection) {
    this.#connection = connection;
    connection.onReconnect(() => this.#known.clear());
  }

  /** Writes, unless the bucket holds these very bytes already. Damaged bytes are replaced. */
  async put(digest: string, bytes: Uint8Array, recheck = false): Promise<void> {
    await this.#purging.get(digest);
    if (this.#known.has(digest) && !recheck) return;
    const key = digestHex(digest);
    if (digestOf(bytes) !== digest) throw new RuleSetDigestError(`the bytes given as ${digest} are ${digestOf(bytes)}`);
    await request(this.#connection, `publish the rule set ${digest}`, async () => {
      const kv = await bucket(this.#connection, buckets.ruleSets);
      const entry = await kv.get(key);
      if (!entry || digestOf(entry.value) !== digest) {
        await kv.put(key, bytes);
        this.#connection.stats.ruleSetsWritten++;
      }
      this.#known.add(digest);
    });
  }

  /** Rejects with `BUS_RULE_SET_MISSING`, `BUS_RULE_SET_DIGEST`, or why the server could not be asked. */
  async get(digest: string, signal: AbortSignal): Promise<Uint8Array> {
    const key = digestHex(digest);
    const deadline = performance.now() + fetchPatienceMs;
    const backoff = new Backoff({ firstMs: 50, maxMs: 1_000 });
    for (;;) {
      if (signal.aborted) throw new ClosedError(`the fetch of ${digest} was given up`);
      const value = await request(this.#connection, `fetch the rule set ${digest}`, async () => {
        const { node } = this.#connection;
        if (node !== undefined) return readOwnRuleSet(this.#connection, node, key);
        return readDirect(this.#connection, buckets.ruleSets, key);
      }).catch((error: unknown) => {
        // The bucket is missing until the controller has made it again.
        if (error instanceof StorageMissingError && performance.now() < deadline) return undefined;
        throw error;
      });
      if (value !== undefined) return checked(digest, value);
      if (performance.now() >= deadline)
        throw new RuleSetMissingError(
          `${digest} is not in the bucket ${buckets.ruleSets}; the controller writes it again`,
        );
      await sleep(backoff.next(), signal);
    }
  }

  /** `kept` is asked at the moment when a rule set is deleted: it may have come into use since the list was read. */
  async prune(kept: (digest: string) => boolean, minAgeMs = pruneAgeMs): Promise<number> {
    return request(this.#connection, "prune the rule sets", async () => {
      const kv = await bucket(this.#connection, buckets.ruleSets);
      const unused: string[] = [];
      for await (const key of await kv.keys()) if (!kept(`sha256:${key}`)) unused.push(key);
      let pruned = 0;
      for (const key of unused) {
        const entry = await kv.get(key);
        if (!entry || Date.now() - entry.created.getTime() < minAgeMs) continue;
        if (kept(`sha256:${key}`)) continue;
        await this.#purge(key);
        pruned++;
      }
      return pruned;
    });
  }

  async #purge(key: string): Promise<void> {
    const digest = `sha256:${key}`;
    this.#known.delete(digest);
    // Purging a subject leaves nothing. Deleting a key would leave a marker for every digest there ever was.
    const filter = bucketSubject(buckets.ruleSets, key);
    const purge = this.#connection.jsm.streams.purge(bucketStream(buckets.ruleSets), { filter });
    const settled = purge.catch(() => undefined);
    this.#purging.set(digest, settled);
    try {
      await purge;
    } finally {
      this.#purging.delete(digest);
    }
  }
}

function checked(digest: string, bytes: Uint8Array): Uint8Array {
  const actual = digestOf(bytes);
  if (actual !== digest) throw new RuleSetDigestError(`the bucket holds ${actual} under ${digest}`);
  return bytes;
}
