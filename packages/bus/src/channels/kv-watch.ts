/** Watching a bucket: every key's last value, then every change, across restarts and losses of the server. */

import { orAbort } from "@portcullis/daemon";
import type { KvEntry } from "nats";
import type { Connection } from "../connection/connection.ts";
import { reopening } from "../connection/reopen.ts";
import { bucket } from "./storage.ts";

/** An entry, or one of two marks: the watch was opened (again), and everything that was there at that time has been yielded. */
export type KvEvent = { readonly entry: KvEntry } | "opened" | "initialised";

/** `key` may hold wildcards. After a loss of the server the same entries come again, and the caller has to see which are new. */
export function watchBucket(
  connection: Connection,
  name: string,
  key: string,
  signal: AbortSignal,
): AsyncGenerator<KvEvent, void, undefined> {
  return reopening(connection, `watch ${key} in the bucket ${name}`, signal, async function* (stop) {
    const kv = await bucket(connection, name);
    let answered = false;
    const watch = kv.watch({
      key,
      initializedFn: () => {
        answered = true;
      },
    });
    const entries = await orAbort(watch, stop, (late) => late.stop());
    // The client calls back early when nothing is there, but also while entries wait unread. So the call is believed only when
    // nothing has arrived. Otherwise the entry after which nothing is pending is the last one.
    let initialised = answered && entries.getReceived() === 0;
    const end = () => entries.stop();
    stop.addEventListener("abort", end, { once: true });
    try {
      if (stop.aborted) return;
      yield "opened";
      if (initialised) yield "initialised";
      for await (const entry of entries) {
        yield { entry };
        if (!initialised && (entry.delta ?? 0) === 0) {
          initialised = true;
          yield "initialised";
        }
      }
    } finally {
      stop.removeEventListener("abort", end);
      entries.stop();
    }
  });
}
