/**
 * What the leader does and a standby does not: it works on nodes and statuses, listens to the nodes, puts back what the bus has lost,
 * notices which nodes have fallen silent, and deletes rule sets that nobody refers to.
 */

import type { Bus } from "@portcullis/bus";
import { aborted, Backoff, type Log, Supervisor, sleep } from "@portcullis/daemon";
import { runWorkers, type WorkerCounters, type WorkQueue } from "@portcullis/kube";
import type { NodeStatus } from "@portcullis/model";
import type { AlertWork } from "./alerts/alert-work.ts";
import type { BusStorage } from "./bundle/bus-storage.ts";
import type { Publisher } from "./bundle/publisher.ts";
import { BusLostError } from "./errors.ts";
import type { Durations } from "./metrics.ts";
import type { BundleKeys } from "./signing/bundle-keys.ts";
import type { Ledger } from "./status/ledger.ts";
import type { NodeHealth } from "./status/node-health.ts";
import { hearNode } from "./status/node-news.ts";
import type { StatusWriter } from "./status/status-writer.ts";
import type { World } from "./watch/world.ts";

export interface LeaderOptions {
  readonly bus: Bus;
  readonly storage: BusStorage;
  readonly keys: BundleKeys;
  readonly log: Log;
  readonly world: World;
  readonly ledger: Ledger;
  readonly health: NodeHealth;
  readonly publisher: Publisher;
  readonly statusWriter: StatusWriter;
  readonly nodeQueue: WorkQueue;
  readonly statusQueue: WorkQueue;
  readonly nodeCounters: WorkerCounters;
  readonly statusCounters: WorkerCounters;
  readonly durations: Durations | undefined;
  readonly isLeader: () => boolean;
  /** What is done with stored alerts. */
  readonly alertWork: AlertWork;
  /** Between two looks at which nodes have fallen silent. */
  readonly sweepMs: number;
  /** So long the leader goes on without a connection to NATS; default 20 s. */
  readonly patienceMs?: number | undefined;
}

/** How often rule sets are deleted that nobody refers to. */
const pruneMs = 600_000;
/** So many nodes are worked on at once. Each waits for the bus most of the time, and what several send goes out in one write. */
const nodeWorkers = 16;
/** A leader that is cut off from NATS for longer than this lets somebody else lead. */
const busPatienceMs = 20_000;

export class Leader {
  readonly #options: LeaderOptions;
  /** Nodes that this leader has not worked on yet: what their bundles carry is not known before. */
  readonly #unseen = new Set<string>();

  constructor(options: LeaderOptions) {
    this.#options = options;
  }

