/**
 * Metrics of one process in a registry of its own, named after Prometheus' conventions: one name a thing, its unit in the name. Labels
 * have closed sets of values, declared with the metric or the keys of a record. So everything that is counted can be listed beforehand
 * and shows as 0 before it happens, and names of pods cannot make a million series.
 */

import {
  collectDefaultMetrics,
  Counter as PromCounter,
  Gauge as PromGauge,
  Histogram as PromHistogram,
  Registry,
} from "@prometheus-io/client";
import { MetricError } from "./errors.ts";
import { version } from "./version.ts";

/** Label → its possible values. */
export type LabelSets = Readonly<Record<string, readonly string[]>>;
type LabelsOf<L extends LabelSets> = { readonly [K in keyof L]: L[K][number] };

interface Declaration<L extends LabelSets> {
  /** Without the prefix; a counter ends in `_total`, a histogram in `_seconds`. */
  readonly name: string;
  readonly help: string;
  readonly labels: L;
}

export interface Counter<L extends LabelSets> {
  inc(labels: LabelsOf<L>, by?: number): void;
}

export interface Gauge<L extends LabelSets> {
  set(labels: LabelsOf<L>, value: number): void;
}

/** Takes how long something took, in seconds. */
export type Took = (seconds: number) => void;

type Kind = "counter" | "gauge" | "histogram";

/** Upper bounds in seconds: from what is done in a moment to what somebody waits for. */
const durationBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** Of the process' own metrics, those whose names go against the conventions; what they say, others say too. */
const misnamed = [
  "nodejs_active_handles_total",
  "nodejs_active_requests_total",
  "nodejs_active_resources_total",
  "nodejs_eventloop_utilization_histogram",
  "nodejs_eventloop_utilization_summary",
];

export class Metrics {
  readonly #registry = new Registry();
  readonly #prefix: string;
  #scrapes = 0;

  /** @param prefix of every name, `portcullis_enforcer`. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  counter<const L extends LabelSets>(declaration: Declaration<L>): Counter<L> {
    const check = checker(declaration);
    const counter = new PromCounter(this.#options(declaration, "counter"));
    for (const labels of combinations(declaration.labels)) counter.inc(labels, 0);
    return {
      inc: (labels, by = 1) => {
        if (!(by >= 0)) throw new MetricError(`${declaration.name}: a counter only grows, not by ${by}`);
        counter.inc(check(labels), by);
      },
    };
  }

  gauge<const L extends LabelSets>(declaration: Declaration<L>): Gauge<L> {
    const check = checker(declaration);
    const gauge = new PromGauge(this.#options(declaration, "gauge"));
    return { set: (labels, value) => gauge.set(check(labels), value) };
  }

  /** A gauge that is read when somebody scrapes. Undefined leaves it out. */
  observe(name: string, help: string, read: () => number | undefined): void {
    const options = this.#options({ name, help, labels: {} }, "gauge");
    new PromGauge({
      ...options,
      collect() {
        this.reset();
        const value = read();
        if (value === undefined) this.remove();
        else this.set(value);
      },
    });
  }

  /** A count that is kept elsewhere, read when somebody scrapes. Undefined leaves it out. */
  observeCount(name: string, help: string, read: () => number | undefined): void {
    const options = this.#options({ name, help, labels: {} }, "counter");
    new PromCounter({
      ...options,
      collect() {
        this.reset();
        const value = read();
        if (value === undefined) this.remove();
        else this.inc(value);
      },
    });
  }

  /** Like `observe`, with a label: a value for each key of the record, which has the same keys at every time. */
  observeBy(label: string, name: string, help: string, read: () => Readonly<Record<string, number>>): void {
    const options = this.#options({ name, help, labels: { [label]: [] } }, "gauge");
    new PromGauge({
      ...options,
      collect() {
        this.reset();
        for (const [key, value] of Object.entries(read())) this.set({ [label]: key }, value);
      },
    });
  }

  /** Counts of several things that are read together, once a scrape. `help`: of each by its key, whose metric is `<prefix><key>_total`. */
  observeTogether(
    prefix: string,
    help: Readonly<Record<string, string>>,
    read: () => Readonly<Record<string, number>>,
  ): void {
    let values: Readonly<Record<string, number>> = {};
    let readAt = 0;
    const countOf = (key: string) => {
      if (readAt !== this.#scrapes) values = read();
      readAt = this.#scrapes;
      return values[key] ?? 0;
    };
    for (const [key, text] of Object.entries(help))
      this.observeCount(`${prefix}${key}_total`, text, () => countOf(key));
  }

  /** Counts of one thing, divided by the label: a value for each key of the record, which has the same keys at every time. */
  observeCounts(name: string, help: string, read: () => Readonly<Record<string, number>>, label = "result"): void {
    const options = this.#options({ name, help, labels: { [label]: [] } }, "counter");
    new PromCounter({
      ...options,
      collect() {
        this.reset();
        for (const [key, value] of Object.entries(read())) this.inc({ [label]: key }, value);
      },
    });
  }

  /** How long something takes, as a histogram. */
  durations<const L extends LabelSets>(declaration: Declaration<L>): (labels: LabelsOf<L>) => Took {
    const check = checker(declaration);
    const histogram = new PromHistogram({ ...this.#options(declaration, "histogram"), buckets: durationBuckets });
    for (const labels of combinations(declaration.labels)) histogram.zero(labels);
    return (labels) => {
      const checked = check(labels);
      return (seconds) => histogram.observe(checked, seconds);
    };
  }

  /** What every process says of itself: what was built, its memory, processor time, files and event loop. */
  observeProcess(component: string): void {
    const registers = [this.#registry];
    const labelNames = ["component", "version", "node_version"];
    const help = "1, with what this process was built from.";
    const info = new PromGauge({ name: "portcullis_build_info", help, labelNames, registers });
    info.set({ component, version, node_version: process.versions.node }, 1);
    // Its default is to wake up a hundred times a second.
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: 100 });
    for (const name of misnamed) this.#registry.removeSingleMetric(name);
  }

  /** The text a scrape gets, and its content type. */
  async render(): Promise<{ readonly contentType: string; readonly body: string }> {
    this.#scrapes++;
    return { contentType: this.#registry.contentType, body: await this.#registry.metrics() };
  }

  #options({ name, help, labels }: Declaration<LabelSets>, kind: Kind) {
    if ((kind === "counter") !== name.endsWith("_total") || !/^[a-z][a-z0-9_]*$/.test(name))
      throw new MetricError(`${name}: counters, and only they, end in _total; names are lower-case with underscores`);
    if (kind === "histogram" && !name.endsWith("_seconds"))
      throw new MetricError(`${name}: durations are in seconds, and their names end so`);
    return { name: `${this.#prefix}_${name}`, help, labelNames: Object.keys(labels), registers: [this.#registry] };
  }
}

function checker<L extends LabelSets>({ name, labels: sets }: Declaration<L>) {
  return (labels: LabelsOf<L>): Record<string, string> => {
    for (const [label, values] of Object.entries(sets))
      if (!values.includes(labels[label] as string))
        throw new MetricError(`${name}: ${label}=${JSON.stringify(labels[label])} is none of ${values.join(", ")}`);
    return labels as Record<string, string>;
  };
}

function combinations(sets: LabelSets): Record<string, string>[] {
  return Object.entries(sets).reduce<Record<string, string>[]>(
    (rows, [label, values]) => rows.flatMap((row) => values.map((value) => ({ ...row, [label]: value }))),
    [{}],
  );
}
