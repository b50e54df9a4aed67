import { describe, expect, it } from "@jest/globals";
import { decodeRuleSet } from "@portcullis/bus";
import { sleep } from "@portcullis/daemon";
import { until } from "@portcullis/daemon/testing";
import { apply } from "@portcullis/kube";
import { nodeResource, podResource, policyResource, replicaSetResource } from "../src/watch/objects.ts";
import { blocking } from "./cluster.ts";
import { ClusterWithController } from "./cluster-with-controller.ts";

const bed = new ClusterWithController();

describe("the controller on a real API server and a real NATS server", () => {
  it("publishes an empty bundle for a node without selected pods", async () => {
    expect(await bed.cluster.bundle("node-2")).toMatchObject({
      cluster: "test",
      node: "node-2",
      containers: [],
      ruleSets: [],
    });
  });

  it("changes the bundle of that node alone whose pods a policy selects, all containers of the pod included", async () => {
    const before = await bed.revision("node-2");
    await bed.ksp("no-sleep", blocking("/bin/sleep", { group: "group-1" }));
    await until("node-1 blocks", async () => (await bed.cluster.blocked("node-1"))["web/main"]?.includes("/bin/sleep"));
    expect(await bed.cluster.blocked("node-1")).toEqual({ "web/main": ["/bin/sleep"], "web/prepare": ["/bin/sleep"] });
    expect(await bed.revision("node-2")).toBe(before);
  });

  it("enforces on a second node when a selected pod comes there, and raises no revision for what changes nothing", async () => {
    await bed.cluster.report("node-1");
    const one = await bed.revision("node-1");
    await bed.cluster.pod({ namespace: "shop", name: "web-2", node: "node-2", labels: { group: "group-1" } });
    await until("node-2 blocks", async () =>
      (await bed.cluster.blocked("node-2"))["web-2/main"]?.includes("/bin/sleep"),
    );
    await until("1/2", async () => (await bed.status("no-sleep"))?.nodes?.summary === "1/2");
    expect(await bed.revision("node-1")).toBe(one);
    const two = await bed.revision("node-2");
    await bed.cluster.podStatus("shop", "web-2", { phase: "Running", message: "still running" });
    await sleep(300);
    expect(await bed.revision("node-2")).toBe(two);
  });

  it("follows the labels of a pod", async () => {
    await bed.cluster.pod({ namespace: "shop", name: "web-2", node: "node-2", labels: { group: "other" } });
    await until("released", async () => (await bed.cluster.blocked("node-2"))["web-2/main"] === undefined);
    await until("0 of node-2", async () => (await bed.status("no-sleep"))?.nodes?.desired === 1);
  });

  it("forgets a pod when it has finished, not while one of its containers runs", async () => {
    await bed.cluster.pod({ namespace: "shop", name: "job", node: "node-2", labels: { group: "group-1" } });
    await until("selected", async () => (await bed.cluster.blocked("node-2"))["job/main"]);
    const running = [
      { name: "main", ready: false, restartCount: 0, image: "app:1", imageID: "", state: { running: {} } },
    ];
    await bed.cluster.podStatus("shop", "job", { phase: "Failed", containerStatuses: running });
    await sleep(300);
    expect((await bed.cluster.blocked("node-2"))["job/main"]).toEqual(["/bin/sleep"]);
    const ended = [{ ...running[0], state: { terminated: { exitCode: 1 } } }];
    await bed.cluster.podStatus("shop", "job", { phase: "Failed", containerStatuses: ended });
    await until("forgotten", async () => (await bed.cluster.blocked("node-2"))["job/main"] === undefined);
  });

  it("names the top owner, also when the pod was seen before its ReplicaSet's owner", async () => {
    const replicaSet = await apply(
      bed.cluster.client,
      { resource: replicaSetResource, namespace: "shop", name: "api-1" },
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
    await bed.cluster.pod({
      namespace: "shop",
      name: "api-1-x",
      node: "node-1",
      labels: { group: "group-1" },
      owner: replicaSet,
    });
    await until("the owner", async () => {
      const container = (await bed.cluster.bundle("node-1"))?.containers.find((w) => w.pod === "api-1-x");
      return container?.owner?.kind === "Deployment" && container.owner.name === "api";
    });
  });

  it("applies a namespace's posture at once, also when the annotation is removed", async () => {
    await bed.ksp("only-cat", {
      process: { matchPaths: [{ path: "/bin/cat" }] },
      action: "Allow",
      selector: { matchLabels: { group: "group-2" } },
    });
    const postureOf = async () => {
      const digest = (await bed.cluster.bundle("node-2"))?.containers.find((w) => w.pod === "db")?.ruleSet;
      if (!digest) return undefined;
      return decodeRuleSet(await bed.cluster.bus.ruleSet(digest, AbortSignal.timeout(5_000))).posture.process;
    };
    await until("audit", async () => (await postureOf()) === "audit");
    await bed.cluster.namespace("shop", { "kubearmor-file-posture": "block" });
    await until("block", async () => (await postureOf()) === "block");
    await bed.cluster.namespace("shop");
    await until("audit again", async () => (await postureOf()) === "audit");
  });

  it("applies a cluster policy to the namespaces it names", async () => {
    await bed.cluster.namespace("other");
    await bed.cluster.pod({ namespace: "other", name: "app", node: "node-2" });
    await bed.cluster.policy({
      kind: "KubeArmorClusterPolicy",
      name: "everywhere-but-shop",
      spec: {
        selector: { matchExpressions: [{ key: "namespace", operator: "NotIn", values: ["shop"] }] },
        process: { matchPaths: [{ path: "/bin/nc" }] },
        action: "Block",
      },
    });
    await until("other blocks", async () => (await bed.cluster.blocked("node-2"))["app/main"]?.includes("/bin/nc"));
    expect((await bed.cluster.blocked("node-2"))["db/main"] ?? []).not.toContain("/bin/nc");
    expect(Object.keys(await bed.cluster.blocked("node-1"))).not.toContain("dns/main");
    await bed.cluster.delete(policyResource("KubeArmorClusterPolicy"), "everywhere-but-shop");
    await until("released", async () => (await bed.cluster.blocked("node-2"))["app/main"] === undefined);
  });

  it("takes the rules back when the policy is deleted", async () => {
    await bed.drop("no-sleep");
    await until("free", async () => (await bed.cluster.blocked("node-1"))["web/main"] === undefined);
  });

  it("puts everything back when NATS comes back without its storage, with higher revisions", async () => {
    const before = await bed.revision("node-1");
    await bed.cluster.nats.stop({ hard: true });
    await bed.cluster.nats.start({ wipe: true });
    await until("restored", async () => (await bed.cluster.bus.listBundles()).length === 2, 30_000);
    expect(await bed.revision("node-1")).toBeGreaterThan(before);
  }, 60_000);

  it("deletes the bundle and the status of a node that is gone", async () => {
    await bed.cluster.node("node-3");
    await until("node-3", async () => await bed.cluster.bundle("node-3"));
    await bed.cluster.delete(nodeResource, "node-3");
    await until("gone", async () => (await bed.cluster.bundle("node-3")) === undefined);
  });

  it("keeps the bundle of a node that is gone while pods are bound to it", async () => {
    await bed.ksp("all", blocking("/bin/sleep"));
    await bed.cluster.delete(nodeResource, "node-2");
    await sleep(300);
    expect((await bed.cluster.blocked("node-2"))["db/main"]).toEqual(["/bin/sleep"]);
    for (const name of ["db", "web-2", "job"]) await bed.cluster.delete(podResource, name, "shop");
    await bed.cluster.delete(podResource, "app", "other");
    await until("gone", async () => (await bed.cluster.bundle("node-2")) === undefined);
  });
});
