/** The whole enforcer over a real bus; only the kernel and the container runtime are recorders at the edge. */

import { mkdirSync, rmdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { type Bus, connect, type DeliveredAlert } from "@portcullis/bus";
import { type NatsServer, startNatsServer } from "@portcullis/bus/testing";
import { MemoryLog, until } from "@portcullis/daemon/testing";
import type { NodeStatus } from "@portcullis/model";
import type { KernelSupport } from "@portcullis/native";
import type { Config } from "../src/config.ts";
import type { ContainerRuntime, Identified } from "../src/containers/cri.ts";
import { Counters } from "../src/counters.ts";
import { Enforcer } from "../src/enforcer.ts";
import { RecordingEngine, tableText, textCompiler } from "./recorder.ts";
import { bundle, bundleContainer, containerId, event, rule, ruleSet, TemporaryDirectories } from "./support.ts";

const timing = { dialTimeout: 1_000, reconnectWait: 50, requestTimeout: 1_000, reopenFirst: 20, reopenMax: 200 };
const uid = "6f5b0e5c-5a1b-4c5e-9b1a-000000000001";
const sleep = ruleSet(rule(1, "/bin/sleep"));
const cat = ruleSet(rule(1, "/bin/cat"));
const encoded = new Map([sleep, cat].map((made) => [made.digest, made.bytes]));

const directories = new TemporaryDirectories();
const stops: (() => Promise<void>)[] = [];
let server: NatsServer;
beforeAll(async () => {
  server = await startNatsServer();
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});
afterAll(async () => {
  await server.dispose();
  directories.removeAll();
});

async function client(name: string): Promise<Bus> {
  const abort = new AbortController();
  const bus = await connect({ servers: server.url, name, signal: abort.signal, log: new MemoryLog(), timing });
  stops.push(async () => {
    await bus.close();
    abort.abort();
  });
  return bus;
}

/** A node: directories, a kernel and a runtime that outlive the enforcer. */
class Node {
  readonly name: string;
  readonly engine = new RecordingEngine();
  readonly root = directories.make();
  readonly log = new MemoryLog();
  readonly identities = new Map<string, Identified>();
  support: KernelSupport = supported;
  counters = new Counters();
  enforcer!: Enforcer;
  running: Promise<void> = Promise.resolve();
  stop: () => Promise<void> = async () => {};
  connectBus = (signal: AbortSignal): Promise<Bus> =>
    connect({ servers: server.url, name: `enforcer/${this.name}`, signal, log: this.log, timing });

  constructor(name: string) {
    this.name = name;
    for (const dir of ["cg", "host", "c/usr/bin", "proc/1", "proc/10"])
      mkdirSync(join(this.root, dir), { recursive: true });
    symlinkSync("usr/bin", join(this.root, "c", "bin"));
    symlinkSync(join(this.root, "host"), join(this.root, "proc/1/root"));
    symlinkSync(join(this.root, "c"), join(this.root, "proc/10/root"));
    writeFileSync(join(this.root, "proc/10/mountinfo"), "");
    writeFileSync(join(this.root, "proc/uptime"), `${Number(process.hrtime.bigint()) / 1e9} 0\n`);
  }
  get config(): Config {
    return {
      node: this.name,
      cluster: "test",
      nats: { servers: [server.url], auth: undefined },
      hostProc: join(this.root, "proc"),
      hostRoot: "/",
      cgroupRoot: join(this.root, "cg"),
      pinDir: "/nowhere",
      stateDir: join(this.root, "state"),
      criSocket: "/nowhere",
      nativeDir: undefined,
      spoolMaxBytes: 1 << 20,
      http: { host: "127.0.0.1", port: 0 },
      logLevel: "debug",
    };
  }
  start(): void {
    const runtime: ContainerRuntime = {
      identify: async (id) => this.identities.get(id) ?? { kind: "unknown" },
      list: async () => [],
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
    stops.push(() => this.stop());
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

const supported: KernelSupport = {
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

function content(node: string, digest: string) {
  const { revision: _, ...rest } = bundle(1n, [bundleContainer({ podUid: uid, ruleSet: digest })], { node }).bundle;
  return rest;
}

async function collect(bus: Bus): Promise<DeliveredAlert[]> {
  const alerts: DeliveredAlert[] = [];
  const abort = new AbortController();
  const ready = Promise.withResolvers<void>();
  const reading = (async () => {
    for await (const alert of bus.subscribeAlerts({ signal: abort.signal, from: "new", onReady: ready.resolve })) {
      alerts.push(alert);
    }
  })();
  stops.push(async () => {
    abort.abort();
    await reading;
  });
  await ready.promise;
  return alerts;
}

function statuses(bus: Bus, node: string): NodeStatus[] {
  const seen: NodeStatus[] = [];
  const abort = new AbortController();
  const reading = (async () => {
    for await (const { node: of, status } of bus.watchNodeStatuses(abort.signal))
      if (of === node && status) seen.push(status);
  })();
  stops.push(async () => {
    abort.abort();
    await reading;
  });
  return seen;
}

const aliased = tableText(sleep.ruleSet, new Map([["/bin/sleep", ["/usr/bin/sleep"]]]));

describe("an enforcer", () => {
  it("binds a new container within 200 ms and reports a denial with policy and pod", async () => {
    const controller = await client("controller");
    await controller.ensure();
    const node = new Node("node-a");
    const alerts = await collect(controller);
    const reported = statuses(controller, "node-a");
    node.start();
    const { revision } = await controller.publishBundle(content("node-a", sleep.digest), encoded);
    await until("bundle applied", () => node.enforcer.appliedRevision === revision, 10_000);
    const cgroup = node.run(1);
    await until("bound with its symlinks", () => node.engine.rulesOf(cgroup) === aliased, 200);
    node.engine.emit(
      event({ tableId: node.engine.tableIdOf(cgroup), slot: 1, cgroupId: cgroup, object: "/usr/bin/sleep" }),
    );
    await until("alert", () => alerts.length === 1);
    expect(alerts[0]).toMatchObject({
      hostName: "node-a",
      policyName: "block-tools",
      podName: "web-1",
      containerId: containerId(1),
      labels: { app: "web" },
      resource: "/usr/bin/sleep 1",
    });
    await until("status", () => reported.some(({ boundRuleSets }) => boundRuleSets.includes(sleep.digest)));
    expect(reported.at(-1)).toMatchObject({ enforcing: true, appliedRevision: revision, kernel: "6.12.0-test" });
  }, 30_000);

  it("leaves everything bound when it ends, adopts it without a kernel write, and names events of the time between", async () => {
    const controller = await client("controller");
    await controller.ensure();
    const node = new Node("node-b");
    const cgroup = node.run(2);
    node.start();
    await controller.publishBundle(content("node-b", sleep.digest), encoded);
    await until("bound", () => node.engine.rulesOf(cgroup) === aliased, 10_000);
    const tableId = node.engine.tableIdOf(cgroup);
    await node.stop();
    expect(node.engine.rulesOf(cgroup)).toBe(aliased);

    node.engine.adopted = true;
    node.engine.calls.length = 0;
    await server.stop({ hard: true }); // the bus is away: everything comes from the disk
    const before = node.log.lines.length;
    node.start();
    await until("reconciled", () =>
      node.log.lines.slice(before).some(({ message }) => message === "first reconcile done"),
    );
    await until("its symlinks are known", () => node.enforcer.slotsUsed === 1);
    expect(node.engine.calls).toEqual([]);
    node.engine.emit(event({ tableId, sequence: 77n, cgroupId: cgroup }));
    expect(node.enforcer.spoolBytes).toBeGreaterThan(0);

    await server.start();
    const listener = await client("listener");
    const alerts: DeliveredAlert[] = [];
    const abort = new AbortController();
    const reading = (async () => {
      for await (const alert of listener.subscribeAlerts({ signal: abort.signal, from: "all" })) alerts.push(alert);
    })();
    stops.push(async () => {
      abort.abort();
      await reading;
    });
    await until(
      "the alert of the time without bus",
      () => alerts.some(({ hostName }) => hostName === "node-b"),
      20_000,
    );
    expect(alerts.find(({ hostName }) => hostName === "node-b")).toMatchObject({
      policyName: "block-tools",
      podName: "web-1",
    });
    expect(node.engine.calls).toEqual([]);
  }, 60_000);

  it("swaps the rule table when the bundle changes and clears up after a container that went", async () => {
    const controller = await client("controller");
    await controller.ensure();
    const node = new Node("node-c");
    const cgroup = node.run(3);
    node.start();
    await controller.publishBundle(content("node-c", sleep.digest), encoded);
    await until("bound", () => node.engine.rulesOf(cgroup) === aliased, 10_000);
    await controller.publishBundle(content("node-c", cat.digest), encoded);
    await until("swapped", () => node.engine.rulesOf(cgroup)?.startsWith(cat.digest) === true, 5_000);
    await controller.publishBundle(content("node-c", ""), encoded);
    await until("emptied", () => node.engine.rulesOf(cgroup) === "empty", 5_000);
    const path = join(node.root, "cg/kubepods/burstable", `pod${uid}`, containerId(3));
    // A directory tree has files where a cgroup has none that count.
    (await import("node:fs")).rmSync(join(path, "cgroup.procs"));
    rmdirSync(path);
    await until("unbound", () => node.engine.bound.size === 0, 1_000);
    expect(node.enforcer.slotsUsed).toBe(0);
  }, 30_000);

  it("says that a node cannot enforce, in the log once and in its status, and goes on", async () => {
    const controller = await client("controller");
    await controller.ensure();
    const node = new Node("node-d");
    node.support = {
      ...supported,
      canEnforce: false,
      problems: [
        { code: "LSM_BPF_INACTIVE", message: "the active LSMs are lockdown", remedy: "add bpf to lsm=", fatal: true },
      ],
    };
    const reported = statuses(controller, "node-d");
    node.start();
    await until(
      "status",
      () => reported.some(({ problems }) => problems[0]?.startsWith("LSM_BPF_INACTIVE") === true),
      10_000,
    );
    expect(reported.at(-1)).toMatchObject({ enforcing: false, appliedRevision: 0n, hooks: [] });
    expect(node.enforcer.enforcing).toBe(false);
    expect(node.engine.calls).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 1_200)); // it tried again meanwhile
    expect(node.log.lines.filter(({ message }) => message.startsWith("this node cannot enforce"))).toHaveLength(1);
  }, 30_000);

  it("ends with an error when the bus can never be had, and leaves everything bound", async () => {
    const node = new Node("node-e");
    const cgroup = node.run(5);
    node.engine.setRules(9, textCompiler.compile(sleep.ruleSet, new Map()).pack(3n));
    node.engine.bindCgroup(cgroup, 9);
    node.engine.adopted = true;
    node.connectBus = async () => {
      throw new Error("bad credentials");
    };
    node.start();
    stops.pop();
    await expect(node.running).rejects.toThrow("bad credentials");
    expect(node.engine.bound.get(cgroup)).toBe(9);
  });
});
