/** The verb `check`, as the chart's `helm test` runs it: a process of its own beside a real controller, a real API server and a real NATS. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { until } from "@portcullis/daemon/testing";
import { apply } from "@portcullis/kube";
import { freePort } from "@portcullis/kube/testing";
import { nodeReport } from "../src/installation/node-report.ts";
import { NodeHealth, silenceMs } from "../src/status/node-health.ts";
import { Cluster, nodeStatus } from "./cluster.ts";

const main = join(import.meta.dirname, "../src/main.ts");
const daemonSet = { group: "apps", version: "v1", plural: "daemonsets", kind: "DaemonSet" };

describe("the report of nodes", () => {
  it("has each node of the cluster in one place, with what is wrong with it", () => {
    let now = 0;
    const health = new NodeHealth(() => now);
    health.hear("silent", nodeStatus("silent"));
    now = silenceMs + 1;
    health.fallenSilent();
    health.hear("good", nodeStatus("good"));
    health.hear("bad", nodeStatus("bad", { enforcing: false, problems: ["no BPF LSM", "no BTF"] }));
    health.hear("behind", nodeStatus("behind", { bundleProblem: "ENFORCER_BUNDLE_STALE" }));
    health.hear("lay-there", nodeStatus("lay-there"), true);
    const nodes = ["good", "bad", "behind", "silent", "lay-there", "new"];
    expect(nodeReport(health, nodes, true)).toEqual({
      leading: true,
      enforcing: 1,
      failing: {
        count: 2,
        first: [
          { node: "bad", problem: "no BPF LSM; no BTF" },
          { node: "behind", problem: "ENFORCER_BUNDLE_STALE" },
        ],
      },
      silent: { count: 1, first: ["silent"] },
      unheard: { count: 1, first: ["lay-there"] },
      absent: { count: 1, first: ["new"] },
    });
  });

  it("is bounded in a large cluster, and empty in a replica that hears no node", () => {
    const nodes = Array.from({ length: 5_000 }, (_, n) => `node-${n}`);
    const health = new NodeHealth();
    for (const node of nodes) health.hear(node, nodeStatus(node, { enforcing: false, problems: ["x".repeat(5_000)] }));
    const report = nodeReport(health, nodes, true);
    expect(report.failing.count).toBe(5_000);
    expect(JSON.stringify(report).length).toBeLessThan(10_000);
    expect(nodeReport(health, nodes, false)).toMatchObject({
      leading: false,
      failing: { count: 0 },
      absent: { count: 0 },
    });
  });
});

describe("the check of an installation", () => {
  let cluster: Cluster;
  let controller: ChildProcess;
  let port = 0;
  beforeAll(async () => {
    [cluster, port] = [await Cluster.start(), await freePort()];
    await cluster.node("node-1");
    controller = spawn(process.execPath, [main], {
      env: {
        ...{ NATS_URL: cluster.nats.url, POD_NAMESPACE: "default", POD_NAME: "controller-a" },
        ...{ KUBECONFIG: cluster.api.kubeconfigFile(), HTTP_ADDRESS: `127.0.0.1:${port}` },
      },
      stdio: "ignore",
    });
    await until("it leads", async () => {
      const report = await fetch(`http://127.0.0.1:${port}/nodes`).then((answer) => answer.json());
      return (report as { leading: boolean }).leading;
    });
  }, 120_000);
  afterAll(async () => {
    controller?.kill("SIGTERM");
    if (controller?.exitCode === null) await once(controller, "exit");
    await cluster?.stop();
  });

  async function enforcersWanted(count: number): Promise<void> {
    const target = { resource: daemonSet, namespace: "default", name: "enforcer" };
    const selector = { matchLabels: { app: "enforcer" } };
    const template = {
      metadata: { labels: selector.matchLabels },
      spec: { containers: [{ name: "enforcer", image: "enforcer:1" }] },
    };
    await apply(cluster.client, target, { spec: { selector, template } }, { fieldManager: "test" });
    const status = {
      ...{ desiredNumberScheduled: count, currentNumberScheduled: count },
      ...{ numberMisscheduled: 0, numberReady: 0 },
    };
    await apply(cluster.client, { ...target, subresource: "status" }, { status }, { fieldManager: "test" });
  }

  function check(more: Record<string, string | undefined> = {}): Promise<{ status: number; said: string }> {
    const environment = {
      ...{ NATS_URL: cluster.nats.url, CONTROLLERS: `127.0.0.1:${port}`, POD_NAMESPACE: "default" },
      ...{ ENFORCER_DAEMON_SET: "enforcer", KUBECONFIG: cluster.api.kubeconfigFile(), CHECK_SECONDS: "1" },
      ...more,
    };
    const env = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined));
    return new Promise((resolve) => {
      execFile(process.execPath, [main, "check"], { env: env as NodeJS.ProcessEnv }, (error, stdout, stderr) =>
        resolve({ status: error === null ? 0 : Number(error.code), said: stdout + stderr }),
      );
    });
  }

  it("says what is missing while no enforcer has reported, and that a node does not enforce, and why", async () => {
    await enforcersWanted(1);
    const none = await check();
    expect(none.status).toBe(1);
    expect(none.said).toMatch(
      /^FAILED nodes: 0 of 1 nodes enforce; 1 of 1 enforcers have not reported; of these nodes: node-1$/m,
    );
    await cluster.report("node-1", { enforcing: false, problems: ["NATIVE_NO_BPF_LSM: bpf is not active"] });
    const failing = await check({ CHECK_SECONDS: "5" });
    expect(failing.status).toBe(1);
    expect(failing.said).toMatch(/^FAILED nodes: .*node-1 does not enforce: NATIVE_NO_BPF_LSM: bpf is not active$/m);
    expect(failing.said).toMatch(/^ok {5}controller: the replica is ready$/m);
  }, 60_000);

  it("finds nothing wrong once every node with an enforcer enforces, and says which have none", async () => {
    await cluster.node("windows");
    await cluster.report("node-1");
    const { status, said } = await check({ CHECK_SECONDS: "30" });
    expect(said).toMatch(/^ok {5}NATS: a reader is let in at nats:.*the stream of alerts is there/m);
    expect(said).toMatch(/^ok {5}nodes: all 1 nodes with an enforcer enforce; 1 nodes have no enforcer: windows$/m);
    expect(status).toBe(0);
  }, 60_000);

  it("says that NATS, or the controller, is not there, and what to look at", async () => {
    const free = await freePort();
    const { status, said } = await check({ NATS_URL: `nats://127.0.0.1:${free}`, CONTROLLERS: `127.0.0.1:${free}` });
    expect(status).toBe(1);
    expect(said).toMatch(/^FAILED NATS: nats:\S+ does not let a reader in within 10 s: .*NetworkPolicy/m);
    expect(said).toMatch(/^FAILED controller: the replica at 127.0.0.1 does not answer: .*ECONNREFUSED/m);
    expect(said).toMatch(/^FAILED nodes: no replica of the controller leads yet/m);
  }, 60_000);

  it("does not ask a server of which it does not know how a reader logs in, and refuses an environment without its values", async () => {
    expect((await check({ NATS_URL: undefined })).said).toMatch(/^ok {5}NATS: not asked/m);
    const wrong = await check({ CONTROLLERS: "nowhere", ENFORCER_DAEMON_SET: undefined });
    expect(wrong).toMatchObject({ status: 2 });
    expect(wrong.said).toContain("CONTROLLERS: is not host:port");
    expect(wrong.said).toContain("ENFORCER_DAEMON_SET: set it");
  }, 60_000);
});
