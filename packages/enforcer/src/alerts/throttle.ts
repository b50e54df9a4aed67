/**
 * A cap on alerts: when there were more than so many in a second of one rule in one container, those that follow are counted instead of told, for so long. It
 * is for each rule apart, because otherwise a rule that is violated all the time would hide what another one denies. Nothing is lost: that it begins is told, how many
 * there were is told when it ends, and a process that is killed meanwhile finds the numbers on disk. Operations are what is counted towards the cap, whether the kernel
 * has told or counted them: with KubeArmor, whose settings these are, each is an alert.
 */

import { fitAlert } from "@portcullis/bus";
import type { Throttling } from "@portcullis/model";
import type { KernelCount } from "@portcullis/native";
import { isHost } from "../bind/host.ts";
import type { Count } from "../counters.ts";
import type { AlertOrigin, Attribution } from "./alert.ts";
import { AlertRate } from "./alert-rate.ts";
import { type Suppressed, throttledCount, throttlingBegins } from "./throttled-alerts.ts";

export interface ThrottleOptions {
  /** What holds now; undefined: there is no cap. */
  readonly limits: () => Throttling | undefined;
  readonly origin: () => AlertOrigin;
  /** Spools encoded alerts. */
  readonly tell: (payloads: readonly Uint8Array[]) => void;
  /** What would have to be told if the process were killed now. Called about once a second while that changes. */
  readonly keep: (payloads: readonly Uint8Array[]) => void;
  /** Asks that the kernel's counts are taken within so long: how often something was repeated is not known before. */
  readonly look: (withinMs: number) => void;
  readonly count: Count;
  /** For tests: milliseconds that only grow. */
  readonly now?: () => number;
}

/** What is counted instead of told. */
interface Throttled extends Suppressed {
  readonly sinceMs: number;
  count: number;
  firstNs: bigint;
  lastNs: bigint;
}

/** A rule in a container. */
interface Watched {
  rate: AlertRate;
  throttled: Throttled | undefined;
  lastMs: number;
  /** So soon after its next event its repetitions are looked for. */
  lookMs: number;
}

const turnMs = 1_000;
/** Whoever has been quiet for so long is forgotten. */
const quietMs = 20_000;
/** Rules in containers that are watched at a time. Others are not throttled. */
const mostWatched = 4_096;
/** Taking counts over makes the next of each kind an event again: where something is repeated slowly, it is looked for less and less often. */
const firstLookMs = 1_000;
const lastLookMs = 10_000;

export class Throttle {
  readonly #options: ThrottleOptions;
  readonly #now: () => number;
  readonly #watched = new Map<string, Watched>();
  readonly #timer: NodeJS.Timeout;
  /** The numbers have changed since they were kept. */
  #changed = false;

  constructor(options: ThrottleOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#timer = setInterval(() => this.#turn(), turnMs).unref();
  }

  /** What is to be spooled of operations, whose alert would be `payload`. */
  pass(operations: KernelCount, attribution: Attribution, payload: () => Uint8Array): readonly Uint8Array[] {
    const limits = this.#options.limits();
    const watched = limits && this.#watch(keyOf(operations, attribution));
    if (limits === undefined || watched === undefined) return [payload()];
    if (watched.throttled) {
      this.#add(watched.throttled, operations);
      return [];
    }
    if (!watched.rate.add(operations, limits.alertsPerSecond)) {
      if (operations.count === 1) this.#look(watched);
      watched.lastMs = this.#now();
      return [payload()];
    }
    const { count, origin } = this.#options;
    count("throttlings");
    count("operations_throttled", operations.count);
    const { count: number, firstNs, lastNs } = operations;
    watched.throttled = {
      ...{ sinceMs: this.#now(), crossing: operations, attribution },
      ...{ count: number, firstNs, lastNs },
    };
    this.#changed = true;
    return [fitAlert(throttlingBegins(operations, attribution, origin(), limits)).bytes];
  }

  /** Tells the numbers of what is throttled now, and ends. */
  close(): void {
    clearInterval(this.#timer);
    this.#end([...this.#watched.keys()]);
    this.#keep();
  }

  #watch(key: string): Watched | undefined {
    const known = this.#watched.get(key);
    if (known !== undefined || this.#watched.size >= mostWatched) return known;
    const watched = { rate: new AlertRate(), throttled: undefined, lastMs: this.#now(), lookMs: firstLookMs };
    this.#watched.set(key, watched);
    return watched;
  }

  #look(watched: Watched): void {
    this.#options.look(watched.lookMs);
    watched.lookMs = Math.min(watched.lookMs * 2, lastLookMs);
  }

  #add(throttled: Throttled, { count, firstNs, lastNs }: KernelCount): void {
    throttled.count += count;
    if (firstNs < throttled.firstNs) throttled.firstNs = firstNs;
    if (lastNs > throttled.lastNs) throttled.lastNs = lastNs;
    this.#options.count("operations_throttled", count);
    this.#changed = true;
  }

  /** Ends what is over, also because the configuration has changed, and forgets who is quiet. */
  #turn(): void {
    const limits = this.#options.limits();
    const now = this.#now();
    const over = ({ throttled, lastMs }: Watched) =>
      limits === undefined || (throttled ? now - throttled.sinceMs >= limits.seconds * 1_000 : now - lastMs >= quietMs);
    this.#end([...this.#watched].filter(([, watched]) => over(watched)).map(([key]) => key));
    this.#keep();
  }

  #end(keys: readonly string[]): void {
    const ended = keys.map((key) => this.#watched.get(key)?.throttled).filter((one) => one !== undefined);
    for (const key of keys) this.#watched.delete(key);
    if (ended.length === 0) return;
    this.#changed = true;
    this.#options.tell(this.#counts(ended));
  }

  #counts(throttled: readonly Throttled[]): Uint8Array[] {
    const origin = this.#options.origin();
    return throttled.map((one) => fitAlert(throttledCount(one, origin)).bytes);
  }

  #keep(): void {
    if (!this.#changed) return;
    this.#changed = false;
    const running = [...this.#watched.values()].map(({ throttled }) => throttled).filter((one) => one !== undefined);
    this.#options.keep(this.#counts(running));
  }
}

/** Which rule in which container. Rules are known by their place in a policy, because their numbers change with every other policy. */
function keyOf({ slot, category, level }: KernelCount, { binding, rule, policy }: Attribution): string {
  const where = binding === undefined ? slot : isHost(binding) ? "host" : binding.containerId;
  if (level === "of_slot") return JSON.stringify([where]);
  if (rule === undefined || policy === undefined || rule.action === "allow") return JSON.stringify([where, category]);
  return JSON.stringify([where, policy.kind, policy.namespace, policy.name, rule.origin]);
}
