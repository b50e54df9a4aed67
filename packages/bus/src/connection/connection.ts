/**
 * One NATS connection that never gives up: dials until it is up or its signal aborts, reconnects for ever, counts what the
 * server and the network do to it, and tells watches when to open again. Everything else in the package stands on it.
 */

import { setImmediate as afterWrites } from "node:timers/promises";
import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { Kvm } from "@nats-io/kv";
import { connect as dial, type NatsConnection, PermissionViolationError, type Status } from "@nats-io/transport-node";
import { type Log, sleep } from "@portcullis/daemon";
import type { BusStats, BusTiming, ConnectOptions } from "../bus.ts";
import { ClosedError, DisconnectedError } from "../errors.ts";
import { defaultTiming, natsOptionsOf } from "./client-options.ts";
import { answerTimeout, LeaderWait } from "./leader-wait.ts";
import { isPermissionError, toBusError } from "./nats-errors.ts";
import { dialError } from "./tls.ts";

const notReachable = "bus not reachable, trying again";

export class Connection {
  readonly stats: BusStats = {
    disconnects: 0,
    reconnects: 0,
    staleConnections: 0,
    permissionErrors: 0,
    otherErrors: 0,
    reopened: 0,
    refusedMessages: 0,
    alertsPublished: 0,
    alertsDuplicate: 0,
    alertsFailed: 0,
    alertsCut: 0,
    copiesSent: 0,
    copiesFailed: 0,
    bundlesWritten: 0,
    bundlesUnchanged: 0,
    ruleSetsWritten: 0,
    bundleReads: 0,
    bundleHintsDoubted: 0,
    loginsAccepted: 0,
    loginsRefused: 0,
    nodeRequestsAnswered: 0,
    nodeRequestsRefused: 0,
  };
  readonly log: Log;
  readonly timing: BusTiming;
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  readonly kvm: Kvm;
  readonly closed: Promise<Error | undefined>;
  #up = true;
  #closing: Promise<void> | undefined;
  /** Since the connection was lost. */
  #dials = 0;
  readonly #options: ConnectOptions;
  readonly #onReconnect = new Set<() => void>();
  readonly #onDown = new Set<() => void>();
  readonly #onForbidden = new Set<(error: PermissionViolationError) => void>();

  private constructor(nc: NatsConnection, jsm: JetStreamManager, options: ConnectOptions, timing: BusTiming) {
    this.nc = nc;
    this.jsm = jsm;
    this.#options = options;
    this.js = jetstream(nc, { timeout: answerTimeout(nc, timing) });
    this.kvm = new Kvm(this.js);
    this.log = options.log;
    this.timing = timing;
    this.closed = nc.closed().then((error) => {
      this.#setDown();
      return error ?? undefined;
    });
    this.#watchStatus().catch((error: unknown) => this.log.error("bus status cannot be watched", { error }));
    // What ends by the same signal still writes its farewell. A write to a server that has just gone fails a moment later, as an event of the
    // socket, and the client's close takes away who listens for it: the process would end by an uncaught error.
    const giveUp = () => {
      this.#closing ??= afterWrites()
        .then(() => nc.close())
        .catch((error: unknown) => this.log.warn("bus close failed", { error }));
    };
    if (options.signal.aborted) giveUp();
    options.signal.addEventListener("abort", giveUp, { once: true });
  }

  /** Resolves once connected; rejects with `BUS_CLOSED` when the signal aborts first, `BUS_OPTION_INVALID` at once. */
  static async open(options: ConnectOptions): Promise<Connection> {
    const timing = { ...defaultTiming, ...options.timing };
    const natsOptions = natsOptionsOf(options, timing);
    for (let attempt = 1; !options.signal.aborted; attempt++) {
      try {
        const nc = await dial(natsOptions);
        // Unchecked: JetStream may come later, and a login need not be allowed to ask what the account has of it.
        const jsm = await jetstreamManager(nc, { timeout: answerTimeout(nc, timing), checkAPI: false });
        options.log.info("bus connected", { server: nc.getServer(), attempt });
        return new Connection(nc, jsm, options, timing);
      } catch (error) {
        // Logged are the first failure and then every 30th: while a cluster starts it is normal that the bus is not there yet.
        if (attempt % 30 === 1) options.log.warn(notReachable, { attempt, error: dialError(error) });
        await sleep(timing.reconnectWait * (0.5 + Math.random()), options.signal);
      }
    }
    throw new ClosedError("the bus was closed before it could connect");
  }

