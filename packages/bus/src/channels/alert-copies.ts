/** Sending alerts, and logs, as JSON to whoever listens at that moment. They are kept as protobuf alone. */

import { headers } from "@nats-io/transport-node";
import type { Alert } from "@portcullis/model";
import type { Connection } from "../connection/connection.ts";
import { alertJson } from "../messages/alert-json.ts";
import type { AlertChannel } from "./alert-channels.ts";

/** Readers who want each alert once find its id in the header. What could not be sent is counted, and not sent again. */
export function sendAlertCopy({ nc, stats, log }: Connection, channel: AlertChannel, alert: Alert): void {
  const hdrs = headers();
  hdrs.set("Nats-Msg-Id", alert.id);
  try {
    nc.publish(channel.subject(alert, "json"), Buffer.from(alertJson(alert), "utf8"), { headers: hdrs });
    stats.copiesSent++;
  } catch (error) {
    stats.copiesFailed++;
    log.debug("JSON copy of an alert not sent", { id: alert.id, error });
  }
}
