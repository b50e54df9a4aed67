/**
 * Reading a stream of alerts from where the last leader has come to, and going on where it is known that nobody else does. How far it has come is written
 * before anything is done that others see, or together with what was made of the alerts; so nothing is done twice.
 */

import type { AlertStreamState, Bus, DeliveredAlert } from "@portcullis/bus";
import { Backoff, type Log, sleep } from "@portcullis/daemon";
import { batched } from "./batched.ts";

/** A channel of the bus: alerts, or logs. */
export interface AlertSource {
  state(): Promise<AlertStreamState>;
  subscribe(options: { signal: AbortSignal; from: { after: number } }): AsyncIterable<DeliveredAlert>;
}

/** How far it has come, in which stream. A stream that was made anew begins to count from 1. */
export interface Place {
  readonly created: string;
  readonly sequence: number;
}

export interface Reader {
  /** What it is called in the bucket and in the log. */
  readonly name: string;
  /** Takes what was kept, undefined at the very first time. Returns the place that it is of. */
  begin(kept: Uint8Array | undefined, stream: AlertStreamState): Place;
  /** Called about once a second, also with nothing. Undefined: nothing has to be kept for now. */
  take(batch: readonly DeliveredAlert[], place: Place): Uint8Array | undefined;
  /** What `take` has returned of this batch is kept. */
  kept(batch: readonly DeliveredAlert[]): void;
}

interface Parts {
  readonly bus: Pick<Bus, "readProgress" | "writeProgress">;
  readonly source: AlertSource;
  readonly log: Log;
}

const batches = { most: 256, everyMs: 1_000 };

/** Until the signal aborts. */
export async function readStream(reader: Reader, parts: Parts, signal: AbortSignal): Promise<void> {
  const backoff = new Backoff({ firstMs: 500, maxMs: 5_000 });
  while (!signal.aborted) {
    // What one attempt has begun ends with it.
    const attempt = new AbortController();
    try {
      await readOn(reader, parts, AbortSignal.any([signal, attempt.signal]), () => backoff.reset());
    } catch (error) {
      if (signal.aborted) return;
      parts.log.warn("the stream of alerts is not read for now", { reader: reader.name, error });
    } finally {
      attempt.abort();
    }
    await sleep(backoff.next(), signal);
  }
}

async function readOn(reader: Reader, { bus, source }: Parts, signal: AbortSignal, settled: () => void): Promise<void> {
  const stream = await source.state();
  const progress = await bus.readProgress(reader.name);
  let { revision } = progress;
  const begin = reader.begin(progress.value, stream);
  const after = begin.created === stream.created ? begin.sequence : 0;
  // What the subscription skips because the stream has dropped it, it tells with the next alert.
  let place: Place = { created: stream.created, sequence: after };
  for await (const batch of batched(source.subscribe({ signal, from: { after } }), batches)) {
    const last = batch.at(-1)?.stream;
    if (last !== undefined) place = { created: last.created, sequence: last.sequence };
    const value = reader.take(batch, place);
    if (value === undefined) continue;
    revision = await bus.writeProgress(reader.name, value, revision);
    reader.kept(batch);
    settled();
  }
}
