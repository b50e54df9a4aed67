/**
 * The controller put together. Informers run in every replica, so that a standby can take over at once. Only the leader publishes
 * bundles and writes statuses. A replica stands for election when its informers have synced, so that no leader ever publishes
 * from a part of what there is. Long because each part is named once as a field, once where it is made and once where it is handed on.
 */
import type { Bus, StorageLimits } from "@portcullis/bus";
import { aborted, type Log, LoopError, Supervisor } from "@portcullis/daemon";
import {
  EventRecorder,
  type KubeClient,
  LeaderElection,
  type LeaseOptions,
  type WorkerCounters,
  WorkQueue,
} from "@portcullis/kube";
import type { BusAccess } from "./access/bus-access.ts";
import { letNodesIn, type NodeLoginOptions } from "./access/node-logins.ts";
import { AlertStreamWatch } from "./alerts/alert-stream.ts";
import { AlertWork } from "./alerts/alert-work.ts";
import { BusStorage } from "./bundle/bus-storage.ts";
import { Publisher } from "./bundle/publisher.ts";
import { BusClosedError } from "./errors.ts";
import { Leader } from "./leader.ts";
import type { Durations } from "./metrics.ts";
import type { OutputSettings } from "./outputs/output-settings.ts";
import type { BundleKeys } from "./signing/bundle-keys.ts";
import { Ledger } from "./status/ledger.ts";
import { NodeHealth } from "./status/node-health.ts";
import { StatusWriter } from "./status/status-writer.ts";
import { Definitions } from "./watch/definitions.ts";
import { type ConfigPlace, GlobalConfigWatch } from "./watch/global-config.ts";
import { allInformers, type Informers, makeInformers } from "./watch/informers.ts";
import { policyKey } from "./watch/objects.ts";
import { Warnings } from "./watch/warnings.ts";
import { World } from "./watch/world.ts";

export interface ControllerOptions {
  readonly client: KubeClient;
  readonly bus: Bus;
  readonly keys: BundleKeys;
  /** Where durations go; default: nowhere. */
  readonly durations?: Durations;
  /** Looked after while the controller runs. */
  readonly access?: BusAccess | undefined;
  /** How nodes are known to NATS, with the key of `access`. Absent: they have no logins of their own. */
  readonly nodeLogins?: NodeLoginOptions | undefined;
  readonly log: Log;
  readonly cluster: string;
  /** Where the global configuration lies; absent: the defaults hold. */
  readonly configMap?: ConfigPlace | undefined;
  readonly untrackedNamespaces: ReadonlySet<string>;
  /** As in RuleSetCacheOptions. */
  readonly baseAllowance?: boolean | undefined;
  /** Whether alerts and logs are sent as JSON too; default true. */
  readonly jsonCopies?: boolean;
  /** Where alerts are sent on to; default: nowhere. */
  readonly outputs?: OutputSettings | undefined;
  /** What is asked of NATS for streams and buckets; default: what the bus has by default. */
  readonly storage?: Partial<StorageLimits> | undefined;
  /** This process, unique: the pod's name. */
  readonly identity: string;
  readonly lease: Pick<LeaseOptions, "namespace" | "name" | "durationMs" | "renewDeadlineMs" | "retryMs">;
  /** Between two looks at which nodes have fallen silent; default 5 s. */
  readonly sweepMs?: number;
  /** So long a leader goes on without a connection to NATS before it gives the lease up; default 20 s. */
  readonly busPatienceMs?: number;
}

export class Controller {
  readonly informers: Informers;
  readonly world: World;
  readonly election: LeaderElection;
  readonly storage: BusStorage;
  readonly publisher: Publisher;
  readonly statusWriter: StatusWriter;
  readonly health = new NodeHealth();
  readonly config: GlobalConfigWatch;
  readonly events: EventRecorder;
  /** Of first denials, with a budget of their own. */
  readonly denialEvents: EventRecorder;
  readonly definitions: Definitions;
  readonly alertStream: AlertStreamWatch;
  readonly alertWork: AlertWork;
  readonly nodeQueue = new WorkQueue();
  readonly statusQueue = new WorkQueue();
  readonly nodeCounters: WorkerCounters = { reconciled: 0, failed: 0 };
  readonly statusCounters: WorkerCounters = { reconciled: 0, failed: 0 };
  readonly #options: ControllerOptions;
  readonly #leader: Leader;
  readonly #warnings: Warnings;
  /** Set while this process leads. */
  #leading: AbortSignal | undefined;

