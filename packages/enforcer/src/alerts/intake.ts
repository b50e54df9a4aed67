/**
 * Where kernel events become alerts: attributed, converted and spooled, a few milliseconds at a time, so that a storm of them does
 * not keep a container from being bound. What waits is bounded: beyond it the engine's ring buffers wait, and count.
 */

import { fitAlert } from "@portcullis/bus";
import type { Log } from "@portcullis/daemon";
import type { KernelEvent } from "@portcullis/native";
import type { Count } from "../counters.ts";
import type { Wake } from "../wake.ts";
import { type AlertOrigin, alertOf } from "./alert.ts";
import { type AttributionSources, attribute } from "./attribution.ts";
import type { Spool } from "./spool.ts";

interface IntakeOptions {
  readonly sources: AttributionSources;
  /** Asked once a slice, so that a clock that was set shows. */
  readonly origin: () => AlertOrigin;
  readonly spool: Spool;
  /** Set after alerts were spooled. */
  readonly wake: Wake;
  readonly log: Log;
  readonly count: Count;
  /** For tests: milliseconds. */
  readonly now?: () => number;
  readonly later?: (slice: () => void) => void;
}

/** The event loop is held for so long at a time, and for a few events more. */
const sliceMs = 5;
/** Between two looks at the clock; one write of the spool. */
const eventsAtOnce = 32;
/** So many events may wait in memory. What comes on top is taken at once, and the ring buffers hold what comes meanwhile. */
const mostWaiting = 16_384;

export class AlertIntake {
  readonly #options: IntakeOptions;
  readonly #now: () => number;
  readonly #later: (slice: () => void) => void;
  #batches: (readonly KernelEvent[])[] = [];
  /** In the first batch, those before are spooled. */
  #at = 0;
  #waiting = 0;
  #planned = false;
  #complained = false;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#later = options.later ?? setImmediate;
  }

  /** Takes a batch of the engine. Never throws: an event that cannot be converted is counted and the rest goes on. */
  take(events: readonly KernelEvent[]): void {
    if (events.length === 0) return;
    this.#batches.push(events);
    this.#waiting += events.length;
    if (!this.#planned) this.#slice();
    while (this.#waiting > Math.max(mostWaiting, events.length)) this.#some();
  }

  /** Spools what waits, all of it, now. */
  flush(): void {
    while (this.#waiting > 0) this.#some();
  }

  #slice(): void {
    const until = this.#now() + sliceMs;
    while (this.#waiting > 0 && this.#now() < until) this.#some();
    this.#planned = this.#waiting > 0;
    if (!this.#planned) return;
    this.#later(() => this.#slice());
  }

  #some(): void {
    const { origin, spool, wake, count } = this.#options;
    const batch = this.#batches[0]!;
    const events = batch.slice(this.#at, this.#at + eventsAtOnce);
    this.#at += events.length;
    this.#waiting -= events.length;
    if (this.#at >= batch.length) {
      this.#batches.shift();
      this.#at = 0;
    }
    const of = origin();
    const payloads = events.map((event) => this.#payloadOf(event, of)).filter((payload) => payload !== undefined);
    count("events", events.length);
    count("alerts_spooled", spool.append(payloads));
    wake.set();
  }

  #payloadOf(event: KernelEvent, origin: AlertOrigin): Uint8Array | undefined {
    const { sources, log, count } = this.#options;
    try {
      const attribution = attribute(event, sources);
      if (!attribution.binding || (event.ruleId !== 0 && !attribution.rule)) count("events_unattributed");
      const { bytes, cut } = fitAlert(alertOf(event, attribution, origin));
      if (cut) count("alerts_cut");
      return bytes;
    } catch (error) {
      count("events_unreadable");
      if (!this.#complained) log.error("an event could not be made an alert, later ones are only counted", { error });
      this.#complained = true;
      return undefined;
    }
  }
}
