/**
 * From the spool to the bus, in order, several on their way at a time. An alert leaves the spool when the stream has
 * stored it; what fails is tried again with a growing pause, from the oldest on. The message id makes a repetition
 * harmless.
 */

import { decodeAlert } from "@portcullis/bus";
import { Backoff, type BackoffOptions, type Log, sleep } from "@portcullis/daemon";
import type { Alert } from "@portcullis/model";
import type { Count } from "../counters.ts";
import type { Wake } from "../wake.ts";
import type { Spool } from "./spool.ts";
import type { Position } from "./spool-cursor.ts";

/** What publishing needs of the bus. */
export interface AlertSink {
  publishAlert(alert: Alert): Promise<void>;
}

interface PublisherOptions {
  readonly spool: Spool;
  readonly wake: Wake;
  readonly log: Log;
  readonly count: Count;
  /** How many alerts may be on their way at the same time. */
  readonly window?: number;
  readonly retry?: BackoffOptions;
}

const defaultRetry: BackoffOptions = { firstMs: 250, maxMs: 10_000 };

/** Publishes until the signal aborts. */
export async function publishSpooled(sink: AlertSink, options: PublisherOptions, signal: AbortSignal): Promise<void> {
  const { spool, wake, log, count, window = 64, retry = defaultRetry } = options;
  const backoff = new Backoff(retry);
  while (!signal.aborted) {
    const batch = take(spool, spool.start, window);
    if (batch.length === 0) {
      await wake.wait(1_000, signal);
      continue;
    }
    const error = await send(sink, spool, batch, count);
    if (error === undefined) {
      backoff.reset();
      continue;
    }
    count("alert_publish_failures");
    if (backoff.failures === 0)
      log.warn("alerts cannot be published, they stay in the spool", { error, bytes: spool.bytes });
    await sleep(backoff.next(), signal);
  }
}

interface Ready {
  readonly alert: Alert | undefined;
  readonly after: Position;
}

function take(spool: Spool, from: Position, limit: number): Ready[] {
  const batch: Ready[] = [];
  let position = from;
  for (let spooled = spool.read(position); spooled && batch.length < limit; spooled = spool.read(position)) {
    position = spooled.after;
    batch.push({ alert: decodeOrSkip(spooled.payload), after: position });
  }
  return batch;
}

/** An alert of an earlier version of this program that cannot be read any more must not stop the others. */
function decodeOrSkip(payload: Uint8Array): Alert | undefined {
  try {
    return decodeAlert(payload);
  } catch {
    return undefined;
  }
}

/** Sends all at once and acknowledges those before the first that failed. Returns the error of that one. */
async function send(sink: AlertSink, spool: Spool, batch: readonly Ready[], count: Count): Promise<unknown> {
  const results = await Promise.allSettled(
    batch.map(({ alert }) => (alert ? sink.publishAlert(alert) : Promise.resolve())),
  );
  const failed = results.findIndex(({ status }) => status === "rejected");
  const arrived = failed < 0 ? batch : batch.slice(0, failed);
  for (const { alert, after } of arrived) {
    spool.acknowledge(after);
    count(alert ? "alerts_published" : "events_unreadable");
  }
  if (failed < 0) return undefined;
  return (results[failed] as PromiseRejectedResult).reason ?? new Error("publishing failed");
}
