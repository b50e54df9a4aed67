/**
 * From the spool to the bus, in order, several on their way at a time, and a few milliseconds of work at a time. An alert leaves the spool when the stream has
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

/** The event loop is held for so long at a time, and for one alert more. */
const sliceMs = 2;

const defaultRetry: BackoffOptions = { firstMs: 250, maxMs: 10_000 };

/** Publishes until the signal aborts. */
export async function publishSpooled(sink: AlertSink, options: PublisherOptions, signal: AbortSignal): Promise<void> {
  const { spool, wake, log, count, window = 64, retry = defaultRetry } = options;
  const backoff = new Backoff(retry);
  while (!signal.aborted) {
    const batch = await send(sink, spool, window);
    if (batch.length === 0) {
      await wake.wait(1_000, signal);
      continue;
    }
    const error = acknowledge(spool, batch, count);
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

/** An alert that was sent, if it could be read, what became of it, and where the next one begins. */
interface Sent {
  readonly alert: Alert | undefined;
  readonly result: PromiseSettledResult<void>;
  readonly after: Position;
}

/** Sends the oldest alerts, at most `window`, and waits for what becomes of them. */
async function send(sink: AlertSink, spool: Spool, window: number): Promise<Sent[]> {
  const sending: Promise<Sent>[] = [];
  let position = spool.start;
  let until = performance.now() + sliceMs;
  for (let spooled = spool.read(position); spooled && sending.length < window; spooled = spool.read(position)) {
    const alert = decodeOrSkip(spooled.payload);
    position = spooled.after;
    sending.push(settled(alert, alert ? sink.publishAlert(alert) : Promise.resolve(), position));
    if (performance.now() < until) continue;
    await new Promise((resolve) => setImmediate(resolve));
    until = performance.now() + sliceMs;
  }
  return Promise.all(sending);
}

async function settled(alert: Alert | undefined, published: Promise<void>, after: Position): Promise<Sent> {
  const [result] = await Promise.allSettled([published]);
  return { alert, result, after };
}

/** An alert of an earlier version of this program that cannot be read any more must not stop the others. */
function decodeOrSkip(payload: Uint8Array): Alert | undefined {
  try {
    return decodeAlert(payload);
  } catch {
    return undefined;
  }
}

/** Acknowledges those before the first that failed. Returns the error of that one. */
function acknowledge(spool: Spool, batch: readonly Sent[], count: Count): unknown {
  for (const { alert, result, after } of batch) {
    if (result.status === "rejected") return result.reason ?? new Error("publishing failed");
    spool.acknowledge(after);
    count(alert ? "alerts_published" : "events_unreadable");
  }
  return undefined;
}
