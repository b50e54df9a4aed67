import { beforeAll, describe, expect, it } from "@jest/globals";
import { digestOf } from "@portcullis/bus";
import { until } from "@portcullis/daemon/testing";
import { apply, collectionPath, eventResource, type KubeList, type KubeObject } from "@portcullis/kube";
import { podResource, policyResource } from "../src/watch/objects.ts";
import { blocking, condition } from "./cluster.ts";
import { ClusterWithController } from "./cluster-with-controller.ts";

const bed = new ClusterWithController();

describe("the status of a policy in a cluster", () => {
  beforeAll(async () => {
    await bed.ksp("no-sleep", blocking("/bin/sleep", { group: "group-1" }));
  });

  it("leaves untracked namespaces out and says so when a policy is of one", async () => {
    await bed.cluster.policy({
      kind: "KubeArmorPolicy",
      namespace: "kube-system",
      name: "dns",
      spec: blocking("/bin/sleep"),
    });
    const enforced = await until("a status", async () =>
      condition(await bed.cluster.status("KubeArmorPolicy", "dns", "kube-system"), "Enforced"),
    );
    expect(enforced).toMatchObject({ status: "False", reason: "Untracked" });
    expect(enforced.message).toContain("kube-system");
    expect(Object.keys(await bed.cluster.blocked("node-1"))).not.toContain("dns/main");
    await bed.cluster.delete(policyResource("KubeArmorPolicy"), "dns", "kube-system");
  });

  it("says Enforced only when the node reports the revision, and names the node until then", async () => {
    const accepted = await bed.conditionIs("no-sleep", "Accepted", "True");
    expect(accepted.reason).toBe("Accepted");
    await bed.conditionIs("no-sleep", "Distributed", "True");
    const waiting = await bed.conditionIs("no-sleep", "Enforced", "False");
    expect(waiting.message).toBe("0/1 nodes enforce it; node-1: no enforcer has reported from this node");
    const older = { epoch: 0n, revision: 1n, digest: digestOf(new Uint8Array([1])) };
    await bed.cluster.report("node-1", { held: older });
    const behind = await until("behind", async () => {
      const found = condition(await bed.status("no-sleep"), "Enforced");
      return found?.message.includes("is not applied yet") ? found : undefined;
    });
    expect(behind.reason).toBe("Progressing");
    await bed.cluster.report("node-1");
    const enforced = await bed.conditionIs("no-sleep", "Enforced", "True");
    expect(enforced.message).toBe("1/1 nodes enforce it");
    expect((await bed.status("no-sleep"))?.nodes).toMatchObject({
      desired: 1,
      distributed: 1,
      enforced: 1,
      summary: "1/1",
    });
  });

  it("raises the epoch for a node that holds a newer bundle than ours and not ours, so that it takes ours", async () => {
    const digest = digestOf(new Uint8Array([2]));
    await bed.cluster.report("node-1", { held: { epoch: 3n, revision: (1n << 64n) - 1n, digest } });
    const notOurs = await bed.conditionIs("no-sleep", "Enforced", "False");
    expect(notOurs.reason).toBe("Progressing");
    await until("a newer epoch", async () => (await bed.cluster.bundle("node-1"))?.epoch === 4n);
    await bed.cluster.report("node-1");
    await bed.conditionIs("no-sleep", "Enforced", "True");
    // Once the node holds it there is no reason to publish again.
    await bed.cluster.report("node-1", { counters: { events: 1 } });
    expect((await bed.cluster.bundle("node-1"))?.epoch).toBe(4n);
  });

  it("names what a node cannot bind, in the condition, in the failures and in the problems", async () => {
    const policy = { kind: "KubeArmorPolicy", namespace: "shop", name: "no-sleep" } as const;
    const unenforced = [{ policy, origin: "spec.process.matchPaths[0]", reason: "automaton over budget" }];
    await bed.cluster.report("node-1", { unenforced });
    const failed = await bed.conditionIs("no-sleep", "Enforced", "False");
    expect(failed.reason).toBe("NodeFailed");
    expect(failed.message).toContain("node-1: spec.process.matchPaths[0]: automaton over budget");
    const now = await bed.status("no-sleep");
    expect(now?.nodes?.failures).toEqual([
      { node: "node-1", reason: "spec.process.matchPaths[0]: automaton over budget" },
    ]);
    expect(now?.problems).toContainEqual({
      origin: "spec.process.matchPaths[0]",
      reason: "NodeFailed",
      message: "automaton over budget",
      nodes: ["node-1"],
    });
    await bed.cluster.report("node-1", { enforcing: false, problems: ["kernel has no BPF LSM: boot with lsm=bpf"] });
    await until("the kernel's lack is named", async () =>
      condition(await bed.status("no-sleep"), "Enforced")?.message.includes("node-1: kernel has no BPF LSM"),
    );
    await bed.cluster.report("node-1");
    await bed.conditionIs("no-sleep", "Enforced", "True");
  });

  it("keeps the time of a condition that does not change, and puts a status right that somebody else wrote", async () => {
    const before = condition(await bed.status("no-sleep"), "Accepted");
    const target = {
      resource: policyResource("KubeArmorPolicy"),
      namespace: "shop",
      name: "no-sleep",
      subresource: "status",
    };
    const lie = { ...before, message: "all is well", status: "False" };
    await apply(bed.cluster.client, target, { status: { conditions: [lie] } }, { fieldManager: "vandal" });
    await until(
      "put right",
      async () => condition(await bed.status("no-sleep"), "Accepted")?.message === before?.message,
    );
  });

  it("reports an invalid posture as an Event on the namespace, keeps the default, and leaves the namespace alone", async () => {
    const before = await bed.cluster.namespace("shop", { "kubearmor-file-posture": "blok" });
    const event = await until("the event", async () => {
      const list = await bed.cluster.client.request<
        KubeList<KubeObject & { note: string; reason: string; regarding: { name: string; kind: string } }>
      >({
        method: "GET",
        path: collectionPath(eventResource),
      });
      return list.items?.find((e) => e.reason === "InvalidPosture");
    });
    expect(event.regarding).toMatchObject({ kind: "Namespace", name: "shop" });
    expect(event.note).toContain('kubearmor-file-posture has the value "blok"');
    const after = await bed.cluster.client.request<KubeObject>({ method: "GET", path: `/api/v1/namespaces/shop` });
    expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    await bed.cluster.namespace("shop");
  });

  it("tells the author of a pod that its wish for no enforcement has no effect, as an Event on the pod", async () => {
    const annotations = { "kubearmor-policy": "disabled" };
    await bed.cluster.pod({ namespace: "shop", name: "wishing", node: "node-9", annotations });
    await bed.cluster.pod({ namespace: "shop", name: "plain", node: "node-9" });
    type PodEvent = KubeObject & { note: string; reason: string; regarding: { name: string; kind: string } };
    const events = await until("the event", async () => {
      const path = collectionPath(eventResource, "shop");
      const { items } = await bed.cluster.client.request<KubeList<PodEvent>>({ method: "GET", path });
      const own = (items ?? []).filter(({ reason }) => reason === "AnnotationIgnored");
      return own.length > 0 ? own : undefined;
    });
    expect(events.map(({ regarding, note }) => [regarding.kind, regarding.name, note])).toEqual([
      ["Pod", "wishing", expect.stringContaining("kubearmor-policy: disabled has no effect")],
    ]);
    for (const name of ["wishing", "plain"]) await bed.cluster.delete(podResource, name, "shop");
  });

  it("tells the changes of a policy as Events on it", async () => {
    type PolicyEvent = KubeObject & { reason: string; action: string; regarding: { name: string; kind: string } };
    const told = await until("the event", async () => {
      const path = collectionPath(eventResource, "shop");
      const { items } = await bed.cluster.client.request<KubeList<PolicyEvent>>({ method: "GET", path });
      const own = items?.filter(
        ({ regarding }) => regarding.kind === "KubeArmorPolicy" && regarding.name === "no-sleep",
      );
      return own?.some(({ action, reason }) => action === "Enforced" && reason === "Complete") ? own : undefined;
    });
    expect(told.map(({ action, reason }) => `${action} ${reason}`)).toContain("Accepted Accepted");
  });

  it("names refused parts and enforces the rest: Accepted False, PartlyAccepted", async () => {
    await bed.ksp("partly", {
      selector: { matchLabels: { group: "group-1" } },
      process: { matchPaths: [{ path: "/bin/ls" }], matchPatterns: [{ pattern: "/usr/bin/[sh" }] },
      action: "Block",
    });
    const accepted = await bed.conditionIs("partly", "Accepted", "False");
    expect(accepted.reason).toBe("PartlyAccepted");
    expect(accepted.message).toContain("spec.process.matchPatterns[0]");
    await until("the rest is bound", async () =>
      (await bed.cluster.blocked("node-1"))["web/main"]?.includes("/bin/ls"),
    );
    await bed.cluster.report("node-1");
    const enforced = await bed.conditionIs("partly", "Enforced", "True");
    expect(enforced.message).toBe("1/1 nodes enforce what is accepted of it");
    await bed.drop("partly");
  });

  it("says of a policy none of which can be bound that it is not enforced", async () => {
    await bed.ksp("profile-only", { apparmor: "profile", action: "Block" });
    const enforced = await bed.conditionIs("profile-only", "Enforced", "False");
    expect(enforced.reason).toBe("UnsupportedFeature");
    expect((await bed.status("profile-only"))?.problems?.[0]?.origin).toContain("spec.apparmor");
    await bed.drop("profile-only");
  });

  it("accepts a host policy", async () => {
    await bed.cluster.policy({
      kind: "KubeArmorHostPolicy",
      name: "host",
      spec: {
        nodeSelector: { matchLabels: { "kubernetes.io/hostname": "node-1" } },
        process: { matchPaths: [{ path: "/bin/ls" }] },
        action: "Block",
      },
    });
    const host = await until("status", async () =>
      condition(await bed.cluster.status("KubeArmorHostPolicy", "host"), "Accepted"),
    );
    expect(host).toMatchObject({ status: "True" });
    await bed.cluster.delete(policyResource("KubeArmorHostPolicy"), "host");
  });
});
