/**
 * Which rule sets nodes' bundles name, remembered for a moment: a node fetches all of a new bundle's one after the other, and its bundle need not be read
 * and decoded for each. What is remembered only ever lets a node have what its bundle named a moment ago; what it does not name is read anew.
 */

import { LRUCache } from "lru-cache";
import type { Connection } from "../connection/connection.ts";
import { decodeBundle } from "../messages/bundle.ts";
import { readDirect } from "./storage.ts";
import { buckets, toToken } from "./subjects.ts";

const rememberedMs = 5_000;
/** Digests of all nodes that are remembered: some 10 MiB. */
const rememberedDigests = 65_536;

export class NamedRuleSets {
  readonly #connection: Connection;
  readonly #byNode = new LRUCache<string, ReadonlySet<string>>({
    ttl: rememberedMs,
    maxSize: rememberedDigests,
    sizeCalculation: (digests) => 1 + digests.size,
  });

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Whether the node's bundle names it. */
  async has(node: string, digest: string): Promise<boolean> {
    if (this.#byNode.get(node)?.has(digest)) return true;
    const bundle = await readDirect(this.#connection, buckets.bundles, toToken(node));
    const digests = new Set(bundle === undefined ? [] : decodeBundle(bundle).ruleSets);
    this.#byNode.set(node, digests);
    return digests.has(digest);
  }
}
