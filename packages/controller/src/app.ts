/**
 * The controller put together. Informers run in every replica, so that a standby is warm; the leader alone publishes bundles
 * and writes status. A replica stands for election when its informers have synced, so that no leader ever publishes from half a
 * world.
 */
import type { Bus, NodeStatus } from "@portcullis/bus";
import {
  type ControllerCounters,
  EventRecorder,
  type KubeClient,
  type KubeObject,
  LeaderElection,
  type LeaseOptions,
  type Log,
  runController,
  sleep,
  WorkQueue,
} from "@portcullis/kube";
import type { InvalidPosture, Posture } from "@portcullis/policy";
import { BusClosedError } from "./errors.ts";
import { allInformers, type Informers, makeInformers } from "./informers.ts";
import { Ledger } from "./ledger.ts";
import { differs, NodeHealth } from "./node-health.ts";
import { keyOfPolicy } from "./objects.ts";
import { Publisher } from "./publisher.ts";
import { StatusWriter } from "./status-writer.ts";
import { World } from "./world.ts";

export interface AppOptions {
  readonly client: KubeClient;
  readonly bus: Bus;
  readonly log: Log;
  readonly cluster: string;
  readonly posture: Posture;
  readonly untrackedNamespaces: ReadonlySet<string>;
  /** This process, unique: the pod's name. */
  readonly identity: string;
  readonly lease: Pick<LeaseOptions, "namespace" | "name" | "durationMs" | "renewDeadlineMs" | "retryMs">;
  /** Between two looks at which nodes have fallen silent; default 5 s. */
  readonly sweepMs?: number;
}

/** Rule sets nobody refers to are deleted this often. */
const PRUNE_MS = 600_000;

export class App {
  readonly informers: Informers;
  readonly world: World;
  readonly election: LeaderElection;
  readonly publisher: Publisher;
  readonly statusWriter: StatusWriter;
  readonly health = new NodeHealth();
  readonly events: EventRecorder;
  readonly nodeQueue = new WorkQueue();
  readonly statusQueue = new WorkQueue();
  readonly nodeCounters: ControllerCounters = { reconciled: 0, failed: 0 };
  readonly statusCounters: ControllerCounters = { reconciled: 0, failed: 0 };
  readonly #options: AppOptions;
  readonly #ledger = new Ledger();
  /** Set while this process leads. */
  #leading: AbortSignal | undefined;

  constructor(options: AppOptions) {
    this.#options = options;
    const { client, log, cluster, posture, untrackedNamespaces, identity, bus } = options;
    const isLeader = () => this.election.isLeader;
    this.election = new LeaderElection({ ...options.lease, client, identity, log });
    this.events = new EventRecorder({ client, log, controller: "portcullis.dev/controller", instance: identity });
    this.informers = makeInformers(client, log);
    this.world = new World(
      this.informers,
      { cluster, posture, untrackedNamespaces },
      {
        node: (name) => this.#nodeTouched(name),
        policy: (key, nodes) => this.#policyTouched(key, nodes),
        posture: (namespace, invalid) => this.#tellPosture(namespace, invalid),
      },
    );
    const world = this.world;
    const ledger = this.#ledger;
    const touched = (policies: readonly string[]) => {
      for (const policy of policies) this.statusQueue.add(policy);
    };
    this.publisher = new Publisher({ bus, world, ledger, log, isLeader, touched });
    const pending = (policy: string) => this.publisher.pending(policy);
    this.statusWriter = new StatusWriter({ client, world, ledger, health: this.health, log, isLeader, pending });
    for (const informer of Object.values(this.informers.policies)) {
      informer.on(({ object }) => {
        const key = keyOfPolicy(object);
        this.statusWriter.observed(key, object);
        // Also for the status alone: what somebody else wrote into it is put right.
        if (this.#leading) this.statusQueue.add(key);
      });
    }
  }

  get synced(): boolean {
    return this.world.synced;
  }
  get leading(): boolean {
    return this.#leading !== undefined && this.election.isLeader;
  }

  /**
   * Runs until the signal is aborted, then releases the lease.
   * @throws LeaseLostError, BusClosedError: leave the process
   */
  async run(signal: AbortSignal): Promise<void> {
    const { bus } = this.#options;
    // Everything ends together: at shutdown, or when one part of it cannot go on.
    const end = new AbortController();
    const all = AbortSignal.any([signal, end.signal]);
    const informers = allInformers(this.informers);
    const parts = [
      ...informers.map((informer) => informer.run(all)),
      this.#campaign(informers, all),
      busGone(bus, all),
    ];
    try {
      await Promise.all(parts);
    } catch (error) {
      end.abort(error);
      await Promise.allSettled(parts);
      if (!signal.aborted) throw error;
    }
  }

  async #campaign(informers: ReturnType<typeof allInformers>, signal: AbortSignal): Promise<void> {
    try {
      await Promise.all(informers.map((informer) => informer.whenSynced(signal)));
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
    this.#options.log.info("informers have synced", {
      nodes: this.world.nodeNames().length,
      policies: this.world.policyKeys().length,
    });
    await this.election.lead((leading) => this.#lead(leading), signal);
  }

