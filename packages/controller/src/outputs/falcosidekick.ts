/**
 * Alerts as falcosidekick takes them, one a request: events in the form in which Falco sends them. It answers 200 before it has passed an event on, and 400 to what it does
 * not understand, so a 400 is said of the alert and everything else of the way there.
 */

import type { DeliveredAlert } from "@portcullis/bus";
import type { Alert } from "@portcullis/model";
import { fieldsOf, lineOf, type Priority, priorityOf, ruleOf } from "./alert-fields.ts";
import type { Format, Sending } from "./delivery.ts";

/** What it reads of an event. It refuses one without a priority it knows, a rule, a time or any field. */
interface FalcoEvent {
  readonly output: string;
  readonly priority: Priority;
  readonly rule: string;
  /** RFC 3339. */
  readonly time: string;
  /** `k8s.ns.name` and `k8s.pod.name` have to be strings, because they become labels. */
  readonly output_fields: Readonly<Record<string, string | number>>;
  readonly source: "portcullis";
  readonly hostname: string;
  readonly tags: readonly string[];
}

function falcoEvent(alert: Alert): FalcoEvent {
  const { UpdatedTime: time, ...fields } = fieldsOf(alert);
  return {
    output: lineOf(alert),
    priority: priorityOf(alert),
    rule: ruleOf(alert),
    time: String(time),
    output_fields: {
      ...fields,
      AlertID: alert.id,
      ...(alert.podName === "" ? {} : { "k8s.ns.name": alert.namespaceName, "k8s.pod.name": alert.podName }),
    },
    source: "portcullis",
    hostname: alert.hostName,
    tags: alert.tags,
  };
}

export class Falcosidekick implements Format {
  readonly name = "falcosidekick";
  readonly most = 64;
  readonly connections = 8;

  async send(alerts: readonly DeliveredAlert[], delivery: Sending): Promise<void> {
    const waiting = alerts.values();
    const sendOn = async () => {
      for (const alert of waiting) {
        const event = delivery.encode(alert, () => JSON.stringify(falcoEvent(alert)));
        if (event === undefined) continue;
        const answer = await delivery.post(event, "application/json");
        if (answer === undefined) delivery.setAside(1, "the receiver refuses it", alert.id);
        else delivery.counters.delivered++;
      }
    };
    // All have ended before the next batch begins, also when one of them rejects.
    const ended = await Promise.allSettled(Array.from({ length: this.connections }, sendOn));
    for (const one of ended) if (one.status === "rejected") throw one.reason;
  }
}
