/**
 * Watching a bucket: every key's last value, then every change, across restarts and losses of the server. It reads the bucket's stream
 * itself. The client's own watch has no sign for "nothing was there", and leaves its consumer on the server when it ends.
 */

import { DeliverPolicy, type JsMsg, type PushConsumer } from "@nats-io/jetstream";
import { orAbort } from "@portcullis/daemon";
import type { Connection } from "../connection/connection.ts";
import { reopening } from "../connection/reopen.ts";
import { bucketStream, bucketSubject, operationHeader } from "./storage.ts";

/** One entry of a bucket. */
interface KvEntry {
  readonly key: string;
  /** Undefined: the key was deleted. */
  readonly value: Uint8Array | undefined;
}

/** An entry, or one of two marks: the watch was opened (again), and everything that was there at that time has been yielded. */
export type KvEvent = { readonly entry: KvEntry } | "opened" | "initialised";

/** `key` may hold wildcards. After a loss of the server the same entries come again, and the caller has to see which are new. */
export function watchBucket(
  connection: Connection,
  name: string,
  key: string,
  signal: AbortSignal,
): AsyncGenerator<KvEvent, void, undefined> {
  // Of the session before, where its end could not be told to the server.
  let abandoned: PushConsumer | undefined;
  return reopening(connection, `watch ${key} in the bucket ${name}`, signal, async function* (stop) {
    if (abandoned !== undefined) remove(connection, abandoned);
    abandoned = undefined;
    const opening = connection.js.consumers.getPushConsumer(bucketStream(name), {
      filter_subjects: bucketSubject(name, key),
      deliver_policy: DeliverPolicy.LastPerSubject,
    });
    const consumer = await orAbort(opening, stop, (late) => remove(connection, late));
    try {
      yield* read(consumer, bucketSubject(name, ""), stop);
    } finally {
      if (connection.up) remove(connection, consumer);
      else abandoned = consumer;
    }
  });
}

async function* read(consumer: PushConsumer, prefix: string, stop: AbortSignal): AsyncGenerator<KvEvent> {
  const { num_pending } = await consumer.info(true);
  let initialised = num_pending === 0;
  const messages = await consumer.consume();
  const end = () => messages.stop();
  stop.addEventListener("abort", end, { once: true });
  try {
    if (stop.aborted) return;
    yield "opened";
    if (initialised) yield "initialised";
    for await (const message of messages) {
      yield { entry: toEntry(message, prefix) };
      // Counting would be too early: what is replaced meanwhile comes behind what is new.
      if (initialised || message.info.pending > 0) continue;
      initialised = true;
      yield "initialised";
    }
  } finally {
    stop.removeEventListener("abort", end);
    messages.stop();
  }
}

function toEntry({ subject, headers, data }: JsMsg, prefix: string): KvEntry {
  const deleted = (headers?.get(operationHeader) ?? "") !== "";
  return { key: subject.slice(prefix.length), value: deleted ? undefined : data };
}

/** A consumer that nobody removes stays on the server for five minutes. */
function remove({ log }: Connection, consumer: PushConsumer): void {
  consumer.delete().catch((error: unknown) => log.debug("a watch's consumer is left to the server", { error }));
}