  async #lead(signal: AbortSignal): Promise<void> {
    const { log } = this.#options;
    // From here on changes are queued, so that none falls between the list below and the first of them.
    this.#leading = signal;
    try {
      for (const node of await this.#nodesOnBus(signal)) this.nodeQueue.add(node);
      for (const node of this.world.nodeNames()) this.nodeQueue.add(node);
      for (const { namespace, invalid } of this.world.invalidPostures()) this.#tellPosture(namespace, invalid);
      const statuses = Promise.withResolvers<void>();
      await Promise.all([
        runController(
          {
            name: "node",
            queue: this.nodeQueue,
            log,
            workers: 4,
            drainMs: 2_000,
            reconcile: async (node) => {
              await this.publisher.reconcile(node);
              return undefined;
            },
          },
          signal,
          this.nodeCounters,
        ),
        this.#watchStatuses(signal, statuses.resolve),
        this.#writeStatuses(signal, statuses.promise),
        this.#reconnects(signal),
        this.#sweep(signal),
      ]);
    } finally {
      this.#leading = undefined;
    }
  }

  /** Status is written once it can be known: every node was worked on, every node's own status was read. */
  async #writeStatuses(signal: AbortSignal, statusesRead: Promise<void>): Promise<void> {
    // When the bus does not answer, that is what the status has to say.
    await Promise.race([statusesRead, sleep(10_000, signal)]);
    while (!signal.aborted && this.nodeQueue.depth + this.nodeQueue.processing > 0) await sleep(20, signal);
    for (const key of this.world.policyKeys()) this.statusQueue.add(key);
    await runController(
      {
        name: "status",
        queue: this.statusQueue,
        log: this.#options.log,
        workers: 2,
        reconcile: (key) => this.statusWriter.reconcile(key),
      },
      signal,
      this.statusCounters,
    );
  }

  async #watchStatuses(signal: AbortSignal, initialised: () => void): Promise<void> {
    for await (const { node, status } of this.#options.bus.watchNodeStatuses(signal, initialised)) {
      if (status === undefined) this.health.forget(node);
      else this.#hear(node, status);
      if (status === undefined) this.#statusTouched(node);
    }
  }

  #hear(node: string, status: NodeStatus): void {
    const before = this.health.status(node);
    const wasSilent = this.health.silent(node);
    this.health.hear(node, status);
    if (wasSilent || differs(before, status)) this.#statusTouched(node);
  }

  /** The server may have lost its storage: put everything back. */
  async #reconnects(signal: AbortSignal): Promise<void> {
    for await (const _ of this.#options.bus.reconnects(signal)) {
      await this.#restore(signal);
    }
  }

  async #restore(signal: AbortSignal): Promise<void> {
    await this.#nodesOnBus(signal);
    this.publisher.forgetSent();
    for (const node of this.world.nodeNames()) this.nodeQueue.add(node);
  }

  /** Makes sure of the storage; the nodes that have a bundle there. Tries until it succeeds. */
  async #nodesOnBus(signal: AbortSignal): Promise<string[]> {
    const { bus, log } = this.#options;
    for (let wait = 200; !signal.aborted; wait = Math.min(wait * 2, 10_000)) {
      try {
        await bus.ensure();
        return (await bus.listBundles()).map((bundle) => bundle.node);
      } catch (error) {
        log.warn("the storage on the bus could not be ensured, trying again", { error });
        await sleep(wait, signal);
      }
    }
    return [];
  }

  async #sweep(signal: AbortSignal): Promise<void> {
    let pruned = performance.now();
    for (;;) {
      await sleep(this.#options.sweepMs ?? 5_000, signal);
      if (signal.aborted) return;
      for (const node of this.health.fallenSilent()) {
        this.#options.log.warn("no word from the enforcer of a node", { node });
        this.#statusTouched(node);
      }
      if (performance.now() - pruned < PRUNE_MS) continue;
      pruned = performance.now();
      await this.#prune();
    }
  }

  async #prune(): Promise<void> {
    const { bus, log } = this.#options;
    // A node that is waited for may be about to refer to a rule set.
    if (this.nodeQueue.depth + this.nodeQueue.delayed + this.nodeQueue.processing > 0 || !this.election.isLeader)
      return;
    try {
      const deleted = await bus.pruneRuleSets(this.#ledger.ruleSets());
      if (deleted > 0) log.info("unused rule sets deleted", { deleted });
    } catch (error) {
      log.warn("unused rule sets not deleted", { error });
    }
  }

  #nodeTouched(node: string): void {
    if (this.#leading) this.nodeQueue.add(node);
  }

  #policyTouched(key: string, nodes: readonly string[]): void {
    if (!this.#leading) return;
    this.publisher.expect(key, nodes);
    for (const node of nodes) this.nodeQueue.add(node);
    this.statusQueue.add(key);
  }

  #statusTouched(node: string): void {
    for (const policy of this.#ledger.policiesOn(node)) this.statusQueue.add(policy);
  }

  #tellPosture(namespace: KubeObject, invalid: readonly InvalidPosture[]): void {
    const signal = this.#leading;
    if (signal === undefined) return;
    const object = { ...namespace, apiVersion: "v1", kind: "Namespace" };
    for (const { annotation, value, message } of invalid) {
      this.#options.log.warn("posture annotation is invalid", {
        namespace: namespace.metadata.name,
        annotation,
        value,
      });
      const news = { type: "Warning", reason: "InvalidPosture", action: "ReadPosture", note: message } as const;
      // Never rejects.
      void this.events.record(object, news, signal);
    }
  }
}

async function busGone(bus: Bus, signal: AbortSignal): Promise<void> {
  const aborted = new Promise<"aborted">((resolve) => {
    if (signal.aborted) resolve("aborted");
    signal.addEventListener("abort", () => resolve("aborted"), { once: true });
  });
  const closed = bus.closed.then((error) => ({ error }));
  const first = await Promise.race([aborted, closed]);
  if (first === "aborted") return;
  throw new BusClosedError(`the connection to NATS was closed for good: ${first.error?.message ?? "no reason given"}`, {
    cause: first.error,
  });
}
