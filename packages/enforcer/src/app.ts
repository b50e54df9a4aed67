/**
 * The enforcer, wired: one process per node. Everything from outside is passed in. Order at the start: the kernel engine
 * is opened (what it holds stays in force), the slot table and the kept bundle are read, containers are looked for and
 * bound; the bus joins whenever it answers. At the end everything stays bound.
 */

import { join } from "node:path";
import type { Bus } from "@portcullis/bus";
import { aborted, Supervisor } from "@portcullis/daemon";
import { alertIntake } from "./alerts/intake.ts";
import { publishSpooled } from "./alerts/publish.ts";
import { RuleSetHistory } from "./alerts/rule-sets.ts";
import { Spool } from "./alerts/spool.ts";
import { CompiledCache } from "./bind/compiled.ts";
import { LinkCache } from "./bind/link-cache.ts";
import { resolveLinks } from "./bind/links.ts";
import { Reconciler } from "./bind/reconcile.ts";
import { openRoot } from "./bind/root.ts";
import { SlotTable } from "./bind/slots.ts";
import { BundleReceiver } from "./bundles/receive.ts";
import { BundleStore } from "./bundles/store.ts";
import type { Config } from "./config.ts";
import { CgroupWatch } from "./containers/cgroups.ts";
import { Containers } from "./containers/containers.ts";
import type { ContainerRuntime } from "./containers/cri.ts";
import { type EngineSource, type KernelEngine, openEngine } from "./engine.ts";
import { bootToEpoch, systemClock } from "./host/clock.ts";
import type { Counters } from "./host/counters.ts";
import { Wake } from "./host/wake.ts";
import type { Compiler, Log } from "./ports.ts";
import { NodeStatusReporter } from "./status.ts";

export interface EnforcerParts extends EngineSource {
  readonly config: Config;
  readonly log: Log;
  readonly counters: Counters;
  readonly boot: string;
  readonly nodeId: string;
  readonly runtime: ContainerRuntime;
  readonly compilerFor: (seed: readonly [bigint, bigint]) => Compiler;
  readonly connectBus: (signal: AbortSignal) => Promise<Bus>;
}

/** What health and metrics read. */
export interface EnforcerView {
  readonly ready: boolean;
  readonly enforcing: boolean;
  readonly appliedRevision: bigint;
  readonly slotsUsed: number;
  readonly spoolBytes: number;
  kernelCounters(): Record<string, number>;
}

export class Enforcer implements EnforcerView {
  readonly #parts: EnforcerParts;
  readonly #store: BundleStore;
  readonly #history: RuleSetHistory;
  readonly #spool: Spool;
  readonly #spooled = new Wake();
  readonly #cgroupsChanged = new Wake();
  readonly #reconcile = new Wake();
  readonly #cgroups: CgroupWatch;
  readonly #containers: Containers;
  readonly #receiver: BundleReceiver;
  readonly #status: NodeStatusReporter;
  readonly #table: SlotTable;
  readonly #firstOpen = Promise.withResolvers<void>();
  #engine: KernelEngine | undefined;
  #bus: Bus | undefined;
  #passes = 0;

