/**
 * Alerts as log records of OTLP over HTTP, many a request, in OTLP's own mapping to JSON: 64-bit integers are strings, enumerations numbers. A resource is what an alert comes from, by the
 * names of OpenTelemetry's semantic conventions; the fields of an alert are attributes under the names of the JSON document.
 */

import type { DeliveredAlert } from "@portcullis/bus";
import { version } from "@portcullis/daemon";
import type { Alert } from "@portcullis/model";
import { z } from "zod";
import { OutputRefusedError } from "../errors.ts";
import { fieldsOf, lineOf, type Priority, priorityOf, ruleOf } from "./alert-fields.ts";
import type { Format, Sending } from "./delivery.ts";

type AnyValue = { readonly stringValue: string } | { readonly intValue: string };
interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}

interface LogRecord {
  readonly timeUnixNano: string;
  readonly observedTimeUnixNano: string;
  readonly severityNumber: number;
  readonly severityText: Priority;
  readonly eventName: string;
  readonly body: AnyValue;
  readonly attributes: readonly KeyValue[];
}

/** SeverityNumber, as OpenTelemetry's data model places the words of syslog. */
const severityNumbers: Record<Priority, number> = {
  ...{ Debug: 5, Informational: 9, Notice: 10, Warning: 13 },
  ...{ Error: 17, Critical: 18 },
};

/** The attribute by which a resource names the owner of the pod. */
const ownerKeys: Readonly<Record<string, string>> = {
  ...{ Deployment: "k8s.deployment.name", StatefulSet: "k8s.statefulset.name", DaemonSet: "k8s.daemonset.name" },
  ...{ ReplicaSet: "k8s.replicaset.name", Job: "k8s.job.name", CronJob: "k8s.cronjob.name" },
};

/** Of one request, before what encloses the records. */
const mostBytes = 1_000_000;

/** After so many records that were refused one by one, and none that was taken, it may be the receiver that takes nothing. */
const mostAlone = 8;

/** What has become of the records of a request. */
interface Outcome {
  /** One by one. */
  readonly refused: Encoded[];
  /** Something was taken, so that what is refused is refused for what it is. */
  takes: boolean;
}

/** Only this of it is read. */
const answerShape = z.object({
  partialSuccess: z
    .object({ rejectedLogRecords: z.coerce.number().int().min(0).default(0), errorMessage: z.string().default("") })
    .optional(),
});

function resourceOf(alert: Alert): readonly KeyValue[] {
  const { owner } = alert;
  const ownerKey = owner && ownerKeys[owner.ref];
  return attributes({
    ...{ "service.name": "portcullis", "service.version": version, "k8s.cluster.name": alert.clusterName },
    ...{ "k8s.node.name": alert.hostName, "k8s.namespace.name": alert.namespaceName, "k8s.pod.name": alert.podName },
    ...{ "k8s.container.name": alert.containerName, "container.id": alert.containerId },
    "container.image.name": alert.containerImage,
    ...(owner && ownerKey ? { [ownerKey]: owner.name } : {}),
  });
}

function recordOf(alert: Alert): LogRecord {
  const priority = priorityOf(alert);
  const time = String(alert.timestampNs);
  return {
    timeUnixNano: time,
    observedTimeUnixNano: time,
    severityNumber: severityNumbers[priority],
    severityText: priority,
    eventName: "portcullis.alert",
    body: { stringValue: lineOf(alert) },
    attributes: attributes({
      // Who gets a record twice can tell by it.
      "log.record.uid": alert.id,
      "portcullis.rule": ruleOf(alert),
      ...{ "process.pid": alert.hostPid, "process.parent_pid": alert.hostPpid },
      "process.executable.path": alert.processName,
      ...fieldsOf(alert),
    }),
  };
}

function attributes(values: Readonly<Record<string, string | number>>): KeyValue[] {
  return Object.entries(values)
    .filter(([, value]) => value !== "")
    .map(([key, value]) => ({
      key,
      value: typeof value === "number" ? { intValue: String(value) } : { stringValue: value },
    }));
}

/** A record as it is sent, and what it is of. */
interface Encoded {
  readonly resource: string;
  readonly record: string;
}

export class OtlpLogs implements Format {
  readonly name = "otlp";
  readonly most = 512;
  readonly connections = 1;

