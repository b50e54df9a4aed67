import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { connect } from "@portcullis/bus";
import { silentLog, until } from "@portcullis/daemon/testing";
import { apply, collectionPath, EVENTS, type KubeList, type KubeObject } from "@portcullis/kube";
import { App } from "../src/app.ts";
import { NODES, PODS, policyResource, REPLICA_SETS } from "../src/objects.ts";
import { blocking, Cluster, condition } from "./helpers.ts";

const posture = { file: "audit", network: "audit", capabilities: "audit" } as const;

describe("the controller on a real API server and a real NATS server", () => {
  let cluster: Cluster;
  let app: App;
  const stop = new AbortController();
  let run: Promise<void>;

  beforeAll(async () => {
    cluster = await Cluster.start();
    for (const node of ["node-1", "node-2"]) await cluster.node(node);
    await cluster.namespace("shop");
    await cluster.namespace("kube-system");
    await cluster.pod({ namespace: "shop", name: "web", node: "node-1", labels: { group: "group-1" } });
    await cluster.pod({ namespace: "shop", name: "db", node: "node-2", labels: { group: "group-2" } });
    await cluster.pod({ namespace: "kube-system", name: "dns", node: "node-1", labels: { group: "group-1" } });
    const bus = await connect({ servers: cluster.nats.url, name: "controller", signal: stop.signal, log: silentLog });
    app = new App({
      client: cluster.api.client(),
      bus,
      log: silentLog,
      cluster: "test",
      posture,
      untrackedNamespaces: new Set(["kube-system"]),
      identity: "controller-1",
      lease: { namespace: "default", name: "portcullis" },
      sweepMs: 200,
    });
    run = app.run(stop.signal);
    await until("bundles of both nodes", async () => (await cluster.bus.listBundles()).length === 2);
  }, 120_000);
  afterAll(async () => {
    stop.abort();
    await run;
    await cluster?.stop();
  });

  const revision = async (node: string) => (await cluster.bundle(node))?.revision ?? 0n;
  const ksp = (name: string, spec: object) =>
    cluster.policy({ kind: "KubeArmorPolicy", namespace: "shop", name, spec });
  const drop = (name: string) => cluster.delete(policyResource("KubeArmorPolicy"), name, "shop");
  const status = (name: string) => cluster.status("KubeArmorPolicy", name, "shop");
  const conditionIs = (name: string, type: string, value: string) =>
    until(`${name} is ${type}=${value}`, async () => {
      const found = condition(await status(name), type);
      return found?.status === value ? found : undefined;
    });

  it("publishes an empty bundle for a node without selected pods", async () => {
    expect(await cluster.bundle("node-2")).toMatchObject({
      cluster: "test",
      node: "node-2",
      containers: [],
      ruleSets: [],
    });
  });

  it("changes the bundle of that node alone whose pods a policy selects, all containers of the pod included", async () => {
    const before = await revision("node-2");
    await ksp("no-sleep", blocking("/bin/sleep", { group: "group-1" }));
    await until("node-1 blocks", async () => (await cluster.blocked("node-1"))["web/main"]?.includes("/bin/sleep"));
    expect(await cluster.blocked("node-1")).toEqual({ "web/main": ["/bin/sleep"], "web/prepare": ["/bin/sleep"] });
    expect(await revision("node-2")).toBe(before);
  });

  it("leaves untracked namespaces out and says so when a policy is of one", async () => {
    await cluster.policy({
      kind: "KubeArmorPolicy",
      namespace: "kube-system",
      name: "dns",
      spec: blocking("/bin/sleep"),
    });
    const enforced = await until("a status", async () =>
      condition(await cluster.status("KubeArmorPolicy", "dns", "kube-system"), "Enforced"),
    );
    expect(enforced).toMatchObject({ status: "False", reason: "NoWorkload" });
    expect(enforced.message).toContain("kube-system");
    expect(Object.keys(await cluster.blocked("node-1"))).not.toContain("dns/main");
    await cluster.delete(policyResource("KubeArmorPolicy"), "dns", "kube-system");
  });

  it("says Enforced only when the node reports the revision, and names the node until then", async () => {
    const accepted = await conditionIs("no-sleep", "Accepted", "True");
    expect(accepted.reason).toBe("Accepted");
    await conditionIs("no-sleep", "Distributed", "True");
    const waiting = await conditionIs("no-sleep", "Enforced", "False");
    expect(waiting.message).toBe("0/1 nodes enforce it; node-1: no enforcer has reported from this node");
    await cluster.report("node-1", { appliedRevision: 1n });
    const behind = await until("behind", async () => {
      const found = condition(await status("no-sleep"), "Enforced");
      return found?.message.includes("is not applied yet") ? found : undefined;
    });
    expect(behind.reason).toBe("Progressing");
    await cluster.report("node-1");
    const enforced = await conditionIs("no-sleep", "Enforced", "True");
    expect(enforced.message).toBe("1/1 nodes enforce it");
    expect((await status("no-sleep"))?.nodes).toMatchObject({
      desired: 1,
      distributed: 1,
      enforced: 1,
      summary: "1/1",
    });
  });

  it("names what a node cannot bind, in the condition, in the failures and in the problems", async () => {
    const policy = { kind: "KubeArmorPolicy", namespace: "shop", name: "no-sleep" } as const;
    const unenforced = [{ policy, origin: "spec.process.matchPaths[0]", reason: "automaton over budget" }];
    await cluster.report("node-1", { unenforced });
    const failed = await conditionIs("no-sleep", "Enforced", "False");
    expect(failed.reason).toBe("NodeFailed");
    expect(failed.message).toContain("node-1: spec.process.matchPaths[0]: automaton over budget");
    const now = await status("no-sleep");
    expect(now?.nodes?.failures).toEqual([
      { node: "node-1", reason: "spec.process.matchPaths[0]: automaton over budget" },
    ]);
    expect(now?.problems).toContainEqual({
      origin: "spec.process.matchPaths[0]",
      reason: "NodeFailed",
      message: "automaton over budget",
      nodes: ["node-1"],
    });
    await cluster.report("node-1", { enforcing: false, problems: ["kernel has no BPF LSM: boot with lsm=bpf"] });
    await until("the kernel's lack is named", async () =>
      condition(await status("no-sleep"), "Enforced")?.message.includes("node-1: kernel has no BPF LSM"),
    );
    await cluster.report("node-1");
    await conditionIs("no-sleep", "Enforced", "True");
  });

  it("keeps the time of a condition that does not change, and puts a status right that somebody else wrote", async () => {
    const before = condition(await status("no-sleep"), "Accepted");
    const target = {
      resource: policyResource("KubeArmorPolicy"),
      namespace: "shop",
      name: "no-sleep",
      subresource: "status",
    };
    const lie = { ...before, message: "all is well", status: "False" };
    await apply(cluster.client, target, { status: { conditions: [lie] } }, { fieldManager: "vandal" });
    await until("put right", async () => condition(await status("no-sleep"), "Accepted")?.message === before?.message);
  });

  it("enforces on a second node when a selected pod comes there, and raises no revision for what changes nothing", async () => {
    const one = await revision("node-1");
    await cluster.pod({ namespace: "shop", name: "web-2", node: "node-2", labels: { group: "group-1" } });
    await until("node-2 blocks", async () => (await cluster.blocked("node-2"))["web-2/main"]?.includes("/bin/sleep"));
    await until("1/2", async () => (await status("no-sleep"))?.nodes?.summary === "1/2");
    expect(await revision("node-1")).toBe(one);
    const two = await revision("node-2");
    await cluster.podStatus("shop", "web-2", { phase: "Running", message: "still running" });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await revision("node-2")).toBe(two);
  });

  it("follows the labels of a pod", async () => {
    await cluster.pod({ namespace: "shop", name: "web-2", node: "node-2", labels: { group: "other" } });
    await until("released", async () => (await cluster.blocked("node-2"))["web-2/main"] === undefined);
    await until("0 of node-2", async () => (await status("no-sleep"))?.nodes?.desired === 1);
  });

  it("forgets a pod when it has finished, not while one of its containers runs", async () => {
    await cluster.pod({ namespace: "shop", name: "job", node: "node-2", labels: { group: "group-1" } });
    await until("selected", async () => (await cluster.blocked("node-2"))["job/main"]);
    const running = [
      { name: "main", ready: false, restartCount: 0, image: "app:1", imageID: "", state: { running: {} } },
    ];
    await cluster.podStatus("shop", "job", { phase: "Failed", containerStatuses: running });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await cluster.blocked("node-2"))["job/main"]).toEqual(["/bin/sleep"]);
    const ended = [{ ...running[0], state: { terminated: { exitCode: 1 } } }];
    await cluster.podStatus("shop", "job", { phase: "Failed", containerStatuses: ended });
    await until("forgotten", async () => (await cluster.blocked("node-2"))["job/main"] === undefined);
  });

  it("names the top owner, also when the pod was seen before its ReplicaSet's owner", async () => {
    const replicaSet = await apply(
      cluster.client,
      { resource: REPLICA_SETS, namespace: "shop", name: "api-1" },
      {
        metadata: {
          ownerReferences: [{ apiVersion: "apps/v1", kind: "Deployment", name: "api", uid: "u-1", controller: true }],
        },
        spec: {
          selector: { matchLabels: { app: "api" } },
          template: { metadata: { labels: { app: "api" } }, spec: { containers: [{ name: "main", image: "app:1" }] } },
        },
      },
      { fieldManager: "test" },
    );
    await cluster.pod({
      namespace: "shop",
      name: "api-1-x",
      node: "node-1",
      labels: { group: "group-1" },
      owner: replicaSet,
    });
    await until("the owner", async () => {
      const workload = (await cluster.bundle("node-1"))?.containers.find((w) => w.pod === "api-1-x");
      return workload?.owner?.kind === "Deployment" && workload.owner.name === "api";
    });
  });

  it("applies a namespace's posture at once, also when the annotation is removed", async () => {
    await ksp("only-cat", {
      process: { matchPaths: [{ path: "/bin/cat" }] },
      action: "Allow",
      selector: { matchLabels: { group: "group-2" } },
    });
    const postureOf = async () => {
      const digest = (await cluster.bundle("node-2"))?.containers.find((w) => w.pod === "db")?.ruleSet;
      if (!digest) return undefined;
      const { decodeRuleSet } = await import("@portcullis/bus");
      return decodeRuleSet(await cluster.bus.ruleSet(digest, AbortSignal.timeout(5_000))).posture.process;
    };
    await until("audit", async () => (await postureOf()) === "audit");
    await cluster.namespace("shop", { "kubearmor-file-posture": "block" });
    await until("block", async () => (await postureOf()) === "block");
    await cluster.namespace("shop");
    await until("audit again", async () => (await postureOf()) === "audit");
  });

  it("reports an invalid posture as an Event on the namespace, keeps the default, and leaves the namespace alone", async () => {
    const before = await cluster.namespace("shop", { "kubearmor-file-posture": "blok" });
    const event = await until("the event", async () => {
      const list = await cluster.client.request<
        KubeList<KubeObject & { note: string; reason: string; regarding: { name: string; kind: string } }>
      >({
        method: "GET",
        path: collectionPath(EVENTS),
      });
      return list.items?.find((e) => e.reason === "InvalidPosture");
    });
    expect(event.regarding).toMatchObject({ kind: "Namespace", name: "shop" });
    expect(event.note).toContain('kubearmor-file-posture has the value "blok"');
    const after = await cluster.client.request<KubeObject>({ method: "GET", path: `/api/v1/namespaces/shop` });
    expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    await cluster.namespace("shop");
  });

  it("names refused parts and enforces the rest: Accepted False, PartlyAccepted", async () => {
    await ksp("partly", {
      selector: { matchLabels: { group: "group-1" } },
      process: { matchPaths: [{ path: "/bin/ls" }], matchPatterns: [{ pattern: "/usr/bin/*sh" }] },
      action: "Block",
    });
    const accepted = await conditionIs("partly", "Accepted", "False");
    expect(accepted.reason).toBe("PartlyAccepted");
    expect(accepted.message).toContain("spec.process.matchPatterns[0]");
    await until("the rest is bound", async () => (await cluster.blocked("node-1"))["web/main"]?.includes("/bin/ls"));
    await cluster.report("node-1");
    const enforced = await conditionIs("partly", "Enforced", "True");
    expect(enforced.message).toBe("1/1 nodes enforce what is accepted of it");
    await drop("partly");
  });

  it("says of a policy none of which can be bound that it is not enforced", async () => {
    await ksp("dns-only", { network: { matchProtocols: [{ protocol: "tcp" }] }, action: "Block" });
    const enforced = await conditionIs("dns-only", "Enforced", "False");
    expect(enforced.reason).toBe("UnsupportedFeature");
    expect((await status("dns-only"))?.problems?.[0]?.origin).toContain("spec.network");
    await drop("dns-only");
    await cluster.policy({
      kind: "KubeArmorHostPolicy",
      name: "host",
      spec: {
        nodeSelector: { matchLabels: { "kubernetes.io/hostname": "node-1" } },
        process: { matchPaths: [{ path: "/bin/ls" }] },
        action: "Block",
      },
    });
    const host = await until("status", async () =>
      condition(await cluster.status("KubeArmorHostPolicy", "host"), "Accepted"),
    );
    expect(host).toMatchObject({ status: "False", reason: "UnsupportedFeature" });
    await cluster.delete(policyResource("KubeArmorHostPolicy"), "host");
  });

  it("applies a cluster policy to the namespaces it names", async () => {
    await cluster.namespace("other");
    await cluster.pod({ namespace: "other", name: "app", node: "node-2" });
    await cluster.policy({
      kind: "KubeArmorClusterPolicy",
      name: "everywhere-but-shop",
      spec: {
        selector: { matchExpressions: [{ key: "namespace", operator: "NotIn", values: ["shop"] }] },
        process: { matchPaths: [{ path: "/bin/nc" }] },
        action: "Block",
      },
    });
    await until("other blocks", async () => (await cluster.blocked("node-2"))["app/main"]?.includes("/bin/nc"));
    expect((await cluster.blocked("node-2"))["db/main"] ?? []).not.toContain("/bin/nc");
    expect(Object.keys(await cluster.blocked("node-1"))).not.toContain("dns/main");
    await cluster.delete(policyResource("KubeArmorClusterPolicy"), "everywhere-but-shop");
    await until("released", async () => (await cluster.blocked("node-2"))["app/main"] === undefined);
  });

  it("takes the rules back when the policy is deleted", async () => {
    await drop("no-sleep");
    await until("free", async () => (await cluster.blocked("node-1"))["web/main"] === undefined);
  });

  it("puts everything back when NATS comes back without its storage, with higher revisions", async () => {
    const before = await revision("node-1");
    await cluster.nats.stop({ hard: true });
    await cluster.nats.start({ wipe: true });
    await until("restored", async () => (await cluster.bus.listBundles()).length === 2, 30_000);
    expect(await revision("node-1")).toBeGreaterThan(before);
  }, 60_000);

  it("deletes the bundle and the status of a node that is gone", async () => {
    await cluster.node("node-3");
    await until("node-3", async () => await cluster.bundle("node-3"));
    await cluster.delete(NODES, "node-3");
    await until("gone", async () => (await cluster.bundle("node-3")) === undefined);
  });

  it("keeps the bundle of a node that is gone while pods are bound to it", async () => {
    await ksp("all", blocking("/bin/sleep"));
    await cluster.delete(NODES, "node-2");
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await cluster.blocked("node-2"))["db/main"]).toEqual(["/bin/sleep"]);
    for (const name of ["db", "web-2", "job"]) await cluster.delete(PODS, name, "shop");
    await cluster.delete(PODS, "app", "other");
    await until("gone", async () => (await cluster.bundle("node-2")) === undefined);
  });
});