  /** Runs until the signal is aborted. When one part of it fails the others are ended before this rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const nodesQueued = Promise.withResolvers<void>();
    const statusesRead = Promise.withResolvers<void>();
    const known = Promise.all([nodesQueued.promise, statusesRead.promise]);
    const supervisor = new Supervisor({ signal, log: this.#options.log });
    supervisor.start("connection", (stop) => this.#giveUpWithoutBus(stop), "fail");
    supervisor.start("keys", (stop) => this.#lookAfterKeys(stop), "fail");
    supervisor.start("nodes", (stop) => this.#publish(stop, nodesQueued.resolve), "fail");
    supervisor.start("node statuses", (stop) => this.#watchStatuses(stop, statusesRead.resolve), "fail");
    supervisor.start("policy statuses", (stop) => this.#writeStatuses(stop, known), "fail");
    supervisor.start("reconnects", (stop) => this.#putBack(stop), "fail");
    supervisor.start("storage", (stop) => this.#options.storage.settle(stop), "fail");
    supervisor.start("sweep", (stop) => this.#sweep(stop), "fail");
    this.#options.alertWork.start(supervisor);
    await supervisor.ended();
  }

  /** Who cannot publish must not keep another from it. Rejects when there was no connection to NATS for too long. */
  async #giveUpWithoutBus(signal: AbortSignal): Promise<void> {
    const { bus, patienceMs = busPatienceMs } = this.#options;
    let connectedAt = performance.now();
    while (!signal.aborted) {
      if (bus.connected) connectedAt = performance.now();
      else if (performance.now() - connectedAt >= patienceMs)
        throw new BusLostError(`there was no connection to NATS for ${patienceMs} ms: somebody else may lead`);
      await sleep(Math.min(1_000, patienceMs / 4), signal);
    }
  }

  async #lookAfterKeys(signal: AbortSignal): Promise<void> {
    const { keys, publisher, world, nodeQueue } = this.#options;
    const changed = () => {
      for (const node of world.nodeNames()) nodeQueue.add(node);
    };
    await keys.lead({ changed, resigned: (keyId) => publisher.resigned(keyId) }, signal);
  }

  /** Makes sure that the storage is there, and queues every node that exists or has a bundle. Tries until it succeeds. */
  async #everyNode(signal: AbortSignal, unseen?: Set<string>): Promise<void> {
    const { bus, storage, log, world, nodeQueue } = this.#options;
    const backoff = new Backoff({ firstMs: 200, maxMs: 10_000 });
    while (!signal.aborted) {
      try {
        await storage.ensure();
        const held = (await bus.listBundles()).map((bundle) => bundle.node);
        for (const node of new Set([...held, ...world.nodeNames()])) {
          unseen?.add(node);
          nodeQueue.add(node);
        }
        return;
      } catch (error) {
        log.warn("the storage on the bus could not be ensured, trying again", { error });
        await sleep(backoff.next(), signal);
      }
    }
  }

  async #publish(signal: AbortSignal, queued: () => void): Promise<void> {
    const { log, keys, nodeQueue, nodeCounters, durations, publisher } = this.#options;
    const took = durations?.nodeReconcile;
    // Another leader may have exchanged the key.
    await keys.refresh(signal);
    await this.#everyNode(signal, this.#unseen);
    queued();
    const reconcile = async (node: string) => {
      try {
        await publisher.reconcile(node);
      } finally {
        this.#unseen.delete(node);
      }
      return undefined;
    };
    const options = { name: "node", queue: nodeQueue, log, workers: nodeWorkers, drainMs: 2_000, reconcile, took };
    await runWorkers(options, signal, nodeCounters);
  }

  /** Nothing is written before every node was worked on and the stored statuses were read: absence would look like success. */
  async #writeStatuses(signal: AbortSignal, known: Promise<unknown>): Promise<void> {
    const { log, statusQueue, statusCounters, statusWriter, durations, world } = this.#options;
    const took = durations?.statusReconcile;
    await Promise.race([known, aborted(signal)]);
    while (!signal.aborted && this.#unseen.size > 0) await sleep(20, signal);
    for (const key of world.policyKeys()) statusQueue.add(key);
    const reconcile = (key: string, stop: AbortSignal) => statusWriter.reconcile(key, stop);
    await runWorkers({ name: "status", queue: statusQueue, log, workers: 2, reconcile, took }, signal, statusCounters);
  }

  async #watchStatuses(signal: AbortSignal, initialised: () => void): Promise<void> {
    const { bus, health } = this.#options;
    let stored = true;
    const read = () => {
      stored = false;
      initialised();
    };
    for await (const { node, status } of bus.watchNodeStatuses(signal, read)) {
      if (status !== undefined) this.#hear(node, status, stored);
      else {
        health.forget(node);
        this.#touched(node);
      }
    }
    // The watch also ends when the connection is closed for good. That ends the controller, with a reason, elsewhere.
    await aborted(signal);
  }

  #hear(node: string, status: NodeStatus, stored: boolean): void {
    const { publisher, nodeQueue, statusQueue } = this.#options;
    for (const policy of hearNode(this.#options, node, status, stored)) statusQueue.add(policy);
    if ((status.bundleProblem ?? "") !== "") publisher.doubt(node);
    else if (!publisher.contradicted(node)) return;
    nodeQueue.add(node);
  }

  /** After every reconnect: the server may have lost its storage. */
  async #putBack(signal: AbortSignal): Promise<void> {
    for await (const _ of this.#options.bus.reconnects(signal)) {
      this.#options.publisher.forgetSent();
      await this.#everyNode(signal);
    }
    await aborted(signal);
  }

  async #sweep(signal: AbortSignal): Promise<void> {
    const { health, log, sweepMs } = this.#options;
    let pruned = performance.now();
    for (;;) {
      await sleep(sweepMs, signal);
      if (signal.aborted) return;
      for (const node of health.fallenSilent()) {
        log.warn("no word from the enforcer of a node", { node });
        this.#touched(node);
      }
      if (performance.now() - pruned < pruneMs) continue;
      pruned = performance.now();
      await this.#prune();
    }
  }

  async #prune(): Promise<void> {
    const { bus, log, ledger, nodeQueue, isLeader } = this.#options;
    // A node that is still to be worked on may soon refer to a rule set.
    if (nodeQueue.depth + nodeQueue.delayed + nodeQueue.processing > 0 || !isLeader()) return;
    try {
      const deleted = await bus.pruneRuleSets((digest) => ledger.refersTo(digest));
      if (deleted > 0) log.info("unused rule sets deleted", { deleted });
    } catch (error) {
      log.warn("unused rule sets not deleted", { error });
    }
  }

  /** Nothing is known of the node any more, and with it of the policies on it. */
  #touched(node: string): void {
    for (const policy of this.#options.ledger.policiesOn(node)) this.#options.statusQueue.add(policy);
  }
}
