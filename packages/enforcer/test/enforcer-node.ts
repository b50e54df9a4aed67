/** A whole enforcer for tests, over a real bus; only the kernel and the container runtime are recorders at the edge. */

import { mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach } from "@jest/globals";
import { type Bus, connect, type DeliveredAlert } from "@portcullis/bus";
import { MemoryLog } from "@portcullis/daemon/testing";
import type { NodeStatus } from "@portcullis/model";
import type { KernelSupport } from "@portcullis/native";
import type { Config } from "../src/config.ts";
import type { ContainerRuntime, Identified, ListedContainer } from "../src/containers/cri.ts";
import { Counters } from "../src/counters.ts";
import { Enforcer } from "../src/enforcer.ts";
import { RecordingEngine, textCompiler } from "./recorder.ts";
import { acceptedKeys, containerId, TemporaryDirectories } from "./support.ts";

const timing = { dialTimeout: 1_000, reconnectWait: 50, requestTimeout: 1_000, reopenFirst: 20, reopenMax: 200 };
export const uid = "6f5b0e5c-5a1b-4c5e-9b1a-000000000001";

const directories = new TemporaryDirectories();
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});
afterAll(() => directories.removeAll());

/** What is to be done at the end of the test; the last is done first. */
export function atEnd(stop: () => Promise<void>): void {
  stops.push(stop);
}

export async function client(name: string, servers: string): Promise<Bus> {
  const abort = new AbortController();
  const bus = await connect({ servers, name, signal: abort.signal, log: new MemoryLog(), timing });
  atEnd(async () => {
    await bus.close();
    abort.abort();
  });
  return bus;
}

/** A node: directories, a kernel and a runtime that outlive the enforcer. */
export class EnforcerNode {
  readonly name: string;
  readonly servers: string;
  readonly engine = new RecordingEngine();
  readonly root = directories.make();
  readonly log = new MemoryLog();
  readonly identities = new Map<string, Identified>();
  /** What the runtime says when it is asked for all containers. */
  listed: ListedContainer[] = [];
  support: KernelSupport = supported;
  spoolMaxBytes = 1 << 20;
  alertCountsMs = 100;
  counters = new Counters();
  enforcer!: Enforcer;
  running: Promise<void> = Promise.resolve();
  stop: () => Promise<void> = async () => {};
  connectBus = (signal: AbortSignal): Promise<Bus> =>
    connect({ servers: this.servers, name: `enforcer/${this.name}`, signal, log: this.log, timing });

  constructor(name: string, servers: string) {
    this.name = name;
    this.servers = servers;
    for (const dir of ["cg", "host", "keys", "c/usr/bin", "proc/1", "proc/10"])
      mkdirSync(join(this.root, dir), { recursive: true });
    symlinkSync("usr/bin", join(this.root, "c", "bin"));
    symlinkSync(join(this.root, "host"), join(this.root, "proc/1/root"));
    symlinkSync(join(this.root, "c"), join(this.root, "proc/10/root"));
    writeFileSync(join(this.root, "proc/10/mountinfo"), "");
    writeFileSync(join(this.root, "keys/keys.json"), String(acceptedKeys));
    writeFileSync(join(this.root, "proc/uptime"), `${Number(process.hrtime.bigint()) / 1e9} 0\n`);
  }
  get config(): Config {
    return {
      node: this.name,
      cluster: "test",
      nats: { servers: [this.servers], auth: undefined },
      hostProc: join(this.root, "proc"),
      hostRoot: "/",
      cgroupRoot: join(this.root, "cg"),
      pinDir: "/nowhere",
      stateDir: join(this.root, "state"),
      bundleKeys: join(this.root, "keys", "keys.json"),
      criSocket: "/nowhere",
      nativeDir: undefined,
      spoolMaxBytes: this.spoolMaxBytes,
      spoolKeepMs: 180_000,
      alertCountsMs: this.alertCountsMs,
      hostVitalPrograms: [],
      hostRecordingMs: 600_000,
      http: { host: "127.0.0.1", port: 0 },
      logLevel: "debug",
    };
  }
  /** Starts the enforcer; it is stopped at the end of the test. */
  start(): void {
    this.startAlone();
    atEnd(() => this.stop());
  }
  /** Starts an enforcer that ends by itself. */
  startAlone(): void {
    const runtime: ContainerRuntime = {
      identify: async (id) => this.identities.get(id) ?? { kind: "unknown" },
      list: async () => this.listed,
      close: () => {},
    };
    this.counters = new Counters();
    this.enforcer = new Enforcer({
      config: this.config,
      log: this.log,
      counters: this.counters,
      boot: "boot-1",
      nodeId: "machine",
      runtime,
      probe: () => this.support,
      openEngine: async () => this.engine,
      compilerFor: () => textCompiler,
      connectBus: (signal) => this.connectBus(signal),
    });
    const abort = new AbortController();
    this.running = this.enforcer.run(abort.signal);
    this.stop = async () => {
      abort.abort();
      await this.running;
    };
  }
  /** Removes the cgroup of a container: it has ended. */
  end(n: number): void {
    rmSync(join(this.root, "cg/kubepods/burstable", `pod${uid}`, containerId(n)), { recursive: true });
  }
  /** Makes the cgroup of a container of the pod; returns its id. */
  run(n: number): bigint {
    const id = containerId(n);
    const identity = {
      containerId: id,
      container: "app",
      pod: "web-1",
      namespace: "shop",
      podUid: uid,
      image: "shop/web:1",
    };
    this.identities.set(id, { kind: "container", container: identity });
    const path = join(this.root, "cg/kubepods/burstable", `pod${uid}`, id);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, "cgroup.procs"), "10\n");
    return statSync(path, { bigint: true }).ino;
  }
}

export const supported: KernelSupport = {
  kernel: "6.12.0-test",
  arch: "x64",
  activeLsms: ["bpf"],
  bpfLsm: true,
  btf: true,
  cgroup2: true,
  preempt: "voluntary",
  canEnforce: true,
  problems: [],
  hooks: [],
};

/** The alerts that arrive from now on. */
export async function collect(bus: Bus): Promise<DeliveredAlert[]> {
  const alerts: DeliveredAlert[] = [];
  const abort = new AbortController();
  const ready = Promise.withResolvers<void>();
  const reading = (async () => {
    for await (const alert of bus.subscribeAlerts({ signal: abort.signal, from: "new", onReady: ready.resolve })) {
      alerts.push(alert);
    }
  })();
  atEnd(async () => {
    abort.abort();
    await reading;
  });
  await ready.promise;
  return alerts;
}

/** The statuses of a node as they arrive. */
export function statuses(bus: Bus, node: string): NodeStatus[] {
  const seen: NodeStatus[] = [];
  const abort = new AbortController();
  const reading = (async () => {
    for await (const { node: of, status } of bus.watchNodeStatuses(abort.signal))
      if (of === node && status) seen.push(status);
  })();
  atEnd(async () => {
    abort.abort();
    await reading;
  });
  return seen;
}
