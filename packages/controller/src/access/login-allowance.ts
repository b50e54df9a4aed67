/**
 * How often a node may log in. NATS limits the connections of all nodes together and not those of one, so that somebody with one node's token could take them
 * all. A login lasts for an hour or so: who may begin only so many in that time cannot hold more. What comes back after a loss, or flaps, is let in at once as
 * often as `atOnce` says and then once in `everyMs`.
 */

import { LRUCache } from "lru-cache";

export interface AllowanceOptions {
  /** Default 15. */
  readonly atOnce?: number | undefined;
  /** Default a minute. */
  readonly everyMs?: number | undefined;
  /** For tests: milliseconds of a monotonic clock. */
  readonly now?: (() => number) | undefined;
}

/** Nodes that are remembered; a cluster has 5,000. Who is forgotten may begin anew. */
const remembered = 20_000;

export class LoginAllowance {
  readonly #atOnce: number;
  readonly #everyMs: number;
  readonly #now: () => number;
  /** By node: how many it may begin now, as of when. */
  readonly #left = new LRUCache<string, { readonly logins: number; readonly at: number }>({ max: remembered });

  constructor({ atOnce = 15, everyMs = 60_000, now = () => performance.now() }: AllowanceOptions = {}) {
    this.#atOnce = atOnce;
    this.#everyMs = everyMs;
    this.#now = now;
  }

  /** False: it has to wait. */
  take(node: string): boolean {
    const at = this.#now();
    const before = this.#left.get(node) ?? { logins: this.#atOnce, at };
    const logins = Math.min(this.#atOnce, before.logins + (at - before.at) / this.#everyMs);
    if (logins < 1) return false;
    this.#left.set(node, { logins: logins - 1, at });
    return true;
  }
}
