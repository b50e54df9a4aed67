/**
 * What one pass, or several, write into the kernel and say of it.
 *
 * Long because each case is one more thing that a pass meets, on the same small node.
 */

import { describe, expect, it } from "@jest/globals";
import { digestOf } from "@portcullis/bus";
import { noAliases } from "../src/bind/alias-memory.ts";
import type { AcceptedBundle } from "../src/bundles/verification.ts";
import { accepted, cat, container, fixedAliases, ReconcilingNode, selected, sleep } from "./reconciling-node.ts";
import { tableText } from "./recorder.ts";
import { containerId } from "./support.ts";

describe("a reconcile pass", () => {
  it("puts the rule table into a slot before it binds the cgroup to it", async () => {
    const node = new ReconcilingNode();
    const outcome = await node.settle(accepted(selected(1, sleep.digest)), [container(1)]);
    expect(node.engine.calls).toEqual(["rules 1", "bind 1001"]);
    expect(node.engine.rulesOf(1001n)).toBe(tableText(sleep.ruleSet, noAliases));
    expect(outcome).toMatchObject({ boundRuleSets: [sleep.digest], problems: [], slotsUsed: 1 });
  });

  it("writes nothing when nothing changed", async () => {
    const node = new ReconcilingNode();
    await node.settle(accepted(selected(1, sleep.digest)), [container(1)]);
    node.engine.calls.length = 0;
    await node.settle(accepted(selected(1, sleep.digest, { labels: { other: "label" } })), [container(1)]);
    expect(node.engine.calls).toEqual([]);
  });

  it("does not say that a bundle is in force while a container it concerns has no identity yet", async () => {
    const node = new ReconcilingNode();
    const bundle = accepted(selected(1, sleep.digest));
    const uid = bundle.bundle.containers[0]!.podUid;
    await node.settle(bundle, []);
    const later = { ...bundle, bundle: { ...bundle.bundle, revision: bundle.bundle.revision + 1n } };
    const held = node.reconciler.pass(later, {
      known: [],
      present: new Set(),
      unidentifiedPods: new Set([uid]),
      unseen: [],
    });
    expect(held.revision).toBe(bundle.bundle.revision);
    expect(held.waitingFor.map(({ policy }) => policy)).toEqual(sleep.ruleSet.policies);
    expect((await node.settle(later, [container(1)])).revision).toBe(later.bundle.revision);
  });

  it("makes the policies of a container wait that has no identity yet, and says of the others which bundle is bound", async () => {
    const node = new ReconcilingNode();
    const of = accepted(selected(1, sleep.digest), selected(2, ""));
    const pods = new Set([of.bundle.containers[1]!.podUid]);
    await node.settle(of, [container(1)]);
    const outcome = node.reconciler.pass(of, {
      known: [container(1)],
      present: new Set([1001n]),
      unidentifiedPods: pods,
      unseen: [],
    });
    expect(outcome.held).toEqual({ epoch: 0n, revision: of.bundle.revision, digest: digestOf(of.bytes) });
    expect(outcome.waitingFor).toEqual([]);
  });

  it("says that a policy is not enforced in a container that the runtime runs and of which there is no cgroup", () => {
    const node = new ReconcilingNode();
    const of = accepted(selected(1, sleep.digest), selected(2, cat.digest));
    const unseen = [container(1), container(3)];
    const outcome = node.reconciler.pass(of, { known: [], present: new Set(), unidentifiedPods: new Set(), unseen });
    const reason = expect.stringMatching(/^shop\/web-1\/app: ENFORCER_CONTAINER_UNSEEN: /);
    expect(outcome.unenforced).toEqual([{ policy: sleep.ruleSet.policies[0], origin: "", reason }]);
    expect(outcome.problems).toEqual([expect.stringMatching(/^ENFORCER_CONTAINER_UNSEEN: shop\/web-1\/app: /)]);
  });

  it("does not take containers for ended before the runtime has said which run", () => {
    const node = new ReconcilingNode();
    const of = accepted(selected(1, sleep.digest), selected(2, ""));
    const observed = { known: [], present: new Set<bigint>(), unidentifiedPods: new Set<string>() };
    const outcome = node.reconciler.pass(of, { ...observed, unseen: undefined });
    const reason = "shop/web-1/app: the runtime has not said yet which containers run";
    expect(outcome.waitingFor).toEqual([{ policy: sleep.ruleSet.policies[0], reason }]);
    expect(node.reconciler.pass(of, { ...observed, unseen: [] }).waitingFor).toEqual([]);
  });

  it("takes a container without a name, in a static pod, for any that is still to come", async () => {
    const node = new ReconcilingNode();
    const of = accepted(selected(1, sleep.digest), selected(2, cat.digest));
    await node.settle(of, [container(1)]);
    const outcome = node.reconciler.pass(of, {
      known: [container(1)],
      present: new Set([1001n, 1002n]),
      unidentifiedPods: new Set(["0123456789abcdef0123456789abcdef"]),
      unseen: [],
    });
    const reason = "shop/web-2/app: it may be one that the runtime has not named yet";
    expect(outcome.waitingFor).toEqual([{ policy: cat.ruleSet.policies[0], reason }]);
  });

  it("says nothing of what it holds before the containers were listed whole", () => {
    const node = new ReconcilingNode();
    const of = accepted(selected(1, sleep.digest));
    const outcome = node.reconciler.pass(of, {
      known: [],
      present: undefined,
      unidentifiedPods: new Set(),
      unseen: [],
    });
    expect(outcome.held).toBeUndefined();
  });

  it("goes on saying what it held before until the containers were listed after the bundle had come", async () => {
    const node = new ReconcilingNode();
    const [before, of] = [accepted(selected(1, sleep.digest)), accepted(selected(1, cat.digest))];
    await node.settle(before, [container(1)]);
    const observed = {
      known: [container(1)],
      present: new Set([1001n]),
      unidentifiedPods: new Set<string>(),
      unseen: [],
    };
    const pass = async (listed: AcceptedBundle | "none") => {
      await new Promise((resolve) => setImmediate(resolve));
      return node.reconciler.pass(of, observed, listed);
    };
    await pass("none");
    const early = await pass("none");
    expect([early.held?.digest, early.boundRuleSets]).toEqual([digestOf(before.bytes), [cat.digest]]);
    expect((await pass(before)).held?.digest).toBe(digestOf(before.bytes));
    expect((await pass(of)).held?.digest).toBe(digestOf(of.bytes));
  });

  it("swaps the rule table of a bound slot and leaves the binding alone", async () => {
    const node = new ReconcilingNode();
    await node.settle(accepted(selected(1, sleep.digest)), [container(1)]);
    node.engine.calls.length = 0;
    await node.settle(accepted(selected(1, cat.digest)), [container(1)]);
    expect(node.engine.calls).toEqual(["rules 1"]);
    expect(node.engine.rulesOf(1001n)).toBe(tableText(cat.ruleSet, noAliases));
  });

  it("gives a container that is selected no more the empty rule table and keeps it bound", async () => {
    const node = new ReconcilingNode();
    await node.settle(accepted(selected(1, sleep.digest)), [container(1)]);
    await node.settle(accepted(selected(1, "")), [container(1)]);
    expect(node.engine.rulesOf(1001n)).toBe("empty");
    await node.settle(accepted(), [container(1)]);
    expect(node.engine.rulesOf(1001n)).toBe("empty");
    expect(node.engine.calls).toEqual(["rules 1", "bind 1001", "rules 1"]);
  });

  it("binds nothing that was never selected", async () => {
    const node = new ReconcilingNode();
    await node.settle(accepted(selected(1, "")), [container(1), container(2)]);
    expect(node.engine.calls).toEqual([]);
  });

  it("unbinds a container that has gone before its slot is cleared", async () => {
    const node = new ReconcilingNode();
    await node.settle(accepted(selected(1, sleep.digest)), [container(1)]);
    node.engine.calls.length = 0;
    node.pass(accepted(selected(1, sleep.digest)), []);
    expect(node.engine.calls).toEqual(["unbind 1001", "clear 1"]);
    expect(node.table.size).toBe(0);
  });

  it("takes no container for gone while the list of cgroups is not whole, nor one without identity", async () => {
    const node = new ReconcilingNode();
    const of = accepted(selected(1, sleep.digest));
    await node.settle(of, [container(1)]);
    node.engine.calls.length = 0;
    node.reconciler.pass(of, { known: [], present: undefined, unidentifiedPods: new Set(), unseen: [] });
    node.pass(of, [], [container(1)]);
    expect(node.engine.calls).toEqual([]);
    expect(node.engine.rulesOf(1001n)).toBeDefined();
  });

  it("uses a slot again only when all others were used", async () => {
    const node = new ReconcilingNode(5);
    for (let n = 1; n <= 6; n++) await node.settle(accepted(selected(n, sleep.digest)), [container(n)]);
    const set = node.engine.calls.filter((call) => call.startsWith("rules"));
    expect(set).toEqual(["rules 1", "rules 2", "rules 3", "rules 4", "rules 1", "rules 2"]);
  });

  it("reports the container for which no slot is left, and serves the others", async () => {
    const node = new ReconcilingNode(3);
    const all = [1, 2, 3].map((n) => container(n));
    const outcome = await node.settle(accepted(...all.map((_, i) => selected(i + 1, sleep.digest))), all);
    expect(outcome.problems).toEqual([expect.stringMatching(/^ENFORCER_SLOTS_EXHAUSTED: all 3 slots/)]);
    expect(node.engine.bound.size).toBe(2);
    const next = await node.settle(accepted(selected(3, sleep.digest)), [container(3)]);
    expect(next.problems).toEqual([]);
  });

  it("keeps the last rule table when the kernel refuses the new one, says so once, and tries again", async () => {
    const node = new ReconcilingNode();
    await node.settle(accepted(selected(1, sleep.digest)), [container(1)]);
    node.engine.refuse = () => new Error("E2BIG");
    const of = accepted(selected(1, cat.digest), selected(2, ""));
    await node.settle(of, [container(1)]);
    const outcome = await node.settle(of, [container(1)]);
    expect(outcome.problems).toEqual([expect.stringMatching(/ENFORCER_BIND_FAILED: shop\/web-1\/app: .*E2BIG/)]);
    expect(outcome.unenforced).toEqual([
      {
        policy: cat.ruleSet.policies[0],
        origin: "",
        reason: expect.stringMatching(/^shop\/web-1\/app: ENFORCER_BIND_.*E2BIG/),
      },
    ]);
    expect(node.engine.rulesOf(1001n)).toBe(tableText(sleep.ruleSet, noAliases));
    expect(node.log.lines.filter(({ level }) => level === "error")).toHaveLength(1);
    node.engine.refuse = undefined;
    expect((await node.settle(of, [container(1)])).problems).toEqual([]);
    expect(node.engine.rulesOf(1001n)).toBe(tableText(cat.ruleSet, noAliases));
  });

  it("reports what fails alike in many containers once, with their number", async () => {
    const node = new ReconcilingNode();
    node.engine.refuse = () => new Error("E2BIG");
    const numbers = [1, 2, 3];
    const of = accepted(...numbers.map((n) => selected(n, cat.digest)));
    const outcome = await node.settle(
      of,
      numbers.map((n) => container(n)),
    );
    expect(outcome.problems).toHaveLength(3);
    expect(outcome.unenforced).toEqual([
      {
        policy: cat.ruleSet.policies[0],
        origin: "",
        reason: expect.stringMatching(/^shop\/web-1\/app and 2 more containers: ENFORCER_BIND_FAILED: .*E2BIG/),
      },
    ]);
  });

  it("finds a static pod, whose uid differs on the node, by its name", async () => {
    const node = new ReconcilingNode();
    const of = accepted(selected(1, sleep.digest, { podUid: "6f5b0e5c-5a1b-4c5e-9b1a-000000000009" }));
    await node.settle(of, [container(1, { podUid: "0123456789abcdef0123456789abcdef" })]);
    expect(node.engine.rulesOf(1001n)).toBeDefined();
  });

  it("does not confuse a pod with an earlier one of the same name", async () => {
    const node = new ReconcilingNode();
    await node.settle(accepted(selected(1, sleep.digest, { podUid: "another" })), [container(1)]);
    expect(node.engine.bound.size).toBe(0);
  });
});

