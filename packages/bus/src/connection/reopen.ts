/**
 * Iterations over the server that outlive it: a session runs again whenever it has failed or the connection has come back. Without
 * that, a watch of the client stays silent for ten seconds after a restart, and a consumer that the server lost stays silent for ever.
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
    const lost = new AbortController();
    const unsubscribe = connection.onDown(() => lost.abort());
    const stop = AbortSignal.any([signal, lost.signal]);
    try {
      for await (const item of session(stop)) {
        backoff.reset();
        yield item;
      }
    } catch (error) {
      const { failures } = backoff;
      if (!stop.aborted) log.warn("bus iteration broke, opening again", { failures, error: toBusError(error, what) });
    } finally {
      unsubscribe();
    }
    // After a loss of the connection, the next round waits until it is back and needs no pause.
    if (lost.signal.aborted) backoff.reset();
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
