/** What the leader does with stored alerts: it sends them as JSON and on to other systems, counts them, and has policies' readers told of what they have denied. */

import type { Bus } from "@portcullis/bus";
import type { Log, Supervisor } from "@portcullis/daemon";
import type { EventRecorder, KubeClient } from "@portcullis/kube";
import type { OutputSettings } from "../outputs/output-settings.ts";
import { Outputs } from "../outputs/outputs.ts";
import { ReportEntries } from "../outputs/report-entries.ts";
import { ReportsWriter } from "../outputs/reports-writer.ts";
import { FirstDenials } from "../status/first-denials.ts";
import { HitsWriter } from "../status/hits-writer.ts";
import type { World } from "../watch/world.ts";
import { AlertCounting } from "./alert-counting.ts";
import { JsonCopies } from "./json-copies.ts";
import { type AlertSource, type Reader, readStream } from "./stream-reading.ts";

export interface AlertWorkOptions {
  readonly bus: Bus;
  readonly log: Log;
  /** Alerts and logs are sent as JSON. */
  readonly copies: boolean;
  /** Where alerts are sent on to. */
  readonly outputs: OutputSettings;
  readonly client: KubeClient;
  readonly world: Pick<World, "prepared" | "policyObject">;
  /** For first denials alone. */
  readonly events: EventRecorder;
  readonly isLeader: () => boolean;
}

export class AlertWork {
  readonly counting: AlertCounting;
  readonly hitsWriter: HitsWriter;
  readonly outputs: Outputs;
  /** Absent: none are wanted. */
  readonly reports: { readonly entries: ReportEntries; readonly writer: ReportsWriter } | undefined;
  readonly #firstDenials: FirstDenials;
  readonly #log: Log;
  readonly #bus: Bus;
  readonly #readings: { readonly reader: Reader; readonly source: AlertSource }[];

  constructor({ bus, log, copies, outputs, client, world, events, isLeader }: AlertWorkOptions) {
    this.#bus = bus;
    this.#log = log;
    this.counting = new AlertCounting({
      send: (summary) => bus.sendSummary(summary),
      policy: (key) => world.prepared(key),
      hitsKept: (keys) => this.hitsWriter.changed(keys),
    });
    const { counting } = this;
    this.hitsWriter = new HitsWriter({ client, world, isLeader, log, hits: (key) => counting.counts.hits.of(key) });
    this.#firstDenials = new FirstDenials({
      ...{ events, world, isLeader },
      untold: () => counting.counts.hits.untold(),
      told: (denial) => counting.told(denial),
    });
    const alerts: AlertSource = {
      state: () => bus.alertStream(),
      subscribe: (options) => bus.subscribeAlerts(options),
    };
    this.outputs = new Outputs(outputs, { bus, source: alerts, log });
    this.reports = outputs.reports && reportsOf({ client, world, isLeader, log, ...outputs.reports });
    const logs: AlertSource = { state: () => bus.logStream(), subscribe: (options) => bus.subscribeLogs(options) };
    this.#readings = [
      { reader: this.counting, source: alerts },
      ...(this.reports ? [{ reader: this.reports.entries, source: alerts }] : []),
      ...(copies
        ? [
            { reader: new JsonCopies("json-of-alerts", (alert) => bus.sendAlertCopy(alert)), source: alerts },
            { reader: new JsonCopies("json-of-logs", (log) => bus.sendLogCopy(log)), source: logs },
          ]
        : []),
    ];
  }

  /** Begins as the leader does; ends with it. */
  start(supervisor: Supervisor): void {
    for (const { reader, source } of this.#readings)
      supervisor.start(reader.name, (stop) => readStream(reader, { bus: this.#bus, source, log: this.#log }, stop));
    this.outputs.start(supervisor);
    const { reports } = this;
    if (reports) supervisor.start("reports of namespaces", (stop) => reports.writer.run(stop));
    supervisor.start("counts in policies' statuses", (stop) => this.hitsWriter.run(stop));
    supervisor.start("events of first denials", (stop) => this.#firstDenials.run(stop));
  }
}

function reportsOf({
  world,
  ...options
}: Pick<AlertWorkOptions, "client" | "world" | "isLeader" | "log"> & { everyMs: number }) {
  const entries = new ReportEntries({ policy: (key) => world.prepared(key) });
  return { entries, writer: new ReportsWriter({ ...options, entries }) };
}
