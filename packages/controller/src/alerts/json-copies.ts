/**
 * Alerts, and logs, as JSON for people and tools that listen: each at most once, in the order of the stream. It is done here and not by the nodes, because it
 * costs as much as all the rest of an alert's way, and a node then cannot say anything that is not in the stream.
 */

import type { AlertStreamState, DeliveredAlert } from "@portcullis/bus";
import type { Alert } from "@portcullis/model";
import { z } from "zod";
import type { Place, Reader } from "./stream-reading.ts";

const place = z.object({ created: z.string(), sequence: z.number().int().min(0) });

export class JsonCopies implements Reader {
  readonly name: string;
  readonly #send: (alert: Alert) => void;

  constructor(name: string, send: (alert: Alert) => void) {
    this.name = name;
    this.#send = send;
  }

  /** At the very first time it begins with what comes from now on. */
  begin(kept: Uint8Array | undefined, { created, lastSequence }: AlertStreamState): Place {
    if (kept === undefined) return { created, sequence: lastSequence };
    return place.parse(JSON.parse(Buffer.from(kept).toString("utf8")));
  }

  take(batch: readonly DeliveredAlert[], at: Place): Uint8Array | undefined {
    return batch.length === 0 ? undefined : Buffer.from(JSON.stringify(at));
  }

  kept(batch: readonly DeliveredAlert[]): void {
    for (const alert of batch) this.#send(alert);
  }
}
