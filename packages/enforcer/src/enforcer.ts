/**
 * The enforcer, wired: one process per node. Everything from outside is passed in. Order at the start: the kernel engine
 * is opened (what it holds stays in force), the slot table and the kept bundle are read, containers are looked for and
 * bound; the bus joins whenever it answers. At the end everything stays bound. Long because every part is
 * put together here and nowhere else.
 */

import { join } from "node:path";
import type { Bus } from "@portcullis/bus";
import { aborted, type Log, Supervisor } from "@portcullis/daemon";
import { Alerts, type AlertsOptions } from "./alerts/alerts.ts";
import { logSink, logSource } from "./alerts/logs.ts";
import { throttledFile } from "./alerts/throttled-kept.ts";
import type { Compiler } from "./bind/compiler.ts";
import { SlotJournal } from "./bind/slot-journal.ts";
import { SlotTable } from "./bind/slot-table.ts";
import { BootTime, machineTime } from "./boot-time.ts";
import { AcceptedKeys } from "./bundles/accepted-keys.ts";
import { BundleReceiver } from "./bundles/receiver.ts";
import { BundleStore } from "./bundles/store.ts";
import type { Config } from "./config.ts";
import { CgroupWatch } from "./containers/cgroups.ts";
import { Containers } from "./containers/containers.ts";
import type { ContainerRuntime } from "./containers/cri.ts";
import { type Count, type Counters, countOfLogs } from "./counters.ts";
import { Enforcement } from "./enforcement.ts";
import { type EngineSource, failedState, type KernelEngine, openEngine } from "./engine.ts";
import { HostRecording } from "./host/recording.ts";
import type { Durations } from "./metrics.ts";
import { NodeStatusReporter, passingProblems } from "./status.ts";
import { Wake } from "./wake.ts";

interface EnforcerParts extends EngineSource {
  readonly config: Config;
  readonly log: Log;
  readonly counters: Counters;
  readonly durations?: Durations;
  readonly boot: string;
  readonly nodeId: string;
  readonly runtime: ContainerRuntime;
  readonly compilerFor: (seed: readonly [bigint, bigint]) => Compiler;
  readonly connectBus: (signal: AbortSignal) => Promise<Bus>;
}

/** Where alerts or logs lie, and how much of the room they have. */
interface SpoolShare {
  readonly dir: string;
  readonly share: number;
  readonly keepMs: number;
  readonly count: Count;
  readonly throttling?: AlertsOptions["throttling"];
}

export class Enforcer {
  readonly #parts: EnforcerParts;
  readonly #table: SlotTable;
  readonly #keys: AcceptedKeys;
  readonly #receiver: BundleReceiver;
  readonly #alerts: Alerts;
  readonly #logs: Alerts;
  readonly #recording: HostRecording;
  readonly #cgroups: CgroupWatch;
  readonly #containers: Containers;
  readonly #status: NodeStatusReporter;
  readonly #cgroupsChanged = new Wake();
  /** Something changed that a pass of the reconciler has to look at. */
  readonly #bindingsChanged = new Wake();
  readonly #firstOpen = Promise.withResolvers<void>();
  #engine: KernelEngine | undefined;
  #enforcement: Enforcement | undefined;
  #bus: Bus | undefined;
  readonly #startedAt = performance.now();