  async send(alerts: readonly DeliveredAlert[], delivery: Sending): Promise<void> {
    for (const request of requestsOf(encodedOf(alerts, delivery))) {
      const outcome: Outcome = { refused: [], takes: false };
      await this.#send(request, delivery, outcome);
      if (outcome.refused.length > 0) await this.#sendAgain(outcome, delivery);
    }
  }

  /** What is refused is sent again in halves, until it is known which record it was. Rejects where the receiver takes nothing at all. */
  async #send(records: readonly Encoded[], delivery: Sending, outcome: Outcome): Promise<void> {
    if (await taken(records, delivery)) {
      outcome.takes = true;
      return;
    }
    const [first, second] = records;
    if (first !== undefined && second === undefined) {
      outcome.refused.push(first);
      if (outcome.refused.length >= mostAlone) await requireTakes(outcome, delivery);
      return;
    }
    const middle = records.length >> 1;
    await this.#send(records.slice(0, middle), delivery, outcome);
    await this.#send(records.slice(middle), delivery, outcome);
  }

  /** A receiver may have been put right meanwhile. What it refuses now is set aside. */
  async #sendAgain(outcome: Outcome, delivery: Sending): Promise<void> {
    await requireTakes(outcome, delivery);
    for (const record of outcome.refused)
      if (!(await taken([record], delivery))) delivery.setAside(1, "the receiver refuses it");
  }
}

/** False: the receiver refuses the request. */
async function taken(records: readonly Encoded[], delivery: Sending): Promise<boolean> {
  const answer = await delivery.post(bodyOf(records), "application/json");
  if (answer === undefined) return false;
  const { rejected, why } = rejectedOf(answer.body, records.length);
  delivery.counters.delivered += records.length - rejected;
  if (rejected > 0) delivery.setAside(rejected, `the receiver has taken the others of its request: ${why}`);
  return true;
}

/** A request without records is one that every receiver takes, says OTLP. Rejects where even that is refused, so that all is sent again later. */
async function requireTakes(outcome: Outcome, delivery: Sending): Promise<void> {
  outcome.takes ||= await taken([], delivery);
  if (!outcome.takes)
    throw new OutputRefusedError(
      `the receiver refuses every record, ${outcome.refused.length} of them one by one, and a request without any; look at its log`,
    );
}

/** One after the other, so that no more than a request of them is in memory. */
function* encodedOf(alerts: readonly DeliveredAlert[], delivery: Pick<Sending, "encode">): Generator<Encoded> {
  for (const alert of alerts) {
    const one = delivery.encode(alert, () => ({
      resource: JSON.stringify(resourceOf(alert)),
      record: JSON.stringify(recordOf(alert)),
    }));
    if (one !== undefined) yield one;
  }
}

/** Cut by bytes; a record that is longer is a request of its own. */
function* requestsOf(encoded: Iterable<Encoded>): Generator<Encoded[]> {
  let request: Encoded[] = [];
  let bytes = 0;
  for (const one of encoded) {
    const length = Buffer.byteLength(one.record) + Buffer.byteLength(one.resource);
    if (request.length > 0 && bytes + length > mostBytes) {
      yield request;
      request = [];
      bytes = 0;
    }
    request.push(one);
    bytes += length;
  }
  if (request.length > 0) yield request;
}

/** An ExportLogsServiceRequest. */
function bodyOf(records: readonly Encoded[]): string {
  const resources = [...Map.groupBy(records, ({ resource }) => resource)].map(
    ([resource, of]) =>
      `{"resource":{"attributes":${resource}},"scopeLogs":[{"scope":{"name":"portcullis"},"logRecords":[${of.map(({ record }) => record).join(",")}]}]}`,
  );
  return `{"resourceLogs":[${resources.join(",")}]}`;
}

/** An answer that is not what OTLP says is none that rejects anything. */
function rejectedOf(body: string, most: number): { readonly rejected: number; readonly why: string } {
  try {
    const { partialSuccess } = answerShape.parse(JSON.parse(body));
    const { rejectedLogRecords = 0, errorMessage = "" } = partialSuccess ?? {};
    return { rejected: Math.min(most, rejectedLogRecords), why: errorMessage.slice(0, 300) };
  } catch {
    return { rejected: 0, why: "" };
  }
}
