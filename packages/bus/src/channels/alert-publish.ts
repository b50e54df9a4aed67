/** Publishing alerts: stored once per id in the stream, then copied as JSON for who listens. */

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
 * After the acknowledgement, so that what is read as JSON is in the stream. Sent for a duplicate too: the first try may
 * have been acknowledged to a process that died before it came here. The id is in the header for who wants each once.
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
