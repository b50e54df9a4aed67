/**
 * The status of a policy from what was published and what nodes said.
 *
 * Long because each case is one more fact about the same small setting.
 */

import { describe, expect, it } from "@jest/globals";
import type { PolicyStatus } from "@portcullis/api";
import { Ledger } from "../src/status/ledger.ts";
import { NodeHealth, silenceMs } from "../src/status/node-health.ts";
import { newsOf, policyStatus, sameStatus } from "../src/status/policy-status.ts";
import type { PolicyObject } from "../src/watch/objects.ts";
import { prepare } from "../src/watch/prepared.ts";
import { blocking, condition, nodeStatus } from "./cluster.ts";

const now = "2026-11-22T10:00:00Z";
const key = "KubeArmorPolicy/shop/p";

const policy = (spec: object, generation = 1, uid = "uid-p") =>
  prepare({
    apiVersion: "security.kubearmor.com/v1",
    kind: "KubeArmorPolicy",
    metadata: { name: "p", namespace: "shop", uid, resourceVersion: "1", generation },
    spec,
  } as unknown as PolicyObject);

const carried = (generation = 1, ruleSets = ["sha256:aa"], pods: Record<string, number> = { web: 1 }) =>
  new Map([[key, { uid: "uid-p", generation, ruleSets, pods: new Map(Object.entries(pods)) }]]);

const published = (revision: bigint) => ({ digest: `sha256:${revision}`, revision });
/** What the node says that holds the bundle published with this revision. */
const holding = (revision: bigint) => ({ held: { epoch: 0n, ...published(revision) } });

/** A ledger and the health of nodes, and the status they give. */
function setting(spec: object = blocking("/bin/sh")) {
  const ledger = new Ledger();
  let time = 0;
  const health = new NodeHealth(() => time);
  const give = (
    more: { generation?: number; before?: PolicyStatus; untracked?: boolean; uid?: string; now?: string } = {},
  ) =>
    policyStatus({
      policy: policy(spec, more.generation, more.uid),
      nodes: ledger.nodesOf(key),
      health,
      untracked: more.untracked ?? false,
      before: more.before,
      now: more.now ?? now,
    });
  return { ledger, health, give, pass: (ms: number) => (time += ms) };
}

