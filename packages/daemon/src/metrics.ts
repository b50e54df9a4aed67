/**
 * Metrics of one process in a registry of its own. Labels have closed sets of values, declared with the metric. So everything that is
 * counted can be listed beforehand and shows as 0 before it happens, and names of pods cannot make a million series.
 */

import { Counter as PromCounter, Gauge as PromGauge, Registry } from "@prometheus-io/client";
import { MetricError } from "./errors.ts";

/** Label → its possible values. */
export type LabelSets = Readonly<Record<string, readonly string[]>>;
type LabelsOf<L extends LabelSets> = { readonly [K in keyof L]: L[K][number] };

interface Declaration<L extends LabelSets> {
  /** Without the prefix; a counter ends in `_total`. */
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

export class Metrics {
  readonly #registry = new Registry();
  readonly #prefix: string;

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

  /** Counts that are kept elsewhere, read when somebody scrapes: one counter with the label `of`, and a value for each key of the record. */
  observeCounts(name: string, help: string, read: () => Readonly<Record<string, number>>): void {
    const options = this.#options({ name, help, labels: { of: [] } }, "counter");
    new PromCounter({
      ...options,
      collect() {
        this.reset();
        for (const [of, value] of Object.entries(read())) this.inc({ of }, value);
      },
    });
  }

  /** The text a scrape gets, and its content type. */
  async render(): Promise<{ readonly contentType: string; readonly body: string }> {
    return { contentType: this.#registry.contentType, body: await this.#registry.metrics() };
  }

  #options({ name, help, labels }: Declaration<LabelSets>, kind: "counter" | "gauge") {
    if ((kind === "counter") !== name.endsWith("_total") || !/^[a-z][a-z0-9_]*$/.test(name))
      throw new MetricError(`${name}: counters, and only they, end in _total; names are lower-case with underscores`);
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
