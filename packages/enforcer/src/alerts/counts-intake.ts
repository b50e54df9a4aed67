/**
 * Where the kernel's counts of repetitions become alerts: at an interval, soon after a container has ended, and at the end of the
 * process. A count leaves the kernel only when its alert is spooled; one that is handed over twice has the same id both times.
 */

import { fitAlert } from "@portcullis/bus";
import type { Log } from "@portcullis/daemon";
import type { KernelCount } from "@portcullis/native";
import type { Count } from "../counters.ts";
import type { Wake } from "../wake.ts";
import type { AlertOrigin } from "./alert.ts";
import { type AttributionSources, attribute } from "./attribution.ts";
import { countedAlert } from "./counted-alert.ts";
import type { Spool } from "./spool.ts";
import type { Throttle } from "./throttle.ts";
import type { ToldAlerts } from "./told-alerts.ts";

/** What counts come from: native's `Engine`. */
export interface CountSource {
  takeCounts(): readonly KernelCount[];
  forgetCounts(counts: readonly KernelCount[]): void;
}

interface CountsIntakeOptions {
  readonly source: CountSource;
  readonly attribution: AttributionSources;
  readonly origin: () => AlertOrigin;
  readonly told: ToldAlerts;
  /** Undefined: whatever was counted is told. */
  readonly throttle?: Throttle | undefined;
  readonly spool: Spool;
  /** Set after alerts were spooled. */
  readonly wake: Wake;
  readonly everyMs: number;
  readonly log: Log;
  readonly count: Count;
  /** For tests: milliseconds that only grow. */
  readonly now?: () => number;
}

/** After a container has ended its counts are taken within so long, and not more often. */
const soonMs = 1_000;
/** An event that a count repeats may still be on its way from its ring. It is waited for so long, and looked for so often. */
const patienceMs = 5_000;
const againMs = 250;
/** Spooled by one write; between two of them the event loop goes on. */
const alertsAtOnce = 64;

export class CountsIntake {
  readonly #options: CountsIntakeOptions;
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;
  #dueAt = 0;
  #last: number;
  /** Since when some counts are waited with. */
  #waitingSince: number | undefined;
  #taking = false;
  #closed = false;
  #complained = false;

  constructor(options: CountsIntakeOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#last = this.#now();
    this.#plan(0); // what an earlier process has left
  }

  /** A container has ended: its counts are not to wait for the interval. */
  soon(): void {
    this.#plan(Math.max(0, this.#last + Math.min(soonMs, this.#options.everyMs) - this.#now()));
  }

  /** Counts are taken within so long, if the interval is not over before. */
  within(ms: number): void {
    this.#plan(ms);
  }

  /** Takes once more what can be had with its names, and ends. What is left stays in the kernel. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    const counts = this.#take().filter((count) => this.#isKnown(count));
    this.#spool(counts);
    this.#forget(counts);
  }

  /** Something is taken in so many milliseconds, or earlier if that is planned already. */
  #plan(inMs: number): void {
    const dueAt = this.#now() + inMs;
    if (this.#closed || (this.#timer && this.#dueAt <= dueAt)) return;
    clearTimeout(this.#timer);
    this.#dueAt = dueAt;
    this.#timer = setTimeout(() => void this.#takeAll(), inMs);
  }

  async #takeAll(): Promise<void> {
    this.#timer = undefined;
    if (this.#taking) return;
    this.#taking = true;
    this.#last = this.#now();
    const counts = this.#take();
    const ready = this.#ready(counts);
    for (let at = 0; at < ready.length && !this.#closed; at += alertsAtOnce) {
      if (at > 0) await new Promise((resolve) => setImmediate(resolve));
      const some = ready.slice(at, at + alertsAtOnce);
      if (!this.#closed) {
        this.#spool(some);
        this.#forget(some);
      }
    }
    if (ready.length === 0) this.#forget([]);
    this.#taking = false;
    this.#plan(ready.length < counts.length ? againMs : this.#options.everyMs);
  }

  /** Those of which the first is known, or not to be waited for any longer. */
  #ready(counts: readonly KernelCount[]): readonly KernelCount[] {
    const known = counts.filter((count) => this.#isKnown(count));
    if (known.length === counts.length) {
      this.#waitingSince = undefined;
      return known;
    }
    this.#waitingSince ??= this.#now();
    if (this.#now() - this.#waitingSince < patienceMs) return known;
    this.#waitingSince = undefined;
    return counts;
  }

  #isKnown({ sequence }: KernelCount): boolean {
    return sequence === 0n || this.#options.told.has(sequence);
  }

  #take(): readonly KernelCount[] {
    try {
      return this.#options.source.takeCounts();
    } catch (error) {
      this.#complain(error);
      return [];
    }
  }

  #forget(counts: readonly KernelCount[]): void {
    try {
      this.#options.source.forgetCounts(counts);
    } catch (error) {
      this.#complain(error);
    }
  }

  #complain(error: unknown): void {
    this.#options.count("counts_refused");
    if (!this.#complained)
      this.#options.log.error("the kernel's counts cannot be taken, later failures are only counted", { error });
    this.#complained = true;
  }

  #spool(counts: readonly KernelCount[]): void {
    spoolCounts(counts, this.#options);
  }
}

/** Makes alerts of counts, and spools them. */
export function spoolCounts(
  counts: readonly KernelCount[],
  options: Pick<CountsIntakeOptions, "attribution" | "origin" | "throttle" | "spool" | "wake" | "count"> & {
    readonly told?: ToldAlerts | undefined;
  },
): void {
  if (counts.length === 0) return;
  const { attribution, told, throttle, spool, wake, count } = options;
  const origin = options.origin();
  const payloads = counts.flatMap((counted) => {
    const first = told?.get(counted.sequence);
    count("operations_counted", counted.count);
    if (!first) count("operations_counted_nameless", counted.count);
    const payload = () => {
      const { bytes, cut } = fitAlert(countedAlert(counted, first, attribution, origin));
      if (cut) count("alerts_cut");
      return bytes;
    };
    return throttle?.pass(counted, attribute(counted, attribution), payload) ?? [payload()];
  });
  count("alerts_spooled", spool.append(payloads));
  wake.set();
}
