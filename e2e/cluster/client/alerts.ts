/**
 * A live subscription to every alert of a cluster, or to every log, read from the bus's stream by the product's own client. The stream keeps
 * alerts, so those that are published while the connection is lost arrive when it is back.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { alertJson, type ConnectOptions, connect } from "@portcullis/bus";
import { silentLog } from "@portcullis/daemon/testing";
import { ClusterError } from "../errors.ts";
import type { AlertDocument, AlertMark, AlertMatcher, Alerts } from "../types.ts";
import { within } from "../wait.ts";

export type BusAddress = Pick<ConnectOptions, "servers" | "auth" | "tls" | "inboxPrefix">;

const readyMs = 30_000;

export class AlertSubscription implements Alerts {
  readonly ready: Promise<void>;
  readonly #received: AlertDocument[] = [];
  readonly #end = new AbortController();
  readonly #done: Promise<void>;
  readonly #of: "alerts" | "logs";
  /** Told at every alert. */
  readonly #listeners = new Set<() => void>();

  /** `address` is asked for once, when the subscription starts. */
  constructor(address: () => Promise<BusAddress>, of: "alerts" | "logs" = "alerts") {
    this.#of = of;
    const ready = Promise.withResolvers<void>();
    this.ready = within(`a subscription to ${of} on the bus`, readyMs, ready.promise, () => "not subscribed yet");
    // Who does not await it learns of its failure from the next call; until then it is not an unhandled rejection.
    this.ready.catch(() => {});
    this.#done = this.#receive(address, ready.resolve).catch((error: unknown) => {
      ready.reject(new ClusterError("E2E_COMMAND_FAILED", `alerts: ${String(error)}`, { cause: error }));
    });
  }

  async #receive(address: () => Promise<BusAddress>, onReady: () => void): Promise<void> {
    const { signal } = this.#end;
    const bus = await connect({ ...(await address()), name: "e2e", signal, log: silentLog });
    try {
      const options = { signal, onReady };
      const told = this.#of === "logs" ? bus.subscribeLogs(options) : bus.subscribeAlerts(options);
      for await (const alert of told) {
        this.#received.push(JSON.parse(alertJson(alert)) as AlertDocument);
        for (const hear of this.#listeners) hear();
      }
    } finally {
      await bus.close();
    }
  }

  async mark(): Promise<AlertMark> {
    await this.ready;
    return this.#received.length;
  }

  since(mark: AlertMark = 0): readonly AlertDocument[] {
    return this.#received.slice(mark);
  }

  async next(timeoutMs: number): Promise<void> {
    const come = Promise.withResolvers<void>();
    const timer = new AbortController();
    this.#listeners.add(come.resolve);
    await Promise.race([come.promise, sleep(timeoutMs, undefined, { signal: timer.signal }).catch(() => {})]);
    this.#listeners.delete(come.resolve);
    timer.abort();
  }

  async wait(matcher: AlertMatcher, timeoutMs = 10_000, from: AlertMark = 0): Promise<AlertDocument> {
    await this.ready;
    const found = await this.#first(matcher, timeoutMs, from);
    if (found) return found;
    const seen = this.since(from).slice(-20).map(line).join("\n  ") || "none at all";
    throw new ClusterError(
      "E2E_TIMEOUT",
      `an alert ${shown(matcher)} not within ${timeoutMs} ms; received:\n  ${seen}`,
    );
  }

  async none(matcher: AlertMatcher, quietMs: number, from: AlertMark = 0): Promise<void> {
    await this.ready;
    const found = await this.#first(matcher, quietMs, from);
    if (found) throw new ClusterError("E2E_UNEXPECTED_ALERT", `no alert ${shown(matcher)} was to come: ${line(found)}`);
  }

  async close(): Promise<void> {
    this.#end.abort();
    for (const told of this.#listeners) told();
    await within("the alerts' connection to close", 5000, this.#done).catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The first match from `at` on, or undefined when the time is over. */
  async #first(matcher: AlertMatcher, timeoutMs: number, from: AlertMark): Promise<AlertDocument | undefined> {
    const end = performance.now() + timeoutMs;
    for (let at = from; ; ) {
      for (; at < this.#received.length; at++) {
        const alert = this.#received[at];
        if (alert && matches(matcher, alert)) return alert;
      }
      const left = end - performance.now();
      if (left <= 0 || this.#end.signal.aborted) return undefined;
      await this.next(left);
    }
  }
}

function matches(matcher: AlertMatcher, alert: AlertDocument): boolean {
  if (typeof matcher === "function") return matcher(alert);
  return Object.entries(matcher).every(([field, wanted]) => {
    const value = alert[field];
    return wanted instanceof RegExp ? typeof value === "string" && wanted.test(value) : value === wanted;
  });
}

const shown = (matcher: AlertMatcher): string =>
  typeof matcher === "function"
    ? `with ${matcher}`
    : JSON.stringify(matcher, (_, value: unknown) => (value instanceof RegExp ? String(value) : value));

const line = (a: AlertDocument): string =>
  `${a.NamespaceName}/${a.PodName}/${a.ContainerName} ${a.PolicyName} ${a.Operation} ${a.Action} ${a.Result} source=${a.Source} resource=${a.Resource}`;
