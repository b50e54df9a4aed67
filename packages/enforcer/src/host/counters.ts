/** The enforcer's counters: one closed set of names, read by the metrics page and put into the node's status. */

import { type Count, type CounterName, counterNames } from "../ports.ts";

export class Counters {
  readonly #values = new Map<CounterName, number>(counterNames.map((name) => [name, 0]));

  readonly count: Count = (name, by = 1) => {
    this.#values.set(name, (this.#values.get(name) ?? 0) + by);
  };

  get values(): ReadonlyMap<CounterName, number> {
    return this.#values;
  }

  /** Those above zero, and the kernel's own (as `kernel_<name>`), for the node's status. */
  snapshot(kernel: Readonly<Record<string, number>>): Record<string, number> {
    const all = [
      ...this.#values,
      ...Object.entries(kernel).map(([name, value]): [string, number] => [`kernel_${name}`, value]),
    ];
    return Object.fromEntries(all.filter(([, value]) => value > 0));
  }
}