  /** Under which prefix this login gets replies; undefined: NATS' own. */
  get inboxPrefix(): string | undefined {
    return natsOptionsOf(this.#options, this.timing).inboxPrefix;
  }

  /** The node that this is, with a login of its own. */
  get node(): string | undefined {
    return this.#options.node;
  }

  get up(): boolean {
    return this.#up && !this.nc.isClosed();
  }

  /** Throws while there is no connection: the client would buffer the request, drop it at the next dial and let it time out. */
  requireUp(): void {
    if (this.nc.isClosed()) throw new ClosedError("the bus is closed");
    if (!this.#up) throw new DisconnectedError("the bus is not connected now; try again after the next reconnect");
  }

  /** Calls back after every reconnect; the result ends that. */
  onReconnect(callback: () => void): () => void {
    this.#onReconnect.add(callback);
    return () => this.#onReconnect.delete(callback);
  }

  /** Calls back whenever the connection is lost or closed; the result ends that. */
  onDown(callback: () => void): () => void {
    this.#onDown.add(callback);
    return () => this.#onDown.delete(callback);
  }

  /** Calls back when the server says of a subject that nothing may be published there. */
  onForbidden(callback: (error: PermissionViolationError) => void): void {
    this.#onForbidden.add(callback);
  }

  close(): Promise<void> {
    this.#closing ??= this.#drain();
    return this.#closing;
  }

  async #drain(): Promise<void> {
    if (this.nc.isClosed()) return;
    // Draining a connection whose other end has vanished would wait for ever: a bounded wait, then the plain close.
    const drained = new AbortController();
    const drain = this.nc
      .drain()
      .catch(() => {})
      .finally(() => drained.abort());
    await Promise.race([drain, sleep(2_000, drained.signal)]);
    await this.nc.close();
  }

  async #watchStatus(): Promise<void> {
    for await (const status of this.nc.status()) this.#note(status);
  }

  #note(status: Status): void {
    switch (status.type) {
      case "disconnect":
        this.stats.disconnects++;
        this.#setDown();
        this.log.warn("bus disconnected", { server: status.server });
        break;
      case "reconnect":
        this.stats.reconnects++;
        this.#up = true;
        this.#dials = 0;
        this.log.info("bus reconnected", { server: status.server });
        for (const callback of this.#onReconnect) callback();
        break;
      case "reconnecting":
        if (++this.#dials % 30 === 5) void this.#sayWhy();
        break;
      case "staleConnection":
        this.stats.staleConnections++;
        break;
      case "error":
        if (isPermissionError(status.error)) this.stats.permissionErrors++;
        else this.stats.otherErrors++;
        this.log.warn("bus error from the server", { error: status.error });
        if (status.error instanceof PermissionViolationError && status.error.operation === "publish")
          for (const callback of this.#onForbidden) callback(status.error);
        break;
      default:
        break;
    }
  }

  /** The client keeps to itself why it cannot come back, so it is tried once beside it. Never rejects. */
  async #sayWhy(): Promise<void> {
    try {
      const nc = await dial({ ...natsOptionsOf(this.#options, this.timing), reconnect: false });
      await nc.close();
    } catch (error) {
      this.log.warn(notReachable, { attempt: this.#dials, error: dialError(error) });
    }
  }

  #setDown(): void {
    this.#up = false;
    for (const callback of this.#onDown) callback();
  }
}

interface RequestOptions {
  /** It may not run again when it is unknown whether the server acted. */
  readonly once?: boolean;
}

/**
 * Runs one request. What it throws becomes a `BusError` that names `what` was tried. When the connection is lost meanwhile, the
 * answer will never come: this rejects at once, and whether the server acted is unknown. Of several servers one leads each stream. While it is dead and
 * the others choose another one nobody answers, so the request runs again until twice the time is over for which one waits.
 */
export async function request<T>(
  connection: Connection,
  what: string,
  run: () => Promise<T>,
  { once = false }: RequestOptions = {},
): Promise<T> {
  connection.requireUp();
  const again = new LeaderWait(connection, once);
  const lost = Promise.withResolvers<never>();
  const unsubscribe = connection.onDown(() =>
    lost.reject(new DisconnectedError(`could not ${what}: the connection was lost before the answer`)),
  );
  try {
    for (;;) {
      try {
        return await Promise.race([run(), lost.promise]);
      } catch (error) {
        if (!(await again.isWorthIt(error))) throw toBusError(error, what);
        connection.requireUp();
      }
    }
  } finally {
    unsubscribe();
  }
}