  constructor(parts: EnforcerParts) {
    this.#parts = parts;
    const { config, log, counters, runtime, boot } = parts;
    const { count } = counters;
    const { node, stateDir } = config;
    this.#table = new SlotTable(new SlotJournal(join(stateDir, "slots"), boot), (error) => {
      count("state_write_failures");
      log.error("the slot table cannot be kept on disk", { error });
    });
    const store = new BundleStore(stateDir);
    const throttling = {
      path: join(stateDir, throttledFile),
      limits: () => this.#receiver.inForce?.bundle.throttling,
    };
    this.#alerts = this.#alertsOf(store, { dir: "spool", share: 1, keepMs: config.spoolKeepMs, count, throttling });
    // What is only visible is worth less than an alert: it has a quarter of the room, and is not kept once it was acknowledged.
    this.#logs = this.#alertsOf(store, { dir: "spool-logs", share: 4, keepMs: 0, count: countOfLogs(count) });
    this.#recording = new HostRecording({
      path: join(stateDir, "host-recording"),
      boot,
      periodMs: config.hostRecordingMs,
      unwritable: (error) => {
        count("state_write_failures");
        log.error("the recording of the host cannot be kept on disk", { error });
      },
    });
    this.#keys = new AcceptedKeys({ path: config.bundleKeys, log, count });
    this.#receiver = new BundleReceiver({
      node,
      store,
      keys: () => this.#keys.current,
      log,
      count,
      accepted: ({ ruleSets }) => {
        this.#alerts.ruleSetsInForce(ruleSets);
        this.#bindingsChanged.set();
      },
      alsoNeeded: () => this.#table.digests(),
      problemChanged: () => this.#status.changed(),
    });
    this.#cgroups = new CgroupWatch({
      root: config.cgroupRoot,
      log,
      changed: () => {
        this.#cgroupsChanged.set();
        this.#bindingsChanged.set();
      },
    });
    this.#containers = new Containers({ cgroups: this.#cgroups, runtime, log, count });
    this.#status = new NodeStatusReporter({
      node,
      kernel: parts.probe().kernel,
      passing: () => this.#passingProblems(),
      bundleProblem: () => this.#receiver.problem,
      counters: () => counters.snapshot(this.kernelCounters()),
      log,
      count,
    });
  }

  /** Whether it knows what to enforce. */
  get hasBundle(): boolean {
    return this.#receiver.inForce !== undefined;
  }
  /** Whether a bundle has come since the start, whether it was accepted or not. */
  get offered(): boolean {
    return this.#receiver.offered;
  }
  get sinceStartMs(): number {
    return performance.now() - this.#startedAt;
  }
  /** Why this node does not enforce; empty when it does. */
  get hindrance(): string {
    return this.enforcing ? "" : this.#status.engine.problems.join("; ") || "the kernel engine is not in force";
  }
  /** Milliseconds since the last pass over the containers; 0 while the engine is not open. */
  get sinceTurnMs(): number {
    return this.#enforcement?.sinceTurnMs ?? 0;
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
    return this.#alerts.spoolBytes;
  }
  kernelCounters(): Record<string, number> {
    return this.#engine?.counters() ?? {};
  }

  /** Runs until the signal aborts. Rejects when the bus connection was closed for good. */
  async run(signal: AbortSignal): Promise<void> {
    const { log, runtime, counters } = this.#parts;
    await this.#keys.load();
    await this.#receiver.restore();
    this.#containers.remember([...this.#table.records].map(({ binding }) => binding));
    const supervisor = new Supervisor({ signal, log, onRestart: () => counters.count("loop_restarts") });
    supervisor.start("keys", (s) => this.#keys.run(() => this.#receiver.keysChanged(), s));
    supervisor.start("cgroups", async (s) => {
      if (await this.#opened(s)) await this.#cgroups.run(s);
    });
    supervisor.start("containers", async (s) => {
      if (await this.#opened(s)) await this.#containers.run(this.#cgroupsChanged, () => this.#bindingsChanged.set(), s);
    });
    supervisor.start("engine", (s) => this.#enforce(s));
    supervisor.start("bus", (s) => this.#useBus(supervisor, s), "fail");
    try {
      await supervisor.ended();
    } finally {
      await this.#bus?.close();
      await this.#alerts.close();
      await this.#logs.close();
      runtime.close();
      log.info("enforcer stopped, everything stays bound");
    }
  }

  #alertsOf(store: BundleStore, { dir, share, keepMs, count, throttling }: SpoolShare): Alerts {
    const { config, log, nodeId, boot } = this.#parts;
    const bootTime = new BootTime(machineTime(config.hostProc));
    return new Alerts({
      spoolDir: join(config.stateDir, dir),
      spoolMaxBytes: Math.ceil(config.spoolMaxBytes / share),
      keepAcknowledgedMs: keepMs,
      countsEveryMs: config.alertCountsMs,
      table: this.#table,
      ruleSetPath: (digest) => store.pathOf(digest),
      bundleContainer: (podUid, container) =>
        this.#receiver.inForce?.bundle.containers.find((of) => of.podUid === podUid && of.container === container),
      throttling,
      took: this.#parts.durations?.publish,
      origin: () => ({
        cluster: this.#receiver.inForce?.bundle.cluster || config.cluster,
        node: config.node,
        nodeId,
        boot,
        bootToEpochNs: bootTime.toEpochNs(),
        dropsProcessResources: this.#receiver.inForce?.bundle.dropsProcessResources,
      }),
      log,
      count,
    });
  }

  /** Containers are looked for once there is an engine to bind them in. False: aborted first. */
  async #opened(signal: AbortSignal): Promise<boolean> {
    await Promise.race([this.#firstOpen.promise, aborted(signal)]);
    return !signal.aborted;
  }

  /** Opens the engine, sooner or later, and enforces with it until the signal aborts. Rejects when that fails. */
  async #enforce(signal: AbortSignal): Promise<void> {
    const report = this.#status.setEngine.bind(this.#status);
    const engine = await openEngine({ ...this.#parts, report }, signal);
    if (!engine) return;
    try {
      await this.#enforceWith(engine, signal);
    } catch (error) {
      // What earlier passes said proves nothing of the containers that come now.
      report(failedState(error));
      throw error;
    }
  }

  async #enforceWith(engine: KernelEngine, signal: AbortSignal): Promise<void> {
    const { log, counters, config, compilerFor } = this.#parts;
    if (!engine.adopted) this.#table.clear();
    this.#engine = engine;
    this.#firstOpen.resolve();
    try {
      const enforcement = new Enforcement({
        engine,
        compiler: compilerFor(engine.seed),
        hostProc: config.hostProc,
        cgroupRoot: config.cgroupRoot,
        lacks: this.#status.engine.lacks,
        table: this.#table,
        recording: this.#recording,
        vitalPrograms: config.hostVitalPrograms,
        containers: this.#containers,
        inForce: () => this.#receiver.inForce,
        changed: this.#bindingsChanged,
        report: (outcome) => this.#status.setOutcome(outcome),
        released: () => {
          this.#alerts.containerEnded();
          this.#logs.containerEnded();
        },
        took: this.#parts.durations?.bind,
        log,
        count: counters.count,
      });
      this.#enforcement = enforcement;
      const events = [this.#alerts.listen(engine), this.#logs.listen(logSource(engine, this.#recording))];
      try {
        await enforcement.run(signal);
      } finally {
        for (const reading of events) reading.close();
      }
    } finally {
      this.#engine = undefined;
      this.#enforcement = undefined;
      engine.close();
    }
  }

  /** Connects, for as long as it takes, and starts what needs the bus. Rejects when the connection is closed for good. */
  async #useBus(supervisor: Supervisor, signal: AbortSignal): Promise<void> {
    const bus = await this.#parts.connectBus(signal);
    this.#bus = bus;
    supervisor.start("bundles", (s) => this.#receiver.run(bus, s));
    supervisor.start("alerts", (s) => this.#alerts.publish(bus, s));
    supervisor.start("logs", (s) => this.#logs.publish(logSink(bus), s));
    supervisor.start("status", (s) => this.#status.run(bus, s));
    const closed = await Promise.race([bus.closed, aborted(signal)]);
    if (!signal.aborted) throw closed ?? new Error("the bus connection was closed");
  }

  #passingProblems(): string[] {
    return passingProblems({
      silentRuntime: this.#containers.runtimeDown ? this.#parts.config.criSocket : undefined,
      unidentified: this.#containers.unidentified,
      lacksBundle: this.enforcing && !this.#receiver.inForce,
      keys: this.#keys.problem,
      alerts: this.#alerts.problems,
    });
  }
}
