/**
 * What the leader does and a standby does not: it works on nodes and statuses, listens to the nodes, puts back what the bus has lost,
 * notices which nodes have fallen silent, and deletes rule sets that nobody refers to.
 */

import type { Bus } from "@portcullis/bus";
import { aborted, Backoff, type Log, Supervisor, sleep } from "@portcullis/daemon";
import { runWorkers, type WorkerCounters, type WorkQueue } from "@portcullis/kube";
import type { NodeStatus } from "@portcullis/model";
import type { Publisher } from "./bundle/publisher.ts";
import type { Ledger } from "./status/ledger.ts";
import { differs, type NodeHealth } from "./status/node-health.ts";
import type { StatusWriter } from "./status/status-writer.ts";
import type { World } from "./watch/world.ts";

export interface LeaderOptions {
  readonly bus: Bus;
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
  readonly isLeader: () => boolean;
  /** Between two looks at which nodes have fallen silent. */
  readonly sweepMs: number;
}

/** How often rule sets are deleted that nobody refers to. */
const pruneMs = 600_000;
/** A new leader waits with statuses until it has read those of the nodes and worked on every node, but not longer than this. */
const statusesReadMs = 10_000;
const nodesDoneMs = 30_000;

export class Leader {
  readonly #options: LeaderOptions;

  constructor(options: LeaderOptions) {
    this.#options = options;
  }

  /** Runs until the signal is aborted. When one part of it fails the others are ended before this rejects. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#everyNode(signal);
    const statusesRead = Promise.withResolvers<void>();
    const supervisor = new Supervisor({ signal, log: this.#options.log });
    supervisor.start("nodes", (stop) => this.#publish(stop), "fail");
    supervisor.start("node statuses", (stop) => this.#watchStatuses(stop, statusesRead.resolve), "fail");
    supervisor.start("policy statuses", (stop) => this.#writeStatuses(stop, statusesRead.promise), "fail");
    supervisor.start("reconnects", (stop) => this.#putBack(stop), "fail");
    supervisor.start("sweep", (stop) => this.#sweep(stop), "fail");
    await supervisor.ended();
  }

  /** Makes sure that the storage is there, and queues every node that exists or has a bundle. Tries until it succeeds. */
  async #everyNode(signal: AbortSignal): Promise<void> {
    const { bus, log, world, nodeQueue } = this.#options;
    const backoff = new Backoff({ firstMs: 200, maxMs: 10_000 });
    while (!signal.aborted) {
      try {
        await bus.ensure();
        const held = (await bus.listBundles()).map((bundle) => bundle.node);
        for (const node of new Set([...held, ...world.nodeNames()])) nodeQueue.add(node);
        return;
      } catch (error) {
        log.warn("the storage on the bus could not be ensured, trying again", { error });
        await sleep(backoff.next(), signal);
      }
    }
  }

  #publish(signal: AbortSignal): Promise<void> {
    const { log, nodeQueue, nodeCounters, publisher } = this.#options;
    const reconcile = async (node: string) => {
      await publisher.reconcile(node);
      return undefined;
    };
    const options = { name: "node", queue: nodeQueue, log, workers: 4, drainMs: 2_000, reconcile };
    return runWorkers(options, signal, nodeCounters);
  }

  async #writeStatuses(signal: AbortSignal, statusesRead: Promise<void>): Promise<void> {
    const { log, nodeQueue, statusQueue, statusCounters, statusWriter, world } = this.#options;
    // When the bus does not answer in time, statuses are written without what the nodes say.
    await Promise.race([statusesRead, sleep(statusesReadMs, signal)]);
    const deadline = performance.now() + nodesDoneMs;
    while (!signal.aborted && nodeQueue.depth + nodeQueue.processing > 0 && performance.now() < deadline) {
      await sleep(20, signal);
    }
    for (const key of world.policyKeys()) statusQueue.add(key);
    const reconcile = (key: string) => statusWriter.reconcile(key);
    await runWorkers({ name: "status", queue: statusQueue, log, workers: 2, reconcile }, signal, statusCounters);
  }

  async #watchStatuses(signal: AbortSignal, initialised: () => void): Promise<void> {
    const { bus, health } = this.#options;
    for await (const { node, status } of bus.watchNodeStatuses(signal, initialised)) {
      if (status !== undefined) this.#hear(node, status);
      else {
        health.forget(node);
        this.#touched(node);
      }
    }
    // The watch also ends when the connection is closed for good. That ends the controller, with a reason, elsewhere.
    await aborted(signal);
  }

  #hear(node: string, status: NodeStatus): void {
    const { health } = this.#options;
    const before = health.status(node);
    const wasSilent = health.silent(node);
    health.hear(node, status);
    if (wasSilent || differs(before, status)) this.#touched(node);
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
      const deleted = await bus.pruneRuleSets(ledger.ruleSets());
      if (deleted > 0) log.info("unused rule sets deleted", { deleted });
    } catch (error) {
      log.warn("unused rule sets not deleted", { error });
    }
  }

  /** What a node says of itself has changed, and with it the statuses of the policies on it. */
  #touched(node: string): void {
    for (const policy of this.#options.ledger.policiesOn(node)) this.#options.statusQueue.add(policy);
  }
}