describe("symlinks in a container's root", () => {
  it("are part of the rule table", async () => {
    const node = new ReconcilingNode();
    node.symlinks.set(containerId(1), ["/bin/sleep", "/usr/bin/sleep"]);
    await node.settle(accepted(selected(1, sleep.digest)), [container(1)]);
    expect(node.engine.rulesOf(1001n)).toBe(tableText(sleep.ruleSet, fixedAliases(["/bin/sleep", ["/usr/bin/sleep"]])));
  });

  it("are looked at again after a while, and a change is bound", async () => {
    const node = new ReconcilingNode();
    const of = accepted(selected(1, sleep.digest));
    await node.settle(of, [container(1)]);
    node.symlinks.set(containerId(1), ["/bin/sleep", "/usr/bin/sleep"]);
    await node.settle(of, [container(1)]);
    expect(node.engine.calls).toEqual(["rules 1", "bind 1001"]);
    node.now += 40_000;
    node.pass(of, [container(1)]);
    await new Promise((resolve) => setImmediate(resolve));
    node.pass(of, [container(1)]);
    expect(node.engine.calls).toEqual(["rules 1", "bind 1001", "rules 1"]);
  });

  it("are not waited for when the root is not there yet: the names as written hold meanwhile", async () => {
    const node = new ReconcilingNode();
    node.rootUnavailable = true;
    node.symlinks.set(containerId(1), ["/bin/sleep", "/usr/bin/sleep"]);
    const of = accepted(selected(1, sleep.digest));
    await node.settle(of, [container(1)]);
    const unread = node.pass(of, [container(1)]);
    expect(node.engine.rulesOf(1001n)).toBe(tableText(sleep.ruleSet, noAliases));
    const reason = "shop/web-1/app: what its names lead to is not known yet";
    expect(unread.waitingFor).toEqual([{ policy: sleep.ruleSet.policies[0], reason }]);
    node.rootUnavailable = false;
    expect(node.cache.nextDue() - node.now).toBeLessThanOrEqual(50);
    node.now += 50;
    node.pass(of, [container(1)]);
    await new Promise((resolve) => setImmediate(resolve));
    node.pass(of, [container(1)]);
    expect(node.engine.rulesOf(1001n)).toContain("/usr/bin/sleep");
  });

  it("turned elsewhere stay covered where they once led, also after a restart", async () => {
    const node = new ReconcilingNode();
    const of = accepted(selected(1, sleep.digest));
    node.symlinks.set(containerId(1), ["/bin/sleep", "/usr/bin/sleep"]);
    await node.settle(of, [container(1)]);
    node.symlinks.set(containerId(1), ["/bin/sleep", "/tmp/sleep"]);
    node.start();
    await node.settle(of, [container(1)]);
    const both = fixedAliases(["/bin/sleep", ["/usr/bin/sleep", "/tmp/sleep"]]);
    expect(node.engine.rulesOf(1001n)).toBe(tableText(sleep.ruleSet, both));
  });

  it("keep the revision from being in force until the root was read", async () => {
    const node = new ReconcilingNode();
    node.rootUnavailable = true;
    const of = accepted(selected(1, sleep.digest));
    const outcome = await node.settle(of, [container(1)]);
    expect(outcome).toMatchObject({ waiting: 1, boundRuleSets: [sleep.digest] });
    expect(outcome.revision).toBeLessThan(of.bundle.revision);
    node.rootUnavailable = false;
    node.now += 5_000;
    expect(await node.settle(of, [container(1)])).toMatchObject({ waiting: 0, revision: of.bundle.revision });
  });

  it("of a container without a process keep nobody waiting", async () => {
    const node = new ReconcilingNode();
    node.rootUnavailable = true;
    node.empty = true;
    const of = accepted(selected(1, sleep.digest));
    expect(await node.settle(of, [container(1)])).toMatchObject({ waiting: 0, revision: of.bundle.revision });
  });

  it("that are refused are reported as a part of their policy", async () => {
    const node = new ReconcilingNode();
    node.refusedSymlinks = new Map([["/bin/sleep", "is a symbolic link to busybox"]]);
    const outcome = await node.settle(accepted(selected(1, sleep.digest)), [container(1)]);
    expect(outcome.unenforced).toEqual([
      {
        policy: sleep.ruleSet.policies[0],
        origin: "spec.process.matchPaths[0]",
        reason: "is a symbolic link to busybox",
      },
    ]);
  });
});
