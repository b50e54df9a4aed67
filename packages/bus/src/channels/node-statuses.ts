/** Node status: each enforcer writes its own key, the controller watches all. */

import type { NodeStatus } from "@portcullis/model";
import type { NodeStatusEvent } from "../bus.ts";
import { coalescing } from "../connection/coalesce.ts";
import { type Connection, request } from "../connection/connection.ts";
import { MessageInvalidError } from "../errors.ts";
import { decodeNodeStatus, encodeNodeStatus } from "../messages/node-status.ts";
import { watchBucket } from "./kv-watch.ts";
import { putOwnStatus } from "./own-node.ts";
import { bucket } from "./storage.ts";
import { buckets, fromToken, toToken } from "./subjects.ts";

export async function putNodeStatus(connection: Connection, status: NodeStatus): Promise<void> {
  const bytes = encodeNodeStatus(status);
  await request(connection, `publish the status of ${status.node}`, async () => {
    if (connection.node !== undefined) return putOwnStatus(connection, connection.node, bytes);
    const kv = await bucket(connection, buckets.nodeStatus);
    await kv.put(toToken(status.node), bytes);
  });
}

export async function deleteNodeStatus(connection: Connection, node: string): Promise<void> {
  await request(connection, `delete the status of ${node}`, async () => {
    if (connection.node !== undefined) return putOwnStatus(connection, connection.node, undefined);
    const kv = await bucket(connection, buckets.nodeStatus);
    await kv.delete(toToken(node));
  });
}

/** Stands among the events where all statuses that were there at the start have been told. */
const initialisedMark = Symbol("initialised");

type Item = readonly [key: string, NodeStatusEvent | typeof initialisedMark];

export async function* watchNodeStatuses(
  connection: Connection,
  signal: AbortSignal,
  initialised?: () => void,
): AsyncGenerator<NodeStatusEvent, void, undefined> {
  let told = false;
  const events = coalescing<string, Item[1]>(signal, (inner) => read(connection, inner));
  for await (const event of events) {
    if (event !== initialisedMark) yield event;
    else if (!told) {
      told = true;
      initialised?.();
    }
  }
}

async function* read(connection: Connection, signal: AbortSignal): AsyncGenerator<Item> {
  const nodes = new WatchedNodes();
  for await (const event of watchBucket(connection, buckets.nodeStatus, "*", signal)) {
    if (event === "opened") nodes.beginAgain();
    else if (event === "initialised") {
      for (const node of nodes.takeLost()) yield [node, { node }];
      yield ["", initialisedMark];
    } else {
      const { key, value } = event.entry;
      const change = toEvent(connection, key, value);
      if (change === undefined) continue;
      nodes.note(change);
      yield [change.node, change];
    }
  }
}

/** The nodes that the reader was told of, and those seen since the watch was opened: the difference was deleted while nobody watched. */
class WatchedNodes {
  #told = new Set<string>();
  #seen = new Set<string>();

  /** The watch was opened again: what is there will be seen again. */
  beginAgain(): void {
    this.#seen = new Set();
  }

  note({ node, status }: NodeStatusEvent): void {
    for (const nodes of [this.#told, this.#seen]) {
      if (status === undefined) nodes.delete(node);
      else nodes.add(node);
    }
  }

  /** Everything that is there has been seen: which nodes were told of and are gone? */
  takeLost(): string[] {
    const lost = [...this.#told].filter((node) => !this.#seen.has(node));
    this.#told = new Set(this.#seen);
    return lost;
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
