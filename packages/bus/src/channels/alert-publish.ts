/** Publishing alerts, and logs by the same way: each is stored in the stream once, by its id, and then sent as JSON to whoever listens at that moment. */

import { headers } from "@nats-io/transport-node";
import type { Alert } from "@portcullis/model";
import type { AlertReceipt, AlertStreamState } from "../bus.ts";
import { type Connection, request } from "../connection/connection.ts";
import { alertMaxBytes } from "../messages/alert.ts";
import { fitAlert } from "../messages/alert-fit.ts";
import { alertJson } from "../messages/alert-json.ts";
import type { AlertChannel } from "./alert-channels.ts";
import { ownAlertStream, ownStoredAlert } from "./own-node.ts";

const idHeader = "Nats-Msg-Id";
/** What NATS counts with a message: its headers, without the id. */
const overheadBytes = 256;

export async function publishAlert(connection: Connection, channel: AlertChannel, whole: Alert): Promise<AlertReceipt> {
  const { stats } = connection;
  const { stream, what } = channel;
  try {
    const { alert, bytes, cut } = fitAlert(whole, mostBytes(connection, whole));
    const ack = await request(connection, `publish the ${what} ${alert.id}`, () =>
      connection.js.publish(channel.subject(alert, "stored", connection.node), bytes, {
        msgID: alert.id,
        expect: { streamName: stream },
      }),
    );
    stats.alertsPublished++;
    if (cut) stats.alertsCut++;
    if (ack.duplicate) stats.alertsDuplicate++;
    mirror(connection, channel, alert);
    return { sequence: ack.seq, duplicate: ack.duplicate, cut };
  } catch (error) {
    stats.alertsFailed++;
    throw error;
  }
}

function mostBytes({ nc }: Connection, { id }: Alert): number {
  const taken = nc.info?.max_payload ?? Number.POSITIVE_INFINITY;
  return Math.min(alertMaxBytes, taken - overheadBytes - Buffer.byteLength(id));
}

export async function alertStreamState(connection: Connection, channel: AlertChannel): Promise<AlertStreamState> {
  const { stream } = channel;
  if (connection.node !== undefined) return ownAlertStream(connection, connection.node, channel);
  const info = await request(connection, `read the state of the stream ${stream}`, () =>
    connection.jsm.streams.info(stream),
  );
  return { created: info.created, firstSequence: info.state.first_seq, lastSequence: info.state.last_seq };
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

/**
 * Sends the JSON copy. It comes after the acknowledgement, so that what is read as JSON is in the stream. It is sent for a duplicate
 * too, because the process that stored the alert may have died before it sent the copy. Readers who want each alert once find its
 * id in the header.
 */
function mirror(connection: Connection, channel: AlertChannel, alert: Alert): void {
  const hdrs = headers();
  hdrs.set(idHeader, alert.id);
  try {
    connection.nc.publish(channel.subject(alert, "json", connection.node), Buffer.from(alertJson(alert), "utf8"), {
      headers: hdrs,
    });
  } catch (error) {
    connection.stats.mirrorFailed++;
    connection.log.debug("JSON copy of an alert not sent", { id: alert.id, error });
  }
}
