import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { decodeBundle } from "@portcullis/bus";
import { promlint, until } from "@portcullis/daemon/testing";
import { type KubeObject, objectPath } from "@portcullis/kube";
import { freePort } from "@portcullis/kube/testing";
import type { Bundle } from "@portcullis/model";
import { policyResource } from "../src/watch/objects.ts";
import { blocking, Cluster, condition } from "./cluster.ts";

const main = join(import.meta.dirname, "../src/main.ts");

interface Process {
  readonly child: ChildProcess;
  readonly url: string;
  output: string;
}

describe("two controller processes", () => {
  let cluster: Cluster;
  const processes: Process[] = [];

  beforeAll(async () => {
    cluster = await Cluster.start();
    await cluster.node("node-1");
    await cluster.namespace("shop");
    await cluster.pod({ namespace: "shop", name: "web", node: "node-1", labels: { group: "group-1" } });
    await cluster.policy({ kind: "KubeArmorPolicy", namespace: "shop", name: "first", spec: blocking("/bin/first") });
  }, 120_000);
  afterAll(async () => {
    for (const { child } of processes) if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    await cluster?.stop();
  });

  async function start(name: string): Promise<Process> {
    const port = await freePort();
    const child = spawn(process.execPath, [main], {
      env: {
        NATS_URL: cluster.nats.url,
        POD_NAMESPACE: "default",
        POD_NAME: name,
        KUBECONFIG: cluster.api.kubeconfigFile(),
        HTTP_ADDRESS: `127.0.0.1:${port}`,
        // Nothing is ever sent there: there is no alert.
        OTLP_ENDPOINT: "http://localhost:4318",
        REPORTS_MINUTES: "5",
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const started: Process = { child, url: `http://127.0.0.1:${port}`, output: "" };
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (bytes) => (started.output += String(bytes)));
    processes.push(started);
    await until(`${name} is ready: ${started.output}`, async () => (await fetch(`${started.url}/readyz`)).ok);
    return started;
  }

  const leads = async ({ url }: Process): Promise<boolean> =>
    (await (await fetch(`${url}/metrics`)).text()).includes("\nportcullis_controller_leader 1");
  const blocked = async () => (await cluster.blocked("node-1"))["web/main"] ?? [];

  it("hand over after a crash and after an orderly end: no empty bundle, no lower revision, nothing missed", async () => {
    const seen: Bundle[] = [];
    const stop = new AbortController();
    const a = await start("controller-a");
    await until("a leads", () => leads(a));
    await until("the first policy", async () => (await blocked()).includes("/bin/first"));
    const watching = (async () => {
      for await (const bytes of cluster.bus.watchBundle("node-1", stop.signal)) seen.push(decodeBundle(bytes));
    })();
    const b = await start("controller-b");
    expect(await leads(b)).toBe(false);
    const page = await (await fetch(`${a.url}/metrics`)).text();
    expect(promlint(page)).toEqual([]);
    expect(page).toMatch(/^portcullis_build_info\{component="controller",.*\} 1$/m);
    expect(page).toMatch(/^portcullis_controller_output_alerts_delivered_total\{output="otlp"\} 0$/m);
    expect(page).toMatch(/^portcullis_controller_reconcile_duration_seconds_count\{queue="node"\} [1-9]/m);
    expect(page).toMatch(/^portcullis_controller_bundle_publish_duration_seconds_count [1-9]/m);

    a.child.kill("SIGKILL");
    await cluster.policy({ kind: "KubeArmorPolicy", namespace: "shop", name: "second", spec: blocking("/bin/second") });
    await until("b has taken over", async () => (await blocked()).includes("/bin/second"), 40_000);
    expect(await leads(b)).toBe(true);
    expect(await blocked()).toEqual(["/bin/first", "/bin/second"]);
    await until(
      "b writes status",
      async () =>
        condition(await cluster.status("KubeArmorPolicy", "second", "shop"), "Distributed")?.status === "True",
    );

    const c = await start("controller-c");
    const began = performance.now();
    b.child.kill("SIGTERM");
    const [code] = (await once(b.child, "exit")) as [number | null];
    expect(`${code} ${code === 0 ? "" : b.output}`).toBe("0 ");
    await cluster.delete(policyResource("KubeArmorPolicy"), "first", "shop");
    await until("c has taken over", async () => !(await blocked()).includes("/bin/first"));
    // The lease was released: nobody waited for it to run out.
    expect(performance.now() - began).toBeLessThan(12_000);
    expect(await blocked()).toEqual(["/bin/second"]);

    stop.abort();
    await watching;
    expect(seen.length).toBeGreaterThanOrEqual(3);
    for (const [i, bundle] of seen.entries()) {
      expect(bundle.containers.map((container) => container.pod)).toEqual(["web", "web"]);
      expect(bundle.ruleSets).toHaveLength(1);
      if (i > 0) expect(bundle.revision).toBeGreaterThan(seen[i - 1]?.revision ?? 0n);
    }
    c.child.kill("SIGTERM");
    await once(c.child, "exit");
  }, 120_000);

  it("write no status at a failover, while nothing has changed, and judge by the next word of the nodes", async () => {
    const resource = policyResource("KubeArmorPolicy");
    const versionOf = async () => {
      const path = objectPath(resource, "second", "shop");
      const { metadata } = await cluster.client.request<KubeObject>({ method: "GET", path });
      return metadata.resourceVersion;
    };
    const enforced = async () => condition(await cluster.status("KubeArmorPolicy", "second", "shop"), "Enforced");
    // The policy's node is the last of many that a new leader works on.
    await Promise.all(Array.from({ length: 150 }, (_, n) => cluster.node(`a-${n}`)));
    const d = await start("controller-d");
    await until("d leads", () => leads(d));
    await until("the policy is distributed", async () => (await blocked()).includes("/bin/second"));
    // What lay there when d began to lead is no sign of life, so the node speaks until it is heard.
    await until("the node proves it", async () => {
      await cluster.report("node-1");
      return (await enforced())?.status === "True";
    });
    const before = await versionOf();

    const e = await start("controller-e");
    d.child.kill("SIGTERM");
    await once(d.child, "exit");
    await until("e leads", () => leads(e));
    await new Promise((resolve) => setTimeout(resolve, 3_000)); // it has worked on every node and read what was stored
    expect(await versionOf()).toBe(before);
    const unenforced = [
      { policy: { kind: "KubeArmorPolicy", namespace: "shop", name: "second" }, origin: "spec", reason: "no room" },
    ] as const;
    await until("the node's word counts", async () => {
      await cluster.report("node-1", { unenforced });
      return (await enforced())?.status === "False";
    });
    e.child.kill("SIGTERM");
    await once(e.child, "exit");
  }, 120_000);

  it("end with status 1 and a named fault when the environment cannot be used", async () => {
    const child = spawn(process.execPath, [main], { env: { POD_NAME: "x" }, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout?.on("data", (bytes) => (output += String(bytes)));
    const [code] = (await once(child, "close")) as [number];
    expect(code).toBe(1);
    expect(output).toContain("CONTROLLER_CONFIG_INVALID");
    expect(output).toContain("NATS_URL: is not set");
  });

  it("end soon when asked to while NATS is not there", async () => {
    const child = spawn(process.execPath, [main], {
      env: {
        NATS_URL: `nats://127.0.0.1:${await freePort()}`,
        POD_NAMESPACE: "default",
        POD_NAME: "lonely",
        KUBECONFIG: cluster.api.kubeconfigFile(),
        HTTP_ADDRESS: "127.0.0.1:0",
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    child.stdout?.on("data", (bytes) => (output += String(bytes)));
    await until("started", () => output.includes('"started"'));
    const port = /"port":(\d+)/.exec(output)?.[1];
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ bus: "not connected to NATS" });
    child.kill("SIGTERM");
    const [code] = (await once(child, "exit")) as [number];
    expect(code).toBe(0);
  });
});
