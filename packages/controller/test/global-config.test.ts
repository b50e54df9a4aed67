import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { decodeRuleSet } from "@portcullis/bus";
import { until } from "@portcullis/daemon/testing";
import { apply, collectionPath, eventResource, type KubeList, type KubeObject } from "@portcullis/kube";
import type { Controller } from "../src/controller.ts";
import { configMapResource } from "../src/named-object.ts";
import { parseGlobalConfig } from "../src/watch/global-config.ts";
import { Cluster } from "./cluster.ts";

const audit = { file: "audit", network: "audit", capabilities: "audit" };

const invisible = { visibility: [], hostVisibility: [], dropsProcessResources: false, throttling: undefined };

describe("the global configuration", () => {
  it("is audit, and nothing is visible, where it says nothing", () => {
    expect(parseGlobalConfig({})).toEqual({ posture: audit, hostPosture: audit, ...invisible });
  });

  it("says what is visible, and whether logs of executions have a Resource", () => {
    const written = { visibility: "File, process", hostVisibility: "none", dropResourceFromProcessLogs: "true" };
    expect(parseGlobalConfig(written)).toMatchObject({
      ...{ visibility: ["process", "file"], hostVisibility: [], dropsProcessResources: true },
    });
    expect(parseGlobalConfig({ visibility: "process,dns", dropResourceFromProcessLogs: "yes" })).toEqual([
      'visibility has the value "process,dns": dns cannot be told, use process, file, network, capabilities or none',
      'dropResourceFromProcessLogs has the value "yes": use true or false',
    ]);
  });

  it("caps alerts where that is switched on, by KubeArmor's figures where none are written or they are 0", () => {
    expect(parseGlobalConfig({ alertThrottling: "True" })).toMatchObject({
      throttling: { alertsPerSecond: 10, seconds: 30 },
    });
    const written = { alertThrottling: "true", maxAlertPerSec: " 2 ", throttleSec: "0" };
    expect(parseGlobalConfig(written)).toMatchObject({ throttling: { alertsPerSecond: 2, seconds: 30 } });
    expect(parseGlobalConfig({ maxAlertPerSec: "2" })).toMatchObject({ throttling: undefined });
  });

  it("names what is wrong with the cap on alerts, also while it is switched off", () => {
    expect(parseGlobalConfig({ alertThrottling: "on", maxAlertPerSec: "-1", throttleSec: "2m" })).toEqual([
      'maxAlertPerSec has the value "-1": use a whole number from 1 to 1000000, or 0 for the default, 10',
      'throttleSec has the value "2m": use a whole number from 1 to 86400, or 0 for the default, 30',
      'alertThrottling has the value "on": use true or false',
    ]);
  });

  it("has KubeArmor's keys, and its values in any case", () => {
    expect(parseGlobalConfig({ defaultFilePosture: "Block", hostDefaultNetworkPosture: " block " })).toEqual({
      posture: { ...audit, file: "block" },
      hostPosture: { ...audit, network: "block" },
      ...invisible,
    });
  });

  it("is refused whole with every fault named: the key, its value and the remedy", () => {
    expect(parseGlobalConfig({ defaultFilePosture: "deny", defaultFilPosture: "block" })).toEqual([
      expect.stringMatching(/^defaultFilPosture: there is no such key; use defaultFilePosture, /),
      'defaultFilePosture has the value "deny": use audit or block',
    ]);
  });
});

