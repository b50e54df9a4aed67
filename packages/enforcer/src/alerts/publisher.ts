/**
 * From the spool to the bus, in order, several on their way at a time, and a few milliseconds of work at a time. An alert is
 * acknowledged when the stream has stored it; what fails is tried again with a growing pause, from the oldest on. An alert that is
 * refused for itself is set aside, so that it does not hold up the others. When the stream has lost what it acknowledged, what the
 * spool has kept is sent again. The message id makes a repetition harmless.
 */

import { type AlertReceipt, decodeAlert } from "@portcullis/bus";
import { Backoff, type BackoffOptions, type Log, sleep, type Took } from "@portcullis/daemon";
import type { Count } from "../counters.ts";
import type { Wake } from "../wake.ts";
import { RefusedAlerts } from "./refused-alerts.ts";
import type { Spool } from "./spool.ts";
import type { Position } from "./spool-cursor.ts";
import { StreamLooks } from "./stream-looks.ts";
import { type AlertStreamView, StreamMemory } from "./stream-memory.ts";

/** What publishing needs of the bus. */
export interface AlertSink extends AlertStreamView {
  publishAlert(encoded: Uint8Array): Promise<AlertReceipt>;
  reconnects(signal: AbortSignal): AsyncIterable<void>;
}

interface PublisherOptions {
  readonly spool: Spool;
  readonly wake: Wake;
  readonly log: Log;
  readonly count: Count;
  /** How many alerts may be on their way at the same time. */
  readonly window?: number;
  readonly retry?: BackoffOptions;
  /** Told how long a batch took to be acknowledged. */
  readonly took?: Took | undefined;
  /** The stream is looked at so often, even when the connection was never lost: its leader may have changed. */
  readonly lookMs?: number;
}

/** The event loop is held for so long at a time, and for one alert more. */
const sliceMs = 2;

const defaultRetry: BackoffOptions = { firstMs: 250, maxMs: 10_000 };

/** Publishes until the signal aborts. */
export async function publishSpooled(sink: AlertSink, options: PublisherOptions, signal: AbortSignal): Promise<void> {
  const { spool, wake, log, count, window = 256, retry = defaultRetry, lookMs = 30_000 } = options;
  const backoff = new Backoff(retry);
  const memory = new StreamMemory(spool.mark);
  const refused = new RefusedAlerts({ log, count });
  const looks = new StreamLooks(sink, memory, options);
  const watching = watchConnection(sink, memory, wake, signal);
  const timer = setInterval(() => memory.doubt(), lookMs).unref();
  try {
    while (!signal.aborted) {
      await looks.betweenBatches();
      const begun = performance.now();
      const batch = await send(sink, spool, window);
      if (batch.length === 0) {
        await wake.wait(1_000, signal);
        continue;
      }
      options.took?.((performance.now() - begun) / 1_000);
      remember(batch, memory, spool);
      const error = acknowledge(batch, { spool, refused, count });
      if (error === undefined) {
        backoff.reset();
        continue;
      }
      count("alert_publish_failures");
      if (backoff.failures === 0)
        log.warn("alerts cannot be published, they stay in the spool", { error, bytes: spool.bytes });
      await sleep(backoff.next(), signal);
    }
  } finally {
    clearInterval(timer);
    await Promise.all([watching, looks.ended()]);
  }
}

async function watchConnection(sink: AlertSink, memory: StreamMemory, wake: Wake, signal: AbortSignal): Promise<void> {
  for await (const _ of sink.reconnects(signal)) {
    memory.doubt();
    wake.set();
  }
}

/** What became of a spooled alert, and where the next one begins. */
interface Sent {
  readonly payload: Uint8Array;
  readonly result: PromiseSettledResult<AlertReceipt>;
  readonly after: Position;
}

/** Sends the oldest alerts, at most `window`, and waits for what becomes of them. */
async function send(sink: AlertSink, spool: Spool, window: number): Promise<Sent[]> {
  const sending: Promise<Sent>[] = [];
  let position = spool.start;
  let until = performance.now() + sliceMs;
  for (let spooled = spool.read(position); spooled && sending.length < window; spooled = spool.read(position)) {
    position = spooled.after;
    sending.push(settled(spooled.payload, sink.publishAlert(spooled.payload), position));
    if (performance.now() < until) continue;
    await new Promise((resolve) => setImmediate(resolve));
    until = performance.now() + sliceMs;
  }
  return Promise.all(sending);
}

async function settled(payload: Uint8Array, published: Promise<AlertReceipt>, after: Position): Promise<Sent> {
  try {
    return { payload, result: { status: "fulfilled", value: await published }, after };
  } catch (reason) {
    return { payload, result: { status: "rejected", reason }, after };
  }
}

const receiptOf = ({ result }: Sent): AlertReceipt | undefined =>
  result.status === "fulfilled" ? result.value : undefined;

/** An alert of an earlier version of this program that cannot be read any more must not stop the others. */
function idIn(payload: Uint8Array): string | undefined {
  try {
    return decodeAlert(payload).id;
  } catch {
    return undefined;
  }
}

/** Remembers which alert the stream has stored last, with the cursor. */
function remember(batch: readonly Sent[], memory: StreamMemory, spool: Spool): void {
  memory.stored(batch.map(receiptOf).filter((receipt) => receipt !== undefined));
  spool.mark = memory.mark;
}

interface Acknowledging {
  readonly spool: Spool;
  readonly refused: RefusedAlerts;
  readonly count: Count;
}

/**
 * Acknowledges those before the first that is to be tried again. Returns the error of that one. Those behind it are sent again with it,
 * and the stream knows them by their ids.
 */
function acknowledge(batch: readonly Sent[], { spool, refused, count }: Acknowledging): unknown {
  const othersStored = batch.some((sent) => receiptOf(sent) !== undefined);
  for (const { payload, result, after } of batch) {
    if (result.status === "fulfilled") {
      count("alerts_published");
      if (result.value.cut) count("alerts_cut");
    } else {
      const id = idIn(payload);
      if (id === undefined) count("events_unreadable");
      else if (!refused.setsAside(id, result.reason, othersStored))
        return result.reason ?? new Error("publishing failed");
    }
    spool.acknowledge(after);
  }
  return undefined;
}
