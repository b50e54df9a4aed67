/**
 * A node's end of the way of bundles, without a consumer on the server. The server repeats what it has stored of the node's key on a subject of
 * the node. Nothing keeps such a message for who is not there, and whoever may publish on that subject can write one: so it is a hint. It is
 * taken when the caller finds it credible. The bucket itself is read when the watch begins, after every loss of the connection, when a
 * hint is not credible, and every few minutes.
 */

import type { Msg } from "@nats-io/transport-node";
import { orAbort, sleep } from "@portcullis/daemon";
import { coalescing } from "../connection/coalesce.ts";
import { type Connection, request } from "../connection/connection.ts";
import { reopening } from "../connection/reopen.ts";
import { readOwnBundle } from "./own-node.ts";
import { operationHeader, readDirect } from "./storage.ts";
import { buckets, bundleHintSubject, toToken } from "./subjects.ts";

/** Whether the caller would take these bytes for a bundle of this node that is not older than its own. */
export type Credible = (bytes: Uint8Array) => boolean;

/** Yields the node's encoded bundle, and every later one. After a reconnect the same one is not yielded again. */
export function watchBundle(
  connection: Connection,
  node: string,
  signal: AbortSignal,
  credible?: Credible,
): AsyncIterable<Uint8Array> {
  const watch = new BundleWatch(connection, node, credible);
  return coalescing(signal, (inner) =>
    reopening(connection, `watch the bundle of ${node}`, inner, (stop) => watch.session(stop)),
  );
}

class BundleWatch {
  readonly #connection: Connection;
  readonly #node: string;
  readonly #credible: Credible | undefined;
  /** What was yielded last. */
  #last: Uint8Array | undefined;
  /** What was read last and is not credible. A replica that is behind says such a thing too, and has caught up when it is asked again. */
  #doubted: Uint8Array | undefined;
  /** When the bucket is to be read, and was read last; milliseconds of the monotonic clock. */
  #readAt = 0;
  #lastRead = Number.NEGATIVE_INFINITY;
  #readInSession = false;

  constructor(connection: Connection, node: string, credible: Credible | undefined) {
    this.#connection = connection;
    this.#node = node;
    this.#credible = credible;
  }

  /** One connection's time. The subscription comes first, so that nothing is lost between it and the first read. */
  async *session(stop: AbortSignal): AsyncGenerator<readonly [string, Uint8Array]> {
    const hints = new Hints(this.#connection, this.#node);
    this.#readAt = performance.now();
    this.#readInSession = false;
    try {
      while (!stop.aborted) {
        const bytes = this.#judgeHint(hints.take()) ?? (await this.#readIfDue(stop));
        if (bytes !== undefined) {
          this.#last = bytes;
          yield [this.#node, bytes];
        } else await hints.wait(this.#readAt - performance.now(), stop);
      }
    } finally {
      hints.end();
    }
  }

  /** The hint, if it says anything new that is credible. If it is not credible, the bucket will be read: soon, and never more often than that. */
  #judgeHint(hint: Uint8Array | undefined): Uint8Array | undefined {
    if (hint === undefined || sameBytes(hint, this.#last)) return undefined;
    if (this.#credible?.(hint)) return hint;
    if (this.#credible !== undefined) this.#connection.stats.bundleHintsDoubted++;
    this.#readSoon();
    return undefined;
  }

  #readSoon(): void {
    this.#readAt = Math.min(this.#readAt, this.#lastRead + this.#connection.timing.doubtPause);
  }

  async #readIfDue(stop: AbortSignal): Promise<Uint8Array | undefined> {
    const now = performance.now();
    if (now < this.#readAt) return undefined;
    this.#lastRead = now;
    this.#readAt = now + this.#pause() * (0.5 + Math.random());
    this.#readInSession = true;
    const bytes = await orAbort(this.#read(), stop);
    if (bytes === undefined || sameBytes(bytes, this.#last)) return undefined;
    if (this.#credible === undefined || this.#credible(bytes) || sameBytes(bytes, this.#doubted)) return bytes;
    this.#doubted = bytes;
    this.#readSoon();
    return undefined;
  }

  /**
   * On a server with replicas the first read may be behind, and the subscription not be known everywhere yet: so the second one comes soon.
   * The spread keeps nodes that were connected at the same moment from reading at the same moment.
   */
  #pause(): number {
    const { bundleReread } = this.#connection.timing;
    return this.#readInSession ? bundleReread : bundleReread / 20;
  }

  async #read(): Promise<Uint8Array | undefined> {
    this.#connection.stats.bundleReads++;
    if (this.#connection.node !== undefined) return readOwnBundle(this.#connection, this.#connection.node);
    return request(this.#connection, `read the bundle of ${this.#node}`, () =>
      readDirect(this.#connection, buckets.bundles, toToken(this.#node)),
    );
  }
}

/** The subscription to what the server repeats. Only the newest hint is kept. */
class Hints {
  readonly #subscription;
  #arrival = new AbortController();
  #newest: Uint8Array | undefined;
  #failure: Error | undefined;

  constructor({ nc }: Connection, node: string) {
    this.#subscription = nc.subscribe(bundleHintSubject(node), {
      callback: (error, message) => this.#arrived(error, message),
    });
  }

  #arrived(error: Error | null, message: Msg): void {
    if (error !== null) this.#failure = error;
    // A deletion is repeated too. Then the last bundle stays in force.
    else if (!message.headers?.has(operationHeader)) this.#newest = message.data;
    this.#arrival.abort();
  }

  /** Throws when the server has ended the subscription. */
  take(): Uint8Array | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    const hint = this.#newest;
    this.#newest = undefined;
    return hint;
  }

  /** Resolves when there is a hint or a failure, when the time is over, or when the signal aborts. */
  async wait(timeoutMs: number, signal: AbortSignal): Promise<void> {
    await sleep(Math.max(0, timeoutMs), AbortSignal.any([signal, this.#arrival.signal]));
    this.#arrival = new AbortController();
  }

  end(): void {
    this.#subscription.unsubscribe();
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return b !== undefined && Buffer.compare(a, b) === 0;
}
