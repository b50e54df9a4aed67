/** What the leader sends alerts on to, and what is counted of it. */

import type { Bus } from "@portcullis/bus";
import type { Log, Metrics, Supervisor } from "@portcullis/daemon";
import type { AlertSource } from "../alerts/stream-reading.ts";
import { Delivery, type DeliveryCounters, type Format } from "./delivery.ts";
import { Falcosidekick } from "./falcosidekick.ts";
import { HttpTarget, type TargetOptions } from "./http-target.ts";
import { OtlpLogs } from "./otlp-logs.ts";
import type { OutputSettings } from "./output-settings.ts";

interface Parts {
  readonly bus: Bus;
  readonly source: AlertSource;
  readonly log: Log;
}

export class Outputs {
  readonly deliveries: readonly Delivery[];
  readonly #targets: readonly HttpTarget[];

  constructor({ falcosidekick, otlp }: OutputSettings, parts: Parts) {
    const wanted: { format: Format; options: TargetOptions | undefined }[] = [
      { format: new Falcosidekick(), options: falcosidekick },
      { format: new OtlpLogs(), options: otlp },
    ];
    const made = wanted.flatMap(({ format, options }) => {
      if (options === undefined) return [];
      const target = new HttpTarget(options, format.connections);
      return [{ target, delivery: new Delivery({ format, target, ...parts }) }];
    });
    this.deliveries = made.map(({ delivery }) => delivery);
    this.#targets = made.map(({ target }) => target);
  }

  /** Begins as the leader does; ends with it. */
  start(supervisor: Supervisor): void {
    for (const delivery of this.deliveries) {
      supervisor.start(`alerts to ${delivery.name}`, (stop) => delivery.run(stop));
    }
  }

  close(): void {
    for (const target of this.#targets) target.close();
  }
}

const counts: Readonly<Record<keyof DeliveryCounters, readonly [name: string, help: string]>> = {
  delivered: ["output_alerts_delivered_total", "Alerts that a receiver has taken, repetitions included"],
  setAside: [
    "output_alerts_set_aside_total",
    "Alerts that a receiver refused for what they are, and that were passed over",
  ],
  missed: [
    "output_alerts_missed_total",
    "Alerts that the stream had dropped before they were sent, or that were no alerts",
  ],
  retried: ["output_requests_retried_total", "Requests to a receiver that have to be made again"],
};

/** Nothing of a receiver that is not configured. `last`: the last place of the stream. */
export function observeOutputs(metrics: Metrics, { deliveries }: Outputs, last: () => number): void {
  if (deliveries.length === 0) return;
  const by = (read: (delivery: Delivery) => number) => () =>
    Object.fromEntries(deliveries.map((delivery) => [delivery.name, read(delivery)]));
  for (const [key, [name, help]] of Object.entries(counts))
    metrics.observeCounts(
      name,
      help,
      by(({ counters }) => counters[key as keyof DeliveryCounters]),
      "output",
    );
  metrics.observeBy(
    "output",
    "output_failing_seconds",
    "For how long a receiver has taken nothing of what it was sent; 0 while it does",
    by(({ failingSeconds }) => failingSeconds),
  );
  metrics.observeBy(
    "output",
    "output_alerts_waiting",
    "Alerts in the stream that were not sent on yet, as of the last look at the stream; of the replica that leads",
    by(({ sequence }) => (sequence === undefined ? 0 : Math.max(0, last() - sequence))),
  );
}
