/**
 * What a policy has denied, in a cluster: counted in its status and told by an Event, with a real API server and a real NATS server, over a change of leaders.
 */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { PolicyStatus } from "@portcullis/api";
import { encodeAlert } from "@portcullis/bus";
import { exampleAlert } from "@portcullis/bus/testing";
import { silentLog, until } from "@portcullis/daemon/testing";
import { collectionPath, eventResource, type KubeList, type KubeObject, objectPath } from "@portcullis/kube";
import type { Alert } from "@portcullis/model";
import type { Hits } from "../src/alerts/policy-hits.ts";
import type { Controller } from "../src/controller.ts";
import { HitsWriter } from "../src/status/hits-writer.ts";
import { type PolicyObject, policyResource } from "../src/watch/objects.ts";
import { Cluster } from "./cluster.ts";

type DenialEvent = KubeObject & { reason: string; note: string; regarding: { name: string; kind: string } };

describe("in a cluster, what a policy has denied", () => {
  let cluster: Cluster;
  let last = 0;
  const running: { stop: AbortController; run: Promise<void> }[] = [];
  const origins = [0, 1].map((n) => `spec.process.matchPaths[${n}]`);

  const lead = async (name: string): Promise<Controller> => {
    const stop = new AbortController();
    const lease = { namespace: "default", name: "portcullis" };
    const { controller } = await cluster.controller(name, stop.signal, { lease });
    running.push({ stop, run: controller.run(stop.signal) });
    await until(`${name} leads`, () => controller.leading);
    return controller;
  };
  const endLeader = async () => {
    const { stop, run } = running.pop()!;
    stop.abort();
    await run;
  };
  const denies = async (name: string, more: Partial<Alert> & { rule?: Alert["rule"] } = {}) => {
    const policy = { kind: "KubeArmorPolicy", namespace: "shop", name } as const;
    const rule = { policy, origin: origins[0]! };
    const whose = {
      namespaceName: "shop",
      policyName: name,
      owner: { ref: "Deployment", name: "web", namespace: "shop" },
    };
    await cluster.bus.publishAlert(encodeAlert({ ...exampleAlert, id: `n/${last++}`, ...whose, rule, ...more }));
  };
  const hitsOf = async (name: string): Promise<PolicyStatus["hits"]> =>
    (await cluster.status("KubeArmorPolicy", name, "shop"))?.hits;
  const events = async (name: string): Promise<DenialEvent[]> => {
    const path = collectionPath(eventResource, "shop");
    const { items } = await cluster.client.request<KubeList<DenialEvent>>({ method: "GET", path });
    return (items ?? []).filter(({ reason, regarding }) => reason === "FirstDenial" && regarding.name === name);
  };
  const ksp = (name: string, ...paths: string[]) =>
    cluster.policy({
      ...{ kind: "KubeArmorPolicy", namespace: "shop", name },
      spec: { process: { matchPaths: paths.map((path) => ({ path })) }, action: "Block" },
    });

  beforeAll(async () => {
    cluster = await Cluster.start();
    await cluster.namespace("shop");
    for (const name of ["no-sleep", "paced"]) await ksp(name, "/bin/sleep", "/bin/ls");
    // Before anybody leads: what is written first is of all of them.
    await cluster.bus.ensure();
    await denies("no-sleep");
    await denies("no-sleep", {
      rule: { policy: { kind: "KubeArmorPolicy", namespace: "shop", name: "no-sleep" }, origin: origins[1]! },
      ...{ count: 41, firstTimestampNs: exampleAlert.timestampNs },
    });
    await lead("controller-1");
  }, 120_000);
  afterAll(async () => {
    while (running.length > 0) await endLeader();
    await cluster?.stop();
  });

  it("stands in its status, rule by rule, beside what else is said there", async () => {
    const hits = await until("the counts", async () => await hitsOf("no-sleep"), 20_000);
    expect(hits).toEqual({
      ...{ observedGeneration: 1, since: expect.any(String), total: 42 },
      rules: [
        { origin: origins[1], total: 41, last: "2026-01-02T03:04:05Z" },
        { origin: origins[0], total: 1, last: "2026-01-02T03:04:05Z" },
      ],
    });
    const status = await cluster.status("KubeArmorPolicy", "no-sleep", "shop");
    expect(status?.conditions?.map(({ type }) => type)).toContain("Accepted");
  });

  it("is told by one Event for each workload, whatever else it denies there", async () => {
    const bare = { owner: undefined, podName: "lone" };
    for (let i = 0; i < 5; i++) await denies("no-sleep");
    for (let i = 0; i < 5; i++) await denies("no-sleep", bare);
    await until("two Events", async () => (await events("no-sleep")).length >= 2, 20_000);
    const told = await events("no-sleep");
    expect(told.map(({ note }) => note).sort()).toEqual([
      `first denial in Deployment shop/web: Process by ${origins[0]}; how often it denies is in the status`,
      `first denial in Pod shop/lone: Process by ${origins[0]}; how often it denies is in the status`,
    ]);
    expect(told[0]).toMatchObject({ type: "Warning", regarding: { kind: "KubeArmorPolicy", namespace: "shop" } });
  });

  it("is carried on by the next leader: no Event is told again, and no count is lost or written again too soon", async () => {
    const counted = async () => {
      const { value } = await cluster.bus.readProgress("counts-of-alerts");
      const kept = JSON.parse(Buffer.from(value ?? "{}").toString()) as {
        hits: { key: string; total: number; workloads: string[][] }[];
      };
      return kept.hits.find(({ key }) => key === "KubeArmorPolicy/shop/no-sleep");
    };
    await until(
      "all is kept",
      async () => {
        const kept = await counted();
        return kept?.total === 52 && kept.workloads.every(([, what]) => what === "");
      },
      20_000,
    );
    await endLeader();
    const next = await lead("controller-2");
    for (let i = 0; i < 3; i++) await denies("no-sleep");
    await until("they are counted", async () => (await counted())?.total === 55, 20_000);
    expect(next.alertWork.counting.counts.hits.of("KubeArmorPolicy/shop/no-sleep")?.total).toBe(55);
    expect(await events("no-sleep")).toHaveLength(2);
    expect((await hitsOf("no-sleep"))?.total).toBe(42);
    expect(next.alertWork.hitsWriter.counters.written).toBe(0);
  });

  it("is written of one policy once an interval, and of all policies at a bounded pace", async () => {
    let clock = 0;
    const totals = new Map<string, number>();
    const objects = new Map<string, PolicyObject>();
    const see = async (key: string) => {
      const [, , name = ""] = key.split("/");
      const path = objectPath(policyResource("KubeArmorPolicy"), name, "shop");
      objects.set(key, await cluster.client.request<PolicyObject>({ method: "GET", path }));
    };
    const keys = ["p-1", "p-2", "p-3"].map((name) => `KubeArmorPolicy/shop/${name}`);
    for (const key of keys) await ksp(key.split("/")[2]!, "/bin/true");
    const writer = new HitsWriter({
      ...{ client: cluster.client, isLeader: () => true, log: silentLog, intervalMs: 600_000, paceMs: 200 },
      world: { policyObject: (key) => objects.get(key) },
      hits: (key): (Hits & { uid: string }) | undefined => {
        const [total, object] = [totals.get(key), objects.get(key)];
        if (total === undefined || object === undefined) return undefined;
        return { uid: object.metadata.uid, generation: 1, since: "2026-01-01T00:00:00Z", total, rules: [] };
      },
      now: () => clock,
    });
    const stop = new AbortController();
    const run = writer.run(stop.signal);
    const change = async (total: number) => {
      for (const key of keys) totals.set(key, total);
      for (const key of keys) await see(key);
      writer.changed(keys);
    };
    const settled = () => new Promise((resolve) => setTimeout(resolve, 1_000));
    const began = performance.now();
    await change(1);
    // The status writer of the controller may have changed one meanwhile: its turn comes again.
    await until(
      "three writes",
      async () => {
        if (writer.counters.written < 3) for (const key of keys) await see(key);
        clock += 100;
        return writer.counters.written >= 3;
      },
      20_000,
    );
    expect(performance.now() - began).toBeGreaterThan(400);
    await change(2);
    clock += 500_000;
    await settled();
    expect(writer.counters.written).toBe(3);
    clock += 100_000;
    await until(
      "three more",
      async () => {
        if (writer.counters.written < 6) for (const key of keys) await see(key);
        clock += 100;
        return writer.counters.written >= 6;
      },
      20_000,
    );
    await change(2);
    clock += 600_000;
    await settled();
    expect(writer.counters.written).toBe(6);
    stop.abort();
    await run;
  });

  it("begins anew with rules that were changed", async () => {
    await denies("paced");
    await until("the counts", async () => (await hitsOf("paced"))?.total === 1, 20_000);
    await ksp("paced", "/bin/cat");
    await until("the change is seen", () =>
      cluster.status("KubeArmorPolicy", "paced", "shop").then((status) => status?.observedGeneration === 2),
    );
    await denies("paced", { count: 5, firstTimestampNs: exampleAlert.timestampNs });
    await until(
      "they are counted",
      async () => {
        const { value } = await cluster.bus.readProgress("counts-of-alerts");
        return (
          Buffer.from(value ?? "")
            .toString()
            .includes('"key":"KubeArmorPolicy/shop/paced"') &&
          /"key":"KubeArmorPolicy\/shop\/paced","uid":"[^"]*","generation":2,"since":"[^"]*","total":5/.test(
            Buffer.from(value ?? "").toString(),
          )
        );
      },
      20_000,
    );
    // What was written says which generation it is of.
    expect(await hitsOf("paced")).toMatchObject({ observedGeneration: 1, total: 1 });
  });
});
