/**
 * Iterations over the server that outlive it. `reopening` runs a session again whenever the connection came back (a watch
 * of the client stays silent for ten seconds after a restart, and a lost consumer for ever) or the session failed.
 * `coalescing` puts a bounded queue between such an iteration and a slow reader: only the newest of each key waits.
 */

import { Backoff, sleep } from "@portcullis/daemon";
import type { Connection } from "./connection.ts";
import { toBusError } from "./nats-errors.ts";

/** One opening: yields until `stop` aborts, throws when it cannot go on. */
export type Session<T> = (stop: AbortSignal) => AsyncIterable<T>;

/** Ends without an error when `signal` aborts or the connection is closed; `what` completes "could not …". */
export async function* reopening<T>(
  connection: Connection,
  what: string,
  signal: AbortSignal,
  session: Session<T>,
): AsyncGenerator<T, void, undefined> {
  const { timing, stats, log, nc } = connection;
  const backoff = new Backoff({ firstMs: timing.reopenFirst, maxMs: timing.reopenMax, jitter: 0.5 });
  for (let opened = 0; !signal.aborted && !nc.isClosed(); opened++) {
    await untilUp(connection, signal);
    if (opened > 0) stats.reopened++;
    const restart = new AbortController();
    const unsubscribe = connection.onDown(() => restart.abort());
    try {
      for await (const item of session(AbortSignal.any([signal, restart.signal]))) {
        backoff.reset();
        yield item;
      }
    } catch (error) {
      if (!signal.aborted && !restart.signal.aborted)
        log.warn("bus iteration broke, opening again", { failures: backoff.failures, error: toBusError(error, what) });
    } finally {
      unsubscribe();
    }
    if (restart.signal.aborted) backoff.reset();
    else await sleep(backoff.next(), signal);
  }
}

async function untilUp(connection: Connection, signal: AbortSignal): Promise<void> {
  if (connection.up || signal.aborted || connection.nc.isClosed()) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const unsubscribe = connection.onReconnect(resolve);
  signal.addEventListener("abort", () => resolve(), { once: true });
  connection.closed.then(() => resolve()).catch(() => resolve());
  await promise;
  unsubscribe();
}

/**
 * Reads `source` eagerly and yields in order of first arrival; a newer item of a waiting key takes its place. `open` gets
 * the signal that ends the source when the reader leaves.
 */
export async function* coalescing<K, T>(
  signal: AbortSignal,
  open: (signal: AbortSignal) => AsyncIterable<readonly [K, T]>,
): AsyncGenerator<T, void, undefined> {
  const leave = new AbortController();
  const waiting = new Map<K, T>();
  let wake = Promise.withResolvers<void>();
  let ended = false;
  const pump = (async () => {
    try {
      for await (const [key, item] of open(AbortSignal.any([signal, leave.signal]))) {
        waiting.set(key, item);
        wake.resolve();
      }
    } finally {
      ended = true;
      wake.resolve();
    }
  })();
  // Awaited below in every case; this keeps an early failure from counting as unhandled meanwhile.
  pump.catch(() => {});
  try {
    while (!signal.aborted) {
      for (const [key, item] of waiting) {
        waiting.delete(key);
        yield item;
        if (signal.aborted) return;
      }
      if (waiting.size > 0) continue;
      if (ended) break;
      await wake.promise;
      wake = Promise.withResolvers<void>();
    }
  } finally {
    leave.abort();
    await pump;
  }
}
