/**
 * Where kernel events become alerts: attributed, converted and spooled, a few milliseconds at a time, so that a storm of them
 * delays neither a bundle nor the binding of a container. While events wait here the engine's rings are not read: they hold
 * what comes meanwhile, and count what they cannot hold.
 */

import { fitAlert } from "@portcullis/bus";
import type { Log } from "@portcullis/daemon";
import type { KernelEvent } from "@portcullis/native";
import type { Count } from "../counters.ts";
import type { Wake } from "../wake.ts";
import { type AlertOrigin, alertOf } from "./alert.ts";
import { type AttributionSources, attribute } from "./attribution.ts";
import type { Spool } from "./spool.ts";
import type { Throttle } from "./throttle.ts";
import { operationOf } from "./throttled-alerts.ts";
import type { ToldAlerts } from "./told-alerts.ts";

/** What events come from. While nobody listens they wait in the kernel. */
export interface EventSource {
  onEvents(listener: (events: readonly KernelEvent[]) => void): { close(): void };
}

interface IntakeOptions {
  readonly source: EventSource;
  readonly attribution: AttributionSources;
  /** Asked once a slice, so that a clock that was set shows. */
  readonly origin: () => AlertOrigin;
  readonly spool: Spool;
  readonly told: ToldAlerts;
  /** Undefined: whatever happens is told. */
  readonly throttle?: Throttle | undefined;
  /** Set after alerts were spooled. */
  readonly wake: Wake;
  readonly log: Log;
  readonly count: Count;
  /** For tests: milliseconds that only grow. */
  readonly now?: () => number;
}

/** The event loop is held for so long at a time, and for at most `eventsAtOnce` events more. */
const sliceMs = 4;
/** Spooled by one write, between two looks at the clock. */
const eventsAtOnce = 16;
/** When so many wait, the rings are not read until few are left. A process that is killed loses those that wait. */
const manyWaiting = 1_024;
const fewWaiting = 128;
/** Rings that could not be opened again are tried again after so long. */
const reopenMs = 1_000;

export class AlertIntake {
  readonly #options: IntakeOptions;
  readonly #now: () => number;
  /** Undefined: the rings are not read for now. */
  #reading: { close(): void } | undefined;
  #waiting: KernelEvent[] = [];
  /** Of those waiting, so many are spooled already. */
  #done = 0;
  #planned: NodeJS.Immediate | undefined;
  #retry: NodeJS.Timeout | undefined;
  #complained = false;

  /** Begins to read. Throws what the source throws. */
  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#read();
  }

  /** Ends reading, and spools what was read. */
  close(): void {
    this.#reading?.close();
    clearImmediate(this.#planned);
    clearTimeout(this.#retry);
    const origin = this.#options.origin();
    while (this.#left > 0) this.#some(origin);
  }

  get #left(): number {
    return this.#waiting.length - this.#done;
  }

  #read(): void {
    this.#reading = this.#options.source.onEvents((events) => this.#take(events));
  }

  #take(events: readonly KernelEvent[]): void {
    for (const event of events) this.#waiting.push(event);
    if (!this.#planned) this.#slice();
    if (this.#left < manyWaiting) return;
    this.#reading?.close();
    this.#reading = undefined;
  }

  #slice(): void {
    this.#planned = undefined;
    const origin = this.#options.origin();
    const until = this.#now() + sliceMs;
    do this.#some(origin);
    while (this.#left > 0 && this.#now() < until);
    if (this.#left > 0) this.#planned = setImmediate(() => this.#slice());
    if (this.#left <= fewWaiting && !this.#reading) this.#readAgain();
  }

  #readAgain(): void {
    clearTimeout(this.#retry);
    try {
      this.#read();
    } catch (error) {
      this.#options.log.error("the event rings cannot be opened, events wait in the kernel", { error });
      this.#retry = setTimeout(() => this.#readAgain(), reopenMs);
    }
  }

  /** Never throws: an event that cannot be converted is counted, and the rest goes on. */
  #some(origin: AlertOrigin): void {
    const { spool, wake, count } = this.#options;
    const events = this.#waiting.slice(this.#done, this.#done + eventsAtOnce);
    this.#done += events.length;
    if (this.#left === 0) {
      this.#waiting = [];
      this.#done = 0;
    }
    const payloads = events.flatMap((event) => this.#payloadsOf(event, origin));
    count("events", events.length);
    count("alerts_spooled", spool.append(payloads));
    wake.set();
  }

  #payloadsOf(event: KernelEvent, origin: AlertOrigin): readonly Uint8Array[] {
    const { attribution: sources, told, throttle, log, count } = this.#options;
    try {
      const attribution = attribute(event, sources);
      if (!attribution.binding || (event.ruleId !== 0 && !attribution.rule)) count("events_unattributed");
      const { bytes, cut } = fitAlert(alertOf(event, attribution, origin));
      if (cut) count("alerts_cut");
      // Also of what is throttled: its repetitions may be told when that is over.
      told.remember(event.sequence, bytes);
      return throttle?.pass(operationOf(event), attribution, () => bytes) ?? [bytes];
    } catch (error) {
      count("events_unreadable");
      if (!this.#complained) log.error("an event could not be made an alert, later ones are only counted", { error });
      this.#complained = true;
      return [];
    }
  }
}
