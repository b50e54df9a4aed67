/** What the leader does with stored alerts: it sends them as JSON, and counts them. */

import type { Bus } from "@portcullis/bus";
import type { Log, Supervisor } from "@portcullis/daemon";
import { AlertCounting } from "./alert-counting.ts";
import { JsonCopies } from "./json-copies.ts";
import { type AlertSource, type Reader, readStream } from "./stream-reading.ts";

export interface AlertWorkOptions {
  readonly bus: Bus;
  readonly log: Log;
  /** Alerts and logs are sent as JSON. */
  readonly copies: boolean;
}

export class AlertWork {
  readonly counting: AlertCounting;
  readonly #log: Log;
  readonly #bus: Bus;
  readonly #readings: { readonly reader: Reader; readonly source: AlertSource }[];

  constructor({ bus, log, copies }: AlertWorkOptions) {
    this.#bus = bus;
    this.#log = log;
    this.counting = new AlertCounting({ send: (summary) => bus.sendSummary(summary) });
    const alerts: AlertSource = {
      state: () => bus.alertStream(),
      subscribe: (options) => bus.subscribeAlerts(options),
    };
    const logs: AlertSource = { state: () => bus.logStream(), subscribe: (options) => bus.subscribeLogs(options) };
    this.#readings = [
      { reader: this.counting, source: alerts },
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
  }
}