  constructor(options: ControllerOptions) {
    this.#options = options;
    const { client, log, cluster, untrackedNamespaces, identity, bus, keys } = options;
    const isLeader = () => this.election.isLeader;
    this.election = new LeaderElection({
      ...options.lease,
      client,
      identity,
      log,
      // Who is cut off from NATS would take the lease and be of no use.
      eligible: () => bus.connected,
    });
    this.events = new EventRecorder({ client, log, controller: "portcullis.dev/controller", instance: identity });
    const warnings = new Warnings({ events: this.events, log, leading: () => this.#leading });
    this.#warnings = warnings;
    this.definitions = new Definitions({ client, log });
    this.alertStream = new AlertStreamWatch({ bus, log });
    this.storage = new BusStorage({ bus, log, limits: options.storage ?? {} });
    this.informers = makeInformers(client, log, options.configMap);
    this.world = new World(
      this.informers,
      { cluster, untrackedNamespaces, baseAllowance: options.baseAllowance },
      {
        node: (name) => this.#nodeTouched(name),
        policy: (key, nodes) => this.#policyTouched(key, nodes),
        annotations: (annotated) => warnings.annotations(annotated),
        optOut: (pod) => warnings.optOut(pod),
      },
    );
    const world = this.world;
    const recorder = { client, log, controller: "portcullis.dev/controller", instance: identity };
    this.denialEvents = new EventRecorder({ ...recorder, perSecond: 1 });
    const { jsonCopies: copies = true, outputs = {} } = options;
    const sent = { copies, outputs };
    this.alertWork = new AlertWork({ bus, log, ...sent, client, world, events: this.denialEvents, isLeader });
    this.config = new GlobalConfigWatch({
      log,
      informer: this.informers.config,
      changed: (config) => world.configure(config),
      refused: (object, why) => warnings.config(object, why),
    });
    const ledger = new Ledger();
    const touched = (policies: readonly string[]) => {
      for (const policy of policies) this.statusQueue.add(policy);
    };
    const heldBy = (node: string) => this.health.status(node)?.held;
    const hears = (node: string) => this.health.enforces(node);
    const signer = () => keys.signer;
    const took = options.durations?.publish;
    this.publisher = new Publisher({ bus, world, ledger, log, isLeader, signer, heldBy, hears, touched, took });
    const pending = (policy: string) => this.publisher.pending(policy);
    const judged = { client, world, ledger, health: this.health, log, isLeader, pending };
    this.statusWriter = new StatusWriter({
      ...judged,
      enforcedAfter: options.durations?.enforced,
      // It never rejects.
      tell: (policy, news) => void this.events.record(policy, news, this.#leading),
    });
    const { publisher, statusWriter, health, nodeQueue, statusQueue, nodeCounters, statusCounters } = this;
    const sweepMs = options.sweepMs ?? 5_000;
    const { busPatienceMs: patienceMs, durations } = options;
    const { alertWork, storage } = this;
    const parts = { bus, storage, keys, log, world, ledger, publisher, statusWriter, health, isLeader, alertWork };
    const work = { nodeQueue, statusQueue, nodeCounters, statusCounters, durations };
    this.#leader = new Leader({ ...parts, ...work, sweepMs, patienceMs });
    for (const informer of Object.values(this.informers.policies)) {
      informer.on(({ object }) => {
        const key = policyKey(object);
        this.statusWriter.observed(key, object);
        // This also happens when only the status has changed: what somebody else wrote into it is put right.
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
   * Runs until the signal is aborted, then releases the lease. Everything ends together: at shutdown, or when one part of it
   * cannot go on.
   * @throws LeaseLostError, BusClosedError: the process has to end
   */
  async run(signal: AbortSignal): Promise<void> {
    const { bus, log, access } = this.#options;
    const supervisor = new Supervisor({ signal, log });
    const informers = allInformers(this.informers);
    for (const informer of informers) {
      supervisor.start(`informer of ${informer.resource.plural}`, (stop) => informer.run(stop), "fail");
    }
    supervisor.start("alert stream", (stop) => this.alertStream.run(stop));
    if (access) supervisor.start("way into NATS", (stop) => access.run(() => this.leading, stop));
    supervisor.start("logins of nodes", (stop) => letNodesIn(this.informers, this.#options, stop));
    supervisor.start("definitions", (stop) => this.definitions.watch(stop));
    supervisor.start("leader election", (stop) => this.#campaign(informers, stop), "fail");
    supervisor.start("bus", (stop) => busGone(bus, stop), "fail");
    try {
      await supervisor.ended();
    } catch (error) {
      throw causeOf(error);
    }
  }

  async #campaign(informers: ReturnType<typeof allInformers>, signal: AbortSignal): Promise<void> {
    const { keys } = this.#options;
    try {
      const synced = informers.map((informer) => informer.whenSynced(signal));
      await Promise.all([...synced, keys.open(signal), this.config.whenKnown(signal)]);
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
    // From here on changes are queued. The leader looks at everything after this, so that no change is missed in between.
    this.#leading = signal;
    try {
      for (const annotated of this.world.invalidAnnotations()) this.#warnings.annotations(annotated);
      for (const pod of this.world.optedOut()) this.#warnings.optOut(pod);
      this.config.tell();
      await this.#leader.run(signal);
    } finally {
      this.#leading = undefined;
    }
  }

  #nodeTouched(node: string): void {
    if (this.#leading) this.nodeQueue.add(node);
  }

  #policyTouched(key: string, find: () => readonly string[]): void {
    if (!this.#leading) return;
    const nodes = find();
    this.statusWriter.changed(key);
    this.publisher.expect(key, nodes);
    for (const node of nodes) this.nodeQueue.add(node);
    this.statusQueue.add(key);
  }
}

/** Resolves when the signal aborts. */
async function busGone(bus: Bus, signal: AbortSignal): Promise<void> {
  const error = await Promise.race([bus.closed, aborted(signal)]);
  if (signal.aborted) return;
  throw new BusClosedError(`the connection to NATS was closed for good: ${error?.message ?? "no reason given"}`, {
    cause: error,
  });
}

/** What made a loop fail. Its code says what to do; the supervisor's own error only says which loop it was. */
function causeOf(error: unknown): unknown {
  return error instanceof LoopError && error.cause !== undefined ? causeOf(error.cause) : error;
}
