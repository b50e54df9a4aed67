/** Node status: each enforcer writes its own key, the controller watches all. */

import type { NodeStatus } from "@portcullis/model";
import type { NodeStatusEvent } from "./bus.ts";
import { decodeNodeStatus, encodeNodeStatus } from "./codec/node-status.ts";
import { type Connection, request } from "./connection.ts";
import { MessageInvalidError } from "./errors.ts";
import { watchBucket } from "./kv-watch.ts";
import { coalescing } from "./reopen.ts";
import { bucket } from "./storage.ts";
import { BUCKETS, fromToken, toToken } from "./subjects.ts";

export async function putNodeStatus(connection: Connection, status: NodeStatus): Promise<void> {
  const bytes = encodeNodeStatus(status);
  await request(connection, `publish the status of ${status.node}`, async () => {
    const kv = await bucket(connection, BUCKETS.nodeStatus);
    await kv.put(toToken(status.node), bytes);
  });
}

export async function deleteNodeStatus(connection: Connection, node: string): Promise<void> {
  await request(connection, `delete the status of ${node}`, async () => {
    const kv = await bucket(connection, BUCKETS.nodeStatus);
    await kv.delete(toToken(node));
  });
}

const initialisedMark = Symbol("initialised");

export async function* watchNodeStatuses(
  connection: Connection,
  signal: AbortSignal,
  initialised?: () => void,
): AsyncGenerator<NodeStatusEvent, void, undefined> {
  let told = false;
  const events = coalescing<string, NodeStatusEvent | typeof initialisedMark>(signal, (inner) =>
    read(connection, inner),
  );
  for await (const event of events) {
    if (event !== initialisedMark) yield event;
    else if (!told) {
      told = true;
      initialised?.();
    }
  }
}

async function* read(
  connection: Connection,
  signal: AbortSignal,
): AsyncGenerator<readonly [string, NodeStatusEvent | typeof initialisedMark]> {
  // Nodes told to the reader, and those seen since the watch was opened: the difference was lost while it was not.
  let told = new Set<string>();
  let seen = new Set<string>();
  for await (const event of watchBucket(connection, BUCKETS.nodeStatus, "*", signal)) {
    if (event === "opened") {
      seen = new Set();
      continue;
    }
    if (event === "initialised") {
      for (const node of told) if (!seen.has(node)) yield [node, { node }];
      told = new Set(seen);
      yield ["", initialisedMark];
      continue;
    }
    const { key, operation, value } = event.entry;
    const change = toEvent(connection, key, operation === "PUT" ? value : undefined);
    if (change === undefined) continue;
    if (change.status) {
      seen.add(change.node);
      told.add(change.node);
    } else {
      seen.delete(change.node);
      told.delete(change.node);
    }
    yield [change.node, change];
  }
}

function toEvent(connection: Connection, key: string, value: Uint8Array | undefined): NodeStatusEvent | undefined {
  try {
    const node = fromToken(key);
    if (value === undefined) return { node };
    const status = decodeNodeStatus(value);
    if (status.node !== node) throw new MessageInvalidError("node", `${status.node} wrote the status of ${node}`);
    return { node, status };
  } catch (error) {
    connection.stats.refusedMessages++;
    connection.log.warn("node status refused", { key, error });
    return undefined;
  }
}
