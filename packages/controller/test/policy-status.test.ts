import { describe, expect, it } from "@jest/globals";
import type { PolicyStatus } from "@portcullis/api";
import { Ledger } from "../src/status/ledger.ts";
import { NodeHealth, silenceMs } from "../src/status/node-health.ts";
import { policyStatus, sameStatus } from "../src/status/policy-status.ts";
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

const carried = (generation = 1, ruleSets = ["sha256:aa"], uid = "uid-p") =>
  new Map([[key, { uid, generation, ruleSets }]]);

/** A ledger and the health of nodes, and the status they give. */
function setting(spec: object = blocking("/bin/sh")) {
  const ledger = new Ledger();
  let time = Date.parse(now);
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
        status: "True",
        reason: "NoWorkload",
        message: "0/0 nodes: no running container is selected",
      });
    }
  });

  it("counts a node as enforcing only from the revision that carried this generation", () => {
    const { ledger, health, give } = setting();
    ledger.want("n1", carried());
    health.hear("n1", nodeStatus("n1", { appliedRevision: 10n, updatedAt: now }));
    expect(give().nodes).toMatchObject({ desired: 1, distributed: 0, enforced: 0 });
    expect(condition(give(), "Distributed")).toMatchObject({
      reason: "Progressing",
      message: "0/1 nodes have a bundle with it; n1: its bundle is being published",
    });
    ledger.publish("n1", 11n);
    expect(condition(give(), "Enforced")).toMatchObject({ status: "False", reason: "Progressing" });
    health.hear("n1", nodeStatus("n1", { appliedRevision: 11n }));
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
    ledger.publish("n1", 5n);
    health.hear("n1", nodeStatus("n1", { appliedRevision: 5n, updatedAt: now }));
    ledger.want(
      "n1",
      new Map([...carried(), ["KubeArmorPolicy/shop/q", { uid: "q", generation: 1, ruleSets: ["sha256:bb"] }]]),
    );
    expect(ledger.publish("n1", 6n)).toEqual(["KubeArmorPolicy/shop/q"]);
    expect(condition(give(), "Enforced")?.status).toBe("True");
    // Another rule set that holds it does change something.
    ledger.want("n1", carried(1, ["sha256:aa", "sha256:cc"]));
    ledger.publish("n1", 7n);
    expect(condition(give(), "Enforced")?.status).toBe("False");
  });

  it("does not take a policy of the same name that was deleted for this one", () => {
    const { ledger, health, give } = setting();
    ledger.want("n1", carried());
    ledger.publish("n1", 5n);
    health.hear("n1", nodeStatus("n1", { appliedRevision: 5n, updatedAt: now }));
    expect(give({ uid: "uid-new" }).nodes).toMatchObject({ desired: 1, distributed: 0 });
  });

  it("names the node that has fallen silent, and is content again when it speaks", () => {
    const { ledger, health, give, pass } = setting();
    ledger.want("n1", carried());
    ledger.publish("n1", 5n);
    health.hear("n1", nodeStatus("n1", { appliedRevision: 5n, updatedAt: now }));
    pass(silenceMs - 1);
    expect(health.fallenSilent()).toEqual([]);
    pass(1);
    expect(health.fallenSilent()).toEqual(["n1"]);
    expect(health.fallenSilent()).toEqual([]);
    expect(condition(give(), "Enforced")).toMatchObject({ status: "False", reason: "NodeFailed" });
    expect(condition(give(), "Enforced")?.message).toContain(
      `n1: the enforcer has been silent since ${now.replace("Z", ".000Z")}`,
    );
    health.hear("n1", nodeStatus("n1", { appliedRevision: 5n, updatedAt: now }));
    expect(condition(give(), "Enforced")?.status).toBe("True");
  });

  it("takes a status that lay there for as old as it says", () => {
    const { ledger, health, give } = setting();
    ledger.want("n1", carried());
    ledger.publish("n1", 5n);
    health.hear("n1", nodeStatus("n1", { appliedRevision: 5n, updatedAt: "2026-11-22T09:00:00Z" }));
    expect(condition(give(), "Enforced")?.message).toContain("silent since 2026-11-22T09:00:00.000Z");
  });

  it("names the first nodes that fail and counts the others", () => {
    const { ledger, give } = setting();
    for (let i = 10; i < 35; i++) {
      ledger.want(`n${i}`, carried());
      ledger.publish(`n${i}`, 1n);
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
    expect(ledger.publish("n1", 1n)).toEqual([key]);
    expect(condition(give(), "Distributed")?.status).toBe("True");
  });

  it("names the nodes whose rule sets have no room for it", () => {
    const { ledger, give } = setting();
    const refused = "the rules are too many";
    ledger.want("n1", new Map([[key, { uid: "uid-p", generation: 1, ruleSets: [], refused }]]));
    ledger.publish("n1", 1n);
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
    const entries = Array.from({ length: 150 }, (_, i) => ({ pattern: `/bin/*${i}` }));
    const status = setting({ process: { matchPatterns: entries }, action: "Block" }).give();
    expect(status.problems).toHaveLength(100);
    expect(status.problems?.at(-1)?.message).toBe("and 51 more problems");
    expect(condition(status, "Accepted")).toMatchObject({ status: "False", reason: "UnsupportedFeature" });
    expect(condition(status, "Enforced")).toMatchObject({ status: "False", reason: "UnsupportedFeature" });
  });

  it("forgets a node that is gone", () => {
    const { ledger, give } = setting();
    ledger.want("n1", carried());
    expect(ledger.drop("n1")).toEqual([key]);
    expect(give().nodes?.desired).toBe(0);
    expect(ledger.ruleSets().size).toBe(0);
  });
});
