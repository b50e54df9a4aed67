/**
 * The way of an event from the engine to the bus, through the disk, put together: attributed, made an alert and spooled as it
 * comes; published from the spool whenever there is a bus.
 */

import type { Log, Took } from "@portcullis/daemon";
import type { BundleContainer, RuleSet, Throttling } from "@portcullis/model";
import type { SlotTable } from "../bind/slot-table.ts";
import type { Count } from "../counters.ts";
import { Wake } from "../wake.ts";
import type { AlertOrigin } from "./alert.ts";
import { type CountSource, CountsIntake } from "./counts-intake.ts";
import { AlertIntake, type EventSource } from "./intake.ts";
import { type AlertSink, publishSpooled } from "./publisher.ts";
import { RuleSetHistory } from "./rule-set-history.ts";
import { Spool } from "./spool.ts";
import { SpoolLoss } from "./spool-loss.ts";
import { Throttle } from "./throttle.ts";
import { spoolKept, ThrottledKept } from "./throttled-kept.ts";
import { ToldAlerts } from "./told-alerts.ts";

export interface AlertsOptions {
  readonly spoolDir: string;
  readonly spoolMaxBytes: number;
  /** How long an alert is kept after the bus has acknowledged it. */
  readonly keepAcknowledgedMs: number;
  /** So often the kernel's counts of repetitions become alerts. */
  readonly countsEveryMs: number;
  readonly table: SlotTable;
  /** The file that a rule set is kept in. */
  readonly ruleSetPath: (digest: string) => string;
  /** Of the bundle in force. */
  readonly bundleContainer: (podUid: string, container: string) => BundleContainer | undefined;
  readonly origin: () => AlertOrigin;
  /** The cap on alerts, and where its numbers are kept. Undefined: there never is one. */
  readonly throttling?: { readonly path: string; readonly limits: () => Throttling | undefined } | undefined;
  /** Told how long a batch of alerts took to be acknowledged. */
  readonly took?: Took | undefined;
  readonly log: Log;
  readonly count: Count;
}

/** The spool has at least eight segments when it is full: it drops one at a time. */
const leastSegments = 8;
const mostSegmentBytes = 4 << 20;
/** What is held in memory while the disk refuses. */
const mostMemoryBytes = 8 << 20;
/** So many milliseconds of alerts may be lost to a power loss. */
const syncDelayMs = 100;

export class Alerts {
  readonly #options: AlertsOptions;
  readonly #history: RuleSetHistory;
  readonly #spool: Spool;
  readonly #spooled = new Wake();
  readonly #loss: SpoolLoss;
  readonly #kept: ThrottledKept | undefined;
  #counts: CountsIntake | undefined;

  constructor(options: AlertsOptions) {
    this.#options = options;
    const { spoolDir, spoolMaxBytes, keepAcknowledgedMs, ruleSetPath, log, count } = options;
    this.#history = new RuleSetHistory(ruleSetPath);
    this.#loss = new SpoolLoss({ dir: spoolDir, log, count });
    this.#spool = new Spool({
      dir: spoolDir,
      maxBytes: spoolMaxBytes,
      segmentBytes: Math.min(mostSegmentBytes, Math.ceil(spoolMaxBytes / leastSegments)),
      memoryBytes: Math.min(mostMemoryBytes, spoolMaxBytes),
      syncDelayMs,
      keepAcknowledgedMs,
      events: this.#loss,
    });
    if (!options.throttling) return;
    const { path } = options.throttling;
    this.#kept = new ThrottledKept(path, (error) => {
      count("state_write_failures");
      log.error("how many alerts were throttled cannot be kept on disk", { error });
    });
    try {
      count("alerts_spooled", spoolKept(path, this.#spool));
    } catch (error) {
      count("state_unreadable");
      log.error("how many alerts an earlier process has throttled cannot be read", { error, path });
    }
  }

  get spoolBytes(): number {
    return this.#spool.bytes;
  }

  /** What is wrong with the way of alerts for now. */
  get problems(): readonly string[] {
    return this.#loss.problems;
  }

  /** Events name rules of these from now on, and of those before for a while. */
  ruleSetsInForce(ruleSets: ReadonlyMap<string, RuleSet>): void {
    this.#history.replace(ruleSets);
  }

  /** Takes the engine's events and counts until it is closed. */
  listen(source: EventSource & CountSource): { close(): void } {
    const { table, bundleContainer, origin, log, count, countsEveryMs } = this.#options;
    const attribution = { table, bundleContainer, ruleSet: (digest: string) => this.#history.get(digest) };
    const told = new ToldAlerts();
    const throttle = this.#throttle();
    const options = {
      source,
      attribution,
      origin,
      told,
      throttle,
      spool: this.#spool,
      wake: this.#spooled,
      log,
      count,
    };
    const events = new AlertIntake(options);
    const counts = new CountsIntake({ ...options, everyMs: countsEveryMs });
    this.#counts = counts;
    return {
      close: () => {
        this.#counts = undefined;
        events.close();
        counts.close();
        throttle?.close();
      },
    };
  }

  #throttle(): Throttle | undefined {
    const { throttling, origin, count } = this.#options;
    if (!throttling) return undefined;
    return new Throttle({
      ...{ limits: throttling.limits, origin, count },
      tell: (payloads) => {
        count("alerts_spooled", this.#spool.append(payloads));
        this.#spooled.set();
      },
      keep: (payloads) => this.#kept?.keep(payloads),
      look: (ms) => this.#counts?.within(ms),
    });
  }

  /** A container has ended: what was counted of it becomes alerts soon. */
  containerEnded(): void {
    this.#counts?.soon();
  }

  /** Publishes what is spooled until the signal aborts. */
  publish(sink: AlertSink, signal: AbortSignal): Promise<void> {
    const { took, log, count } = this.#options;
    return publishSpooled(sink, { spool: this.#spool, wake: this.#spooled, took, log, count }, signal);
  }

  async close(): Promise<void> {
    await this.#kept?.written();
    this.#spool.close();
  }
}
