/** Publishing alerts: each is stored in the stream once, by its id, and then sent as JSON to whoever listens at that moment. */

import type { Alert } from "@portcullis/model";
import { headers } from "nats";
import { type Connection, request } from "../connection/connection.ts";
import { encodeAlert } from "../messages/alert.ts";
import { alertJson } from "../messages/alert-json.ts";
import { alertStream, alertSubject, jsonSubject } from "./subjects.ts";

export async function publishAlert(connection: Connection, alert: Alert): Promise<void> {
  const { stats } = connection;
  try {
    const bytes = encodeAlert(alert);
    const ack = await request(connection, `publish the alert ${alert.id}`, () =>
      connection.js.publish(alertSubject(alert), bytes, { msgID: alert.id, expect: { streamName: alertStream } }),
    );
    stats.alertsPublished++;
    if (ack.duplicate) stats.alertsDuplicate++;
  } catch (error) {
    stats.alertsFailed++;
    throw error;
  }
  mirror(connection, alert);
}

/**
 * Sends the JSON copy. It comes after the acknowledgement, so that what is read as JSON is in the stream. It is sent for a duplicate
 * too, because the process that stored the alert may have died before it sent the copy. Readers who want each alert once find its
 * id in the header.
 */
function mirror(connection: Connection, alert: Alert): void {
  const hdrs = headers();
  hdrs.set("Nats-Msg-Id", alert.id);
  try {
    connection.nc.publish(jsonSubject(alert), Buffer.from(alertJson(alert), "utf8"), { headers: hdrs });
  } catch (error) {
    connection.stats.mirrorFailed++;
    connection.log.debug("JSON copy of an alert not sent", { id: alert.id, error });
  }
}