describe("the status of a policy", () => {
  it("says that there is nothing to enforce when nothing is selected", () => {
    const status = setting().give();
    expect(condition(status, "Accepted")).toMatchObject({ status: "True", reason: "Accepted" });
    for (const type of ["Distributed", "Enforced"]) {
      expect(condition(status, type)).toMatchObject({
        status: "Unknown",
        reason: "NoWorkload",
        message: "0/0 nodes: no running container is selected",
      });
    }
  });

  it("counts a node as enforcing only from the revision that carried this generation", () => {
    const { ledger, health, give } = setting();
    ledger.want("n1", carried());
    health.hear("n1", nodeStatus("n1", { ...holding(10n), updatedAt: now }));
    expect(give().nodes).toMatchObject({ desired: 1, distributed: 0, enforced: 0 });
    expect(condition(give(), "Distributed")).toMatchObject({
      reason: "Progressing",
      message: "0/1 nodes have a bundle with it; n1: its bundle is being published",
    });
    ledger.publish("n1", published(11n));
    expect(condition(give(), "Enforced")).toMatchObject({ status: "False", reason: "Progressing" });
    health.hear("n1", nodeStatus("n1", { ...holding(11n) }));
    expect(condition(give(), "Enforced")).toMatchObject({
      status: "True",
      reason: "Complete",
      message: "1/1 nodes enforce it",
    });
    expect(give({ generation: 2 }).nodes).toMatchObject({ distributed: 0, enforced: 0 });
  });

  it("does not wait for later revisions of the node that change nothing of the policy", () => {
    const { ledger, health, give } = setting();
    ledger.want("n1", carried());
    ledger.publish("n1", published(5n));
    health.hear("n1", nodeStatus("n1", { ...holding(5n), updatedAt: now }));
    ledger.want(
      "n1",
      new Map([
        ...carried(),
        ["KubeArmorPolicy/shop/q", { uid: "q", generation: 1, ruleSets: ["sha256:bb"], pods: new Map() }],
      ]),
    );
    expect(ledger.publish("n1", published(6n))).toEqual(["KubeArmorPolicy/shop/q"]);
    expect(condition(give(), "Enforced")?.status).toBe("True");
    // Another rule set that holds it does change something.
    ledger.want("n1", carried(1, ["sha256:aa", "sha256:cc"]));
    ledger.publish("n1", published(7n));
    expect(condition(give(), "Enforced")?.status).toBe("False");
  });

  it("waits for a proof anew when a container comes, and not when one goes", () => {
    const { ledger, health, give } = setting();
    ledger.want("n1", carried());
    ledger.publish("n1", published(5n));
    health.hear("n1", nodeStatus("n1", holding(5n)));
    const two = carried(1, ["sha256:aa"], { web: 1, till: 2 });
    expect(ledger.want("n1", two)).toEqual([key]);
    expect(give().nodes).toMatchObject({ desired: 1, distributed: 0, enforced: 0 });
    expect(ledger.fail("n1", "no answer from the bus")).toEqual([key]);
    expect(condition(give(), "Enforced")?.message).toContain("its bundle was not published: no answer from the bus");
    ledger.publish("n1", published(6n));
    expect(condition(give(), "Enforced")).toMatchObject({ status: "False", reason: "Progressing" });
    health.hear("n1", nodeStatus("n1", holding(6n)));
    expect(condition(give(), "Enforced")?.status).toBe("True");
    // One container of a pod goes, and then the other pod: whoever holds an older bundle has bound what is left.
    expect(ledger.want("n1", carried(1, ["sha256:aa"], { web: 1, till: 1 }))).toEqual([]);
    expect(ledger.want("n1", carried())).toEqual([]);
    expect(ledger.publish("n1", published(7n))).toEqual([]);
    expect(condition(give(), "Enforced")?.status).toBe("True");
    // It comes again, after a bundle without it.
    ledger.want("n1", two);
    ledger.publish("n1", published(8n));
    expect(condition(give(), "Enforced")?.status).toBe("False");
  });

  it("does not take a revision for a proof, however high: the digest is compared", () => {
    const { ledger, health, give } = setting();
    ledger.want("n1", carried());
    ledger.publish("n1", published(5n));
    const forged = { epoch: 9n, revision: 1n << 62n, digest: "sha256:forged" };
    health.hear("n1", nodeStatus("n1", { appliedRevision: 1n << 62n, held: forged }));
    expect(condition(give(), "Enforced")).toMatchObject({ status: "False", reason: "Progressing" });
    // A release that does not say what it holds has not proved it either.
    health.hear("n1", nodeStatus("n1", { appliedRevision: 5n }));
    expect(condition(give(), "Enforced")).toMatchObject({ status: "False", reason: "Progressing" });
    health.hear("n1", nodeStatus("n1", holding(5n)));
    expect(condition(give(), "Enforced")?.status).toBe("True");
  });

  it("names why the newest bundle of a node is not in force, as a failure", () => {
    const { ledger, health, give } = setting();
    ledger.want("n1", carried());
    ledger.publish("n1", published(5n));
    health.hear("n1", nodeStatus("n1", { ...holding(4n), bundleProblem: "BUS_RULE_SET_MISSING: not in the bucket" }));
    expect(condition(give(), "Enforced")).toMatchObject({
      status: "False",
      reason: "NodeFailed",
      message: "0/1 nodes enforce it; n1: its newest bundle is not in force: BUS_RULE_SET_MISSING: not in the bucket",
    });
  });

  it("is not distributed to a node that refuses the bundle, and is to one that has refused another and holds it", () => {
    const { ledger, health, give, pass } = setting();
    ledger.want("n1", carried());
    ledger.publish("n1", published(5n));
    const bundleProblem = "ENFORCER_BUNDLE_KEY_UNKNOWN: the bundle is signed with the key x, accepted are none";
    expect(condition(give(), "Distributed")?.status).toBe("True");
    // It enforces nothing yet: its enforcement says why, and what was refused is said all the same.
    health.hear("n1", nodeStatus("n1", { enforcing: false, problems: ["ENFORCER_STARTING: not yet"], bundleProblem }));
    expect(condition(give(), "Distributed")).toMatchObject({
      status: "False",
      reason: "NodeFailed",
      message: `0/1 nodes have a bundle with it; n1: its newest bundle is not in force: ${bundleProblem}`,
    });
    expect(give().nodes).toMatchObject({ desired: 1, distributed: 0, enforced: 0 });
    health.hear("n1", nodeStatus("n1", { ...holding(5n), bundleProblem, updatedAt: "2026-11-22T10:00:01Z" }));
    expect(condition(give(), "Distributed")?.status).toBe("True");
    // What a node said that is silent since then is not said of it for ever.
    health.hear("n1", nodeStatus("n1", { bundleProblem, updatedAt: "2026-11-22T10:00:02Z" }));
    expect(condition(give(), "Distributed")?.status).toBe("False");
    pass(60_000);
    health.fallenSilent();
    expect(condition(give(), "Distributed")?.status).toBe("True");
  });

  it("waits for the containers that the policy itself waits for, and for no others", () => {
    const { ledger, health, give } = setting();
    ledger.want("n1", carried());
    ledger.publish("n1", published(5n));
    const wait = (name: string) => ({
      policy: { kind: "KubeArmorPolicy", namespace: "shop", name } as const,
      reason: "shop/web/app: it is being bound",
    });
    const report = (waiting: ReturnType<typeof wait>[], waitingPolicies = waiting.length) => {
      health.hear("n1", nodeStatus("n1", { ...holding(5n), waiting, waitingPolicies }));
      return condition(give(), "Enforced");
    };
    expect(report([wait("other")])?.status).toBe("True");
    expect(report([wait("other")], 2)).toMatchObject({ status: "False", reason: "Progressing" });
    expect(report([wait("other"), wait("p")])).toMatchObject({
      status: "False",
      reason: "Progressing",
      message: "0/1 nodes enforce it; n1: shop/web/app: it is being bound",
    });
  });

  it("does not take a policy of the same name that was deleted for this one", () => {
    const { ledger, health, give } = setting();
    ledger.want("n1", carried());
    ledger.publish("n1", published(5n));
    health.hear("n1", nodeStatus("n1", { ...holding(5n), updatedAt: now }));
    expect(give({ uid: "uid-new" }).nodes).toMatchObject({ desired: 1, distributed: 0 });
  });

  it("names the node that has fallen silent, and is content again when it speaks", () => {
    const { ledger, health, give, pass } = setting();
    ledger.want("n1", carried());
    ledger.publish("n1", published(5n));
    health.hear("n1", nodeStatus("n1", { ...holding(5n), updatedAt: now }));
    pass(silenceMs - 1);
    expect(health.fallenSilent()).toEqual([]);
    pass(1);
    expect(health.fallenSilent()).toEqual(["n1"]);
    expect(health.fallenSilent()).toEqual([]);
    expect(condition(give(), "Enforced")).toMatchObject({ status: "Unknown", reason: "NodesSilent" });
    expect(condition(give(), "Ready")).toMatchObject({ status: "False", reason: "NodesSilent" });
    expect(condition(give(), "Enforced")?.message).toContain(
      `n1: the enforcer is silent; its last status is of ${now}`,
    );
    // What comes again because the watch was opened again is no sign of life.
    health.hear("n1", nodeStatus("n1", { ...holding(5n), updatedAt: now }));
    expect(condition(give(), "Enforced")?.reason).toBe("NodesSilent");
    health.hear("n1", nodeStatus("n1", holding(5n)));
    expect(condition(give(), "Enforced")?.status).toBe("True");
  });

  it("takes a status that lay there neither for a sign of life nor for silence, whatever time it names", () => {
    const { ledger, health, give, pass } = setting();
    ledger.want("n1", carried());
    ledger.publish("n1", published(5n));
    health.hear("n1", nodeStatus("n1", { ...holding(5n), updatedAt: "1970-01-01T00:00:00Z" }), true);
    expect(health.unheard("n1")).toBe(true);
    expect(condition(give(), "Enforced")).toMatchObject({ status: "False", reason: "Progressing" });
    pass(silenceMs);
    expect(health.fallenSilent()).toEqual(["n1"]);
    expect(health.unheard("n1")).toBe(false);
    expect(condition(give(), "Enforced")).toMatchObject({ status: "Unknown", reason: "NodesSilent" });
    health.hear("n1", nodeStatus("n1", { ...holding(5n), updatedAt: "1970-01-01T00:00:15Z" }));
    expect(condition(give(), "Enforced")?.status).toBe("True");
  });

  it("proves nothing of a policy that may be among those which a cut list leaves out", () => {
    const { ledger, health, give } = setting();
    ledger.want("n1", carried());
    ledger.publish("n1", published(5n));
    const part = (name: string) => ({
      policy: { kind: "KubeArmorPolicy", namespace: "loud", name } as const,
      origin: "spec",
      reason: "over budget",
    });
    const report = (count: number, inAll?: { parts: number; policies: number }) => {
      const unenforced = Array.from({ length: count }, (_, i) => part(`q${i}`));
      health.hear("n1", nodeStatus("n1", { ...holding(5n), unenforced, unenforcedInAll: inAll }));
      return condition(give(), "Enforced");
    };
    expect(report(256, { parts: 300, policies: 300 })).toMatchObject({ status: "False", reason: "NodeFailed" });
    expect(condition(give(), "Enforced")?.message).toContain("256 of 300 parts that are not bound");
    // A release that does not say how many there are sent the first 256.
    expect(report(256)).toMatchObject({ status: "False", reason: "NodeFailed" });
    // Every policy that has such parts is named, and this one is not.
    expect(report(256, { parts: 900, policies: 256 })).toMatchObject({ status: "True" });
    expect(report(255)).toMatchObject({ status: "True" });
  });

  it("names what a node must not deny without taking the policy for unenforced", () => {
    const { ledger, health, give } = setting();
    ledger.want("n1", carried());
    ledger.publish("n1", published(5n));
    const ref = { kind: "KubeArmorPolicy", namespace: "shop", name: "p" } as const;
    const exempt = [{ policy: ref, origin: "spec.file", reason: "kubelet stays allowed" }];
    health.hear("n1", nodeStatus("n1", { ...holding(5n), exempt }));
    expect(condition(give(), "Enforced")?.status).toBe("True");
    expect(give().problems).toMatchObject([{ origin: "spec.file", reason: "LockoutAvoided", nodes: ["n1"] }]);
  });

  it("says in the words of kstatus whether it is done, on the way or stuck", () => {
    const { ledger, health, give } = setting();
    const kstatus = (status: PolicyStatus) =>
      ["Ready", "Reconciling", "Stalled"].map((type) => condition(status, type)?.status ?? "absent");
    expect(kstatus(give())).toEqual(["True", "absent", "absent"]);
    ledger.want("n1", carried());
    expect(kstatus(give())).toEqual(["False", "True", "absent"]);
    ledger.publish("n1", published(5n));
    health.hear("n1", nodeStatus("n1", { ...holding(4n), updatedAt: now }));
    expect(kstatus(give())).toEqual(["False", "True", "absent"]);
    health.hear("n1", nodeStatus("n1", holding(5n)));
    expect(kstatus(give())).toEqual(["True", "absent", "absent"]);
    health.hear("n1", nodeStatus("n1", { ...holding(5n), enforcing: false, problems: ["no BPF LSM"] }));
    expect(kstatus(give())).toEqual(["False", "absent", "True"]);
    const rejected = setting({ apparmor: "profile", action: "Block" }).give();
    expect(kstatus(rejected)).toEqual(["False", "absent", "True"]);
    expect(condition(rejected, "Ready")?.reason).toBe("UnsupportedFeature");
  });

  it("tells every change of Accepted and Enforced once, and nothing else", () => {
    const { ledger, health, give } = setting();
    const nothing = give();
    expect(newsOf(undefined, nothing).map(({ type, action, reason }) => [type, action, reason])).toEqual([
      ["Normal", "Accepted", "Accepted"],
      ["Normal", "Enforced", "NoWorkload"],
    ]);
    ledger.want("n1", carried());
    ledger.publish("n1", published(5n));
    health.hear("n1", nodeStatus("n1", { ...holding(5n), updatedAt: now }));
    const enforced = give();
    expect(newsOf(nothing, enforced)).toEqual([
      { type: "Normal", action: "Enforced", reason: "Complete", note: "Enforced is True: 1/1 nodes enforce it" },
    ]);
    health.hear("n1", nodeStatus("n1", { ...holding(5n), enforcing: false, problems: ["no BPF LSM"] }));
    expect(newsOf(enforced, give())).toMatchObject([{ type: "Warning", action: "Enforced", reason: "NodeFailed" }]);
    expect(newsOf(enforced, enforced)).toEqual([]);
  });

  it("names the first nodes that fail and counts the others", () => {
    const { ledger, give } = setting();
    for (let i = 10; i < 35; i++) {
      ledger.want(`n${i}`, carried());
      ledger.publish(`n${i}`, published(1n));
    }
    const status = give();
    expect(status.nodes).toMatchObject({ desired: 25, distributed: 25, enforced: 0, summary: "0/25" });
    expect(status.nodes?.failures).toHaveLength(10);
    expect(condition(status, "Enforced")?.message).toMatch(
      /^0\/25 nodes enforce it; n10: .*; n11: .*; n12: .*; and 22 more nodes$/,
    );
  });

  it("says why a bundle could not be published", () => {
    const { ledger, give } = setting();
    ledger.want("n1", carried());
    expect(ledger.fail("n1", "no answer from the bus")).toEqual([key]);
    expect(ledger.fail("n1", "no answer from the bus")).toEqual([]);
    expect(condition(give(), "Distributed")).toMatchObject({ status: "False", reason: "NodeFailed" });
    expect(condition(give(), "Distributed")?.message).toContain(
      "n1: its bundle was not published: no answer from the bus",
    );
    expect(ledger.publish("n1", published(1n))).toEqual([key]);
    expect(condition(give(), "Distributed")?.status).toBe("True");
  });

  it("names the nodes whose rule sets have no room for it", () => {
    const { ledger, give } = setting();
    const refused = "the rules are too many";
    ledger.want("n1", new Map([[key, { uid: "uid-p", generation: 1, ruleSets: [], pods: new Map(), refused }]]));
    ledger.publish("n1", published(1n));
    expect(condition(give(), "Enforced")?.message).toBe(`0/1 nodes enforce it; n1: ${refused}`);
    expect(give().problems).toEqual([{ origin: "spec", reason: "OverBudget", message: refused, nodes: ["n1"] }]);
  });

  it("keeps the time of a condition until its status changes", () => {
    const { give } = setting();
    const before = give();
    const later = "2026-11-22T11:00:00Z";
    expect(condition(give({ before, now: later }), "Accepted")?.lastTransitionTime).toBe(now);
    const untracked = give({ before, untracked: true, now: later });
    expect(condition(untracked, "Enforced")).toMatchObject({ status: "False", lastTransitionTime: later });
    expect(sameStatus(before, give({ before, now: later }))).toBe(true);
    expect(sameStatus(before, untracked)).toBe(false);
    expect(sameStatus(undefined, before)).toBe(false);
  });

  it("keeps to the schema's limits however much is wrong", () => {
    const entries = Array.from({ length: 150 }, (_, i) => ({ path: `x${i}` }));
    const status = setting({ process: { matchPaths: entries }, action: "Block" }).give();
    expect(status.problems).toHaveLength(100);
    expect(status.problems?.at(-1)?.message).toBe("and 51 more problems");
    expect(condition(status, "Accepted")).toMatchObject({ status: "False", reason: "InvalidPath" });
    expect(condition(status, "Enforced")).toMatchObject({ status: "False", reason: "InvalidPath" });
  });

  it("forgets a node that is gone", () => {
    const { ledger, give } = setting();
    ledger.want("n1", carried());
    expect(ledger.drop("n1")).toEqual([key]);
    expect(give().nodes?.desired).toBe(0);
    expect(ledger.ruleSets().size).toBe(0);
  });
});
