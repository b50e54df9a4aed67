/**
 * How far readers of streams have come, and what they have made of it: a small value for each, in one bucket. It is written by compare and set, so that of two
 * who read the same only one goes on, and nothing is done twice.
 */

import type { Progress } from "../bus.ts";
import { type Connection, request } from "../connection/connection.ts";
import { isWrongLastSequence } from "../connection/nats-errors.ts";
import { ProgressConflictError } from "../errors.ts";
import { bucket, bucketSubject } from "./storage.ts";
import { buckets } from "./subjects.ts";

export async function readProgress(connection: Connection, name: string): Promise<Progress> {
  return request(connection, `read how far ${name} has come`, async () => {
    const kv = await bucket(connection, buckets.progress);
    const entry = await kv.get(name);
    const value = entry?.operation === "PUT" ? entry.value : undefined;
    return { value, revision: entry?.revision ?? 0 };
  });
}

/** Returns the revision that it has now. Rejects with `BUS_PROGRESS_CONFLICT` when somebody has written since `revision`. */
export async function writeProgress(
  connection: Connection,
  name: string,
  value: Uint8Array,
  revision: number,
): Promise<number> {
  const write = async () => {
    try {
      const ack = await connection.js.publish(bucketSubject(buckets.progress, name), value, {
        expect: { lastSubjectSequence: revision },
      });
      return ack.seq;
    } catch (error) {
      if (!isWrongLastSequence(error)) throw error;
      throw new ProgressConflictError(`${name} was carried on by somebody else meanwhile`, { cause: error });
    }
  };
  // An attempt that was stored without an answer would make the next one a conflict with itself.
  return request(connection, `write how far ${name} has come`, write, { once: true });
}
