/** Publishing alerts, and logs by the same way: each is stored in the stream once, by its id, as it was encoded when it happened. */

import type { AlertReceipt, AlertStreamState } from "../bus.ts";
import { AckedPublish } from "../connection/acked-publish.ts";
import { type Connection, request } from "../connection/connection.ts";
import { toBusError } from "../connection/nats-errors.ts";
import { alertMaxBytes, decodeAlert } from "../messages/alert.ts";
import { fitAlert } from "../messages/alert-fit.ts";
import { alertHead } from "../messages/alert-head.ts";
import type { AlertChannel } from "./alert-channels.ts";
import { ownAlertStream, ownStoredAlert } from "./own-node.ts";

const idHeader = "Nats-Msg-Id";
/** What NATS counts with a message: its headers, without the id. */
const overheadBytes = 256;

/** Publishes encoded alerts. */
export class AlertPublisher {
  readonly #connection: Connection;
  readonly #acked: AckedPublish;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#acked = new AckedPublish(connection);
  }

  async publish(channel: AlertChannel, encoded: Uint8Array): Promise<AlertReceipt> {
    const { stats, node } = this.#connection;
    const { stream, what } = channel;
    let id = "";
    try {
      const head = alertHead(encoded);
      id = head.id;
      const { bytes, cut } = this.#fitting(encoded, id);
      const subject = node === undefined ? channel.subject(head, "stored") : channel.publishSubject(node, head);
      const { sequence, duplicate } = await this.#acked.publish({ subject, bytes, id, stream });
      stats.alertsPublished++;
      if (cut) stats.alertsCut++;
      if (duplicate) stats.alertsDuplicate++;
      return { id, sequence, duplicate, cut };
    } catch (error) {
      stats.alertsFailed++;
      throw toBusError(error, `publish the ${what} ${id}`);
    }
  }

  /** As it is, or cut where the server takes less than others do. */
  #fitting(encoded: Uint8Array, id: string): { readonly bytes: Uint8Array; readonly cut: boolean } {
    const taken = this.#connection.nc.info?.max_payload ?? Number.POSITIVE_INFINITY;
    const most = Math.min(alertMaxBytes, taken - overheadBytes - Buffer.byteLength(id));
    return encoded.length <= most ? { bytes: encoded, cut: false } : fitAlert(decodeAlert(encoded), most);
  }
}

export async function alertStreamState(connection: Connection, channel: AlertChannel): Promise<AlertStreamState> {
  const { stream } = channel;
  if (connection.node !== undefined) return ownAlertStream(connection, connection.node, channel);
  const info = await request(connection, `read the state of the stream ${stream}`, () =>
    connection.jsm.streams.info(stream),
  );
  const { first_seq: firstSequence, first_ts: firstAt, last_seq: lastSequence } = info.state;
  return { created: info.created, firstSequence, firstAt, lastSequence };
}

export async function storedAlertId(
  connection: Connection,
  channel: AlertChannel,
  sequence: number,
): Promise<string | undefined> {
  if (connection.node !== undefined) return ownStoredAlert(connection, connection.node, channel, sequence);
  return (await storedAlert(connection, channel, sequence))?.id;
}

/** What lies at this place of the stream: its id, and the token of the node that has published it. */
export async function storedAlert(
  connection: Connection,
  { stream, what }: AlertChannel,
  sequence: number,
): Promise<{ readonly id: string | undefined; readonly node: string | undefined } | undefined> {
  return request(connection, `read ${what} ${sequence} of the stream ${stream}`, async () => {
    const stored = await connection.jsm.streams.getMessage(stream, { seq: sequence });
    return stored === null ? undefined : { id: stored.header.get(idHeader), node: stored.subject.split(".")[3] };
  });
}