  constructor(parts: EnforcerParts) {
    this.#parts = parts;
    const { config, log, counters, runtime, boot } = parts;
    const count = counters.count;
    this.#store = new BundleStore(config.stateDir);
    this.#history = new RuleSetHistory((digest) => this.#store.pathOf(digest));
    this.#table = new SlotTable(join(config.stateDir, "slots"), boot, (error) => {
      count("state_write_failures");
      log.error("the slot table cannot be kept on disk", { error });
    });
    this.#spool = new Spool({
      dir: join(config.stateDir, "spool"),
      maxBytes: config.spoolMaxBytes,
      segmentBytes: Math.min(4 << 20, Math.ceil(config.spoolMaxBytes / 8)),
      dropped: (dropped, reason, error) => this.#dropped(dropped, reason, error),
    });
    const changed = () => this.#reconcile.set();
    this.#cgroups = new CgroupWatch({
      root: config.cgroupRoot,
      log,
      changed: () => {
        this.#cgroupsChanged.set();
        changed();
      },
    });
    this.#containers = new Containers({ cgroups: this.#cgroups, runtime, log, count });
    this.#receiver = new BundleReceiver({
      node: config.node,
      store: this.#store,
      log,
      count,
      accepted: ({ ruleSets }) => {
        this.#history.replace(ruleSets);
        changed();
      },
      alsoNeeded: () => this.#table.digests(),
    });
    this.#status = new NodeStatusReporter({
      node: config.node,
      kernel: parts.probe().kernel,
      passing: () => this.#passingProblems(),
      counters: () => counters.snapshot(this.kernelCounters()),
      log,
      count,
    });
  }

  get ready(): boolean {
    return this.#bus !== undefined || this.#receiver.inForce !== undefined;
  }
  get enforcing(): boolean {
    return this.#status.engine.enforcing;
  }
  get appliedRevision(): bigint {
    return this.#status.appliedRevision;
  }
  get slotsUsed(): number {
    return this.#table.size;
  }
  get spoolBytes(): number {
    return this.#spool.bytes;
  }
  kernelCounters(): Record<string, number> {
    return this.#engine?.counters() ?? {};
  }

  /** Runs until the signal aborts. Rejects when the bus connection was closed for good. */
  async run(signal: AbortSignal): Promise<void> {
    const { log, runtime, counters } = this.#parts;
    await this.#receiver.restore();
    this.#containers.remember([...this.#table.records].map(({ subject }) => subject));
    const supervisor = new Supervisor({ signal, log, onRestart: () => counters.count("loop_restarts") });
    supervisor.start("cgroups", async (s) => {
      if (await this.#opened(s)) await this.#cgroups.run(s);
    });
    supervisor.start("containers", async (s) => {
      if (await this.#opened(s)) await this.#containers.run(this.#cgroupsChanged, () => this.#reconcile.set(), s);
    });
    supervisor.start("engine", (s) => this.#enforce(s));
    supervisor.start("bus", (s) => this.#useBus(supervisor, s), "fail");
    try {
      await supervisor.ended();
    } finally {
      await this.#bus?.close();
      this.#spool.close();
      runtime.close();
      log.info("enforcer stopped, everything stays bound");
    }
  }

  /** Containers are looked for once there is an engine to bind them in. False: aborted first. */
  async #opened(signal: AbortSignal): Promise<boolean> {
    await Promise.race([this.#firstOpen.promise, aborted(signal)]);
    return !signal.aborted;
  }

  /** Opens the engine, sooner or later, and reconciles with it. */
  async #enforce(signal: AbortSignal): Promise<void> {
    const { log, counters, config, boot, nodeId, compilerFor } = this.#parts;
    const engine = await openEngine(this.#parts, (state) => this.#status.setEngine(state), log, signal);
    if (!engine) return;
    if (!engine.adopted) this.#table.clear();
    const clock = systemClock(config.hostProc);
    const intake = alertIntake({
      sources: {
        table: this.#table,
        ruleSet: (digest) => this.#history.get(digest),
        workload: (podUid, container) =>
          this.#receiver.inForce?.bundle.containers.find((w) => w.podUid === podUid && w.container === container),
      },
      origin: () => ({
        cluster: this.#receiver.inForce?.bundle.cluster || config.cluster,
        node: config.node,
        nodeId,
        boot,
        bootToEpoch: bootToEpoch(clock),
      }),
      spool: this.#spool,
      wake: this.#spooled,
      log,
      count: counters.count,
    });
    try {
      this.#engine = engine;
      this.#firstOpen.resolve();
      const compiler = compilerFor(engine.seed);
      const links = new LinkCache({
        resolve: async ({ cgroupPath }, names) => resolveLinks(await openRoot(config.hostProc, cgroupPath), names),
        names: (ruleSet) => compiler.pathsToResolve(ruleSet),
        changed: () => this.#reconcile.set(),
        log,
      });
      const compiled = new CompiledCache(compiler);
      const reconciler = new Reconciler({ engine, table: this.#table, compiled, links, log, count: counters.count });
      const events = engine.onEvents(intake);
      try {
        await this.#reconcileLoop(reconciler, links, signal);
      } finally {
        events.close();
      }
    } finally {
      this.#engine = undefined;
      engine.close();
    }
  }

  async #reconcileLoop(reconciler: Reconciler, links: LinkCache, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const inForce = this.#receiver.inForce;
      if (inForce) {
        const outcome = reconciler.pass(
          inForce,
          this.#containers.known,
          this.#containers.present,
          this.#containers.unidentifiedPods,
        );
        if (outcome.more) this.#reconcile.set();
        else this.#status.setOutcome(outcome);
        this.#passes += 1;
        if (this.#passes === 1) this.#parts.log.info("first reconcile done", { revision: inForce.bundle.revision });
      }
      await new Promise((resolve) => setImmediate(resolve));
      await this.#reconcile.wait(Math.min(5_000, links.nextDue() - Date.now()), signal);
    }
  }

  /** Connects, for as long as it takes, and starts what needs the bus. Rejects when the connection is closed for good. */
  async #useBus(supervisor: Supervisor, signal: AbortSignal): Promise<void> {
    const { connectBus, log, counters } = this.#parts;
    const bus = await connectBus(signal);
    this.#bus = bus;
    supervisor.start("bundles", (s) => this.#receiver.run(bus, s));
    supervisor.start("alerts", (s) =>
      publishSpooled(bus, { spool: this.#spool, wake: this.#spooled, log, count: counters.count }, s),
    );
    supervisor.start("status", (s) => this.#status.run(bus, s));
    const closed = await Promise.race([bus.closed, aborted(signal)]);
    if (!signal.aborted) throw closed ?? new Error("the bus connection was closed");
  }

  #passingProblems(): string[] {
    const problems: string[] = [];
    if (this.#containers.runtimeDown) {
      problems.push(
        `ENFORCER_RUNTIME_UNAVAILABLE: the container runtime at ${this.#parts.config.criSocket} does not answer`,
      );
    }
    for (const id of this.#containers.unidentified) {
      problems.push(`ENFORCER_CONTAINER_UNIDENTIFIED: the runtime does not name the container ${id}: it is not bound`);
    }
    if (this.enforcing && !this.#receiver.inForce)
      problems.push("ENFORCER_NO_BUNDLE: no bundle has arrived for this node yet");
    return problems;
  }

  #dropped(count: number, reason: "limit" | "disk", error: unknown): void {
    this.#parts.counters.count("spool_dropped", count);
    const before = this.#parts.counters.values.get("spool_dropped")! - count;
    if (before === 0) this.#parts.log.error("alerts were dropped from the spool", { count, reason, error });
  }
}