describe("with a real API server, the global configuration", () => {
  let cluster: Cluster;
  let controller: Controller;
  let run: Promise<void>;
  const stop = new AbortController();
  const name = "portcullis-config";

  const configure = (data: Record<string, string>) =>
    apply(
      cluster.client,
      { resource: configMapResource, name, namespace: "default" },
      { data },
      { fieldManager: "test" },
    );
  /** What of the allow-list's misses the nodes are told: of the pod's container and of the host. */
  const postures = async () => {
    const { containers = [], hostRuleSet = "" } = (await cluster.bundle("node-1")) ?? {};
    const of = async (digest: string) =>
      digest === "" ? undefined : decodeRuleSet(await cluster.bus.ruleSet(digest, AbortSignal.timeout(5_000))).posture;
    return [(await of(containers[0]?.ruleSet ?? ""))?.process, (await of(hostRuleSet))?.process];
  };
  const become = (...wanted: string[]) =>
    until(`the postures ${wanted.join(" and ")}`, async () => (await postures()).join() === wanted.join());
  const events = async () =>
    (
      await cluster.client.request<
        KubeList<KubeObject & { reason: string; note: string; regarding: { kind: string } }>
      >({
        method: "GET",
        path: collectionPath(eventResource),
      })
    ).items?.filter(({ reason }) => reason === "InvalidConfiguration") ?? [];

  beforeAll(async () => {
    cluster = await Cluster.start();
    await cluster.node("node-1");
    await cluster.namespace("shop");
    await cluster.pod({ namespace: "shop", name: "web", node: "node-1" });
    const allowing = { process: { matchPaths: [{ path: "/bin/sh" }] }, action: "Allow" };
    await cluster.policy({ kind: "KubeArmorPolicy", namespace: "shop", name: "list", spec: allowing });
    const nodeSelector = { matchLabels: { "kubernetes.io/hostname": "*" } };
    await cluster.policy({ kind: "KubeArmorHostPolicy", name: "list", spec: { nodeSelector, ...allowing } });
    ({ controller } = await cluster.controller("controller-1", stop.signal, {
      lease: { namespace: "default", name: "portcullis" },
      configMap: { namespace: "default", name },
    }));
    run = controller.run(stop.signal);
  }, 120_000);
  afterAll(async () => {
    stop.abort();
    await run;
    await cluster?.stop();
  });

  it("is waited for: without one that can be used the controller neither leads nor publishes", async () => {
    await until("the informers", () => controller.synced);
    expect(controller.config.problem).toBe(
      "there is no global configuration: the ConfigMap that the chart makes is missing",
    );
    await configure({ defaultFilePosture: "deny" });
    await until("the fault", () => controller.config.problem.startsWith("defaultFilePosture"));
    expect(controller.config.problem).toContain("nothing is published until it can be used");
    expect([controller.config.inForce, controller.leading]).toEqual([undefined, false]);
    const { published, failed } = controller.publisher.counters;
    expect([published, failed]).toEqual([0, 0]);
    await configure({ defaultFilePosture: "block" });
    await become("block", "audit");
    expect(controller.config.problem).toBe("");
  });

  it("takes effect at once and without a restart, in both directions", async () => {
    const before = controller.config.counters.changes;
    await configure({ defaultFilePosture: "audit" });
    await become("audit", "audit");
    await configure({ defaultFilePosture: "block" });
    await become("block", "audit");
    expect(controller.config.counters.changes - before).toBe(2);
  });

  it("reaches hosts: an allow-list of theirs that is to block is for the node to try", async () => {
    const tried = async () => ((await cluster.bundle("node-1"))?.hostTried ?? []).join();
    await configure({ hostDefaultFilePosture: "block", defaultFilePosture: "block" });
    await until("the list to be tried", async () => (await tried()) !== "");
    await become("block", "audit");
    await configure({ defaultFilePosture: "block" });
    await until("no list to be tried", async () => (await tried()) === "");
  });

  it("makes visible what no policy selects, in namespaces without the annotation, and the node's own processes", async () => {
    await cluster.namespace("bare");
    await cluster.pod({ namespace: "bare", name: "unruled", node: "node-1" });
    const seen = async () => {
      const { containers = [], hostVisible = [] } = (await cluster.bundle("node-1")) ?? {};
      return [containers.find(({ pod }) => pod === "unruled")?.visible?.join("+"), hostVisible.join("+")];
    };
    const shown = (...wanted: (string | undefined)[]) =>
      until(`visible: ${wanted}`, async () => (await seen()).join() === wanted.join());
    await configure({ defaultFilePosture: "block", visibility: "process,file", hostVisibility: "process" });
    await shown("process+file", "process");
    await cluster.namespace("bare", { "kubearmor-visibility": "network" });
    await shown("network", "process");
    await cluster.namespace("bare", { "kubearmor-visibility": "none" });
    await shown(undefined, "process");
    await cluster.namespace("bare");
    await configure({ defaultFilePosture: "block" });
    await shown(undefined, "");
  });

  it("does not reach a namespace that has the annotation", async () => {
    await cluster.namespace("shop", { "kubearmor-file-posture": "audit" });
    await become("audit", "audit");
    const { counters } = controller.publisher;
    const before = counters.unchanged;
    await configure({ defaultFilePosture: "audit" });
    await configure({ defaultFilePosture: "block" });
    await until("the node was looked at", () => counters.unchanged > before);
    expect(await postures()).toEqual(["audit", "audit"]);
    await cluster.namespace("shop");
    await become("block", "audit");
  });

  it("is refused with an Event on the ConfigMap, and what was read before stays in force, also when it is deleted", async () => {
    await configure({ defaultFilePosture: "off", defaultNetworkPosture: "block" });
    const [event] = await until("the Event", async () => {
      const found = await events();
      return found.length > 0 ? found : undefined;
    });
    expect(event).toMatchObject({ regarding: { kind: "ConfigMap", name } });
    expect(event?.note).toBe(
      'defaultFilePosture has the value "off": use audit or block; what was read before stays in force',
    );
    expect(controller.config.inForce?.posture).toEqual({ ...audit, file: "block" });
    await cluster.delete(configMapResource, name, "default");
    await until("the loss", () => controller.config.problem.startsWith("there is no global configuration"));
    expect(await postures()).toEqual(["block", "audit"]);
    await configure({});
    await become("audit", "audit");
  });

  it("caps alerts on every node at once, and lifts the cap; figures that cannot be used change nothing", async () => {
    const cap = async () => (await cluster.bundle("node-1"))?.throttling;
    const capped = (wanted: unknown) =>
      until(`the cap ${JSON.stringify(wanted)}`, async () => JSON.stringify(await cap()) === JSON.stringify(wanted));
    await configure({ alertThrottling: "true", maxAlertPerSec: "5" });
    await capped({ alertsPerSecond: 5, seconds: 30 });
    await configure({ alertThrottling: "true", maxAlertPerSec: "5", throttleSec: "60" });
    await capped({ alertsPerSecond: 5, seconds: 60 });
    await configure({ alertThrottling: "true", maxAlertPerSec: "many" });
    await until("the fault", () => controller.config.problem.startsWith("maxAlertPerSec"));
    expect(await cap()).toEqual({ alertsPerSecond: 5, seconds: 60 });
    await configure({ defaultFilePosture: "block" });
    await capped(undefined);
  });
});
