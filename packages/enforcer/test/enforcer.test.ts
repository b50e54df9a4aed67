/** The enforcer whole, with a real bus and a recorded kernel. Long because it is one life of a node, from its start to its end. */
import { rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type DeliveredAlert, PublicKeys, SigningKey } from "@portcullis/bus";
import { type NatsServer, startNatsServer } from "@portcullis/bus/testing";
import { until } from "@portcullis/daemon/testing";

import { noAliases } from "../src/bind/alias-memory.ts";
import { enforcerChecks } from "../src/checks.ts";
import { atEnd, client, collect, EnforcerNode, statuses, supported, uid } from "./enforcer-node.ts";
import { fixedAliases } from "./reconciling-node.ts";
import { tableText, textCompiler } from "./recorder.ts";
import { bundle, bundleContainer, containerId, countOf, event, rule, ruleSet, signer } from "./support.ts";

const sleep = ruleSet(rule(1, "/bin/sleep"));
const cat = ruleSet(rule(1, "/bin/cat"));
const encoded = new Map([sleep, cat].map((made) => [made.digest, made.bytes]));

let server: NatsServer;
beforeAll(async () => {
  server = await startNatsServer();
});
afterAll(() => server.dispose());

function content(node: string, digest: string) {
  const { revision: _, ...rest } = bundle(1n, [bundleContainer({ podUid: uid, ruleSet: digest })], { node }).bundle;
  return rest;
}

/** An enforcer of which nothing is known. */
const idle = { hasBundle: false, offered: false, sinceStartMs: 0, hindrance: "", sinceTurnMs: 0 };

const aliased = tableText(sleep.ruleSet, fixedAliases(["/bin/sleep", ["/usr/bin/sleep"]]));

describe("an enforcer", () => {
  it("is not live when no pass over its containers comes any more", () => {
    const { live } = enforcerChecks({ ...idle, hasBundle: true, sinceTurnMs: 301_000 });
    expect(live.passes()).toBe("no pass over the containers for 301 s");
  });

  it("has started when a bundle has come, accepted or not, and after five minutes without a controller", () => {
    const started = (more: Partial<typeof idle>) => enforcerChecks({ ...idle, ...more }).started.bundle();
    expect(started({})).toBe("no bundle has come yet");
    expect([started({ offered: true }), started({ hasBundle: true }), started({ sinceStartMs: 300_001 })]).toEqual([
      true,
      true,
      true,
    ]);
  });

  it("has started and is not ready when the bundle that came is signed with a key that it does not know", async () => {
    const controller = await client("controller", server.url);
    await controller.ensure();
    const node = new EnforcerNode("node-k", server.url);
    node.start();
    const { started, ready } = enforcerChecks(node.enforcer);
    expect(started.bundle()).toBe("no bundle has come yet");
    const key = SigningKey.generate();
    const stranger = { key, accepted: new PublicKeys([key.publicKey]) };
    await controller.publishBundle(content("node-k", sleep.digest), encoded, { signer: stranger });
    await until("the bundle has come", () => node.enforcer.offered);
    expect(started.bundle()).toBe(true);
    expect(ready.bundle()).toBe("no bundle is in force: none has come, or the newest was refused");
    await controller.publishBundle(content("node-k", sleep.digest), encoded, { signer });
    await until("a bundle in force", () => ready.bundle() === true);
  }, 30_000);

  it("binds a new container as soon as its cgroup is there and reports a denial with policy and pod", async () => {
    const controller = await client("controller", server.url);
    await controller.ensure();
    const node = new EnforcerNode("node-a", server.url);
    const alerts = await collect(controller);
    const reported = statuses(controller, "node-a");
    node.start();
    const { revision } = await controller.publishBundle(content("node-a", sleep.digest), encoded, { signer });
    await until("bundle applied", () => node.enforcer.appliedRevision === revision, 10_000);
    const cgroup = node.run(1);
    await until("bound with its symlinks", () => node.engine.rulesOf(cgroup) === aliased);
    node.engine.emit(
      event({ tableId: node.engine.tableIdOf(cgroup), slot: 1, cgroupId: cgroup, object: "/usr/bin/sleep" }),
    );
    await until("alert", () => alerts.length === 1);
    expect(alerts[0]).toMatchObject({
      hostName: "node-a",
      policyName: "block-tools",
      podName: "web-1",
      containerId: containerId(1),
      labels: { app: "web" },
      resource: "/usr/bin/sleep 1",
    });
    await until("status", () => reported.some(({ boundRuleSets }) => boundRuleSets.includes(sleep.digest)));
    const { ready, live } = enforcerChecks(node.enforcer);
    expect([ready.enforcing(), ready.bundle(), live.passes()]).toEqual([true, true, true]);
    expect(reported.at(-1)).toMatchObject({ enforcing: true, appliedRevision: revision, kernel: "6.12.0-test" });
  }, 30_000);

  it("tells repetitions as a count: at the interval, when the container has ended, and when it ends itself", async () => {
    const controller = await client("controller", server.url);
    await controller.ensure();
    const node = new EnforcerNode("node-r", server.url);
    const alerts = await collect(controller);
    node.start();
    await controller.publishBundle(content("node-r", sleep.digest), encoded, { signer });
    const cgroup = node.run(7);
    await until("bound", () => node.engine.rulesOf(cgroup) === aliased, 10_000);
    const tableId = node.engine.tableIdOf(cgroup);
    node.engine.emit(event({ tableId, sequence: 12n, cgroupId: cgroup }));
    node.engine.counts = [countOf({ tableId, count: 5 })];
    await until("the first and a count", () => alerts.length === 2);
    expect(alerts.map(({ resource, count }) => [resource, count])).toEqual([
      ["/usr/bin/sleep 1", undefined],
      ["/usr/bin/sleep 1", 5],
    ]);
    await node.stop();
    node.alertCountsMs = 600_000;
    node.engine.adopted = true;
    node.start();
    await until("its successor to enforce", () => node.enforcer.enforcing, 10_000);
    node.engine.emit(event({ tableId, sequence: 13n }));
    node.engine.counts = [countOf({ tableId, sequence: 13n, count: 6, firstNs: 10_000n })];
    node.end(7);
    await until("the count of what has ended", () => alerts.some(({ count }) => count === 6), 10_000);
    expect(node.engine.counts).toEqual([]);
    node.engine.counts = [countOf({ tableId, sequence: 13n, count: 7, firstNs: 20_000n })];
    await node.stop();
    expect(node.engine.counts).toEqual([]);
    node.start();
    await until("the count of before the end", () => alerts.some(({ count }) => count === 7), 10_000);
    expect(alerts.every(({ resource }) => resource === "/usr/bin/sleep 1")).toBe(true);
  }, 60_000);

  it("leaves everything bound when it ends, adopts it without a kernel write, and names events of the time between", async () => {
    const controller = await client("controller", server.url);
    await controller.ensure();
    const node = new EnforcerNode("node-b", server.url);
    const cgroup = node.run(2);
    node.start();
    await controller.publishBundle(content("node-b", sleep.digest), encoded, { signer });
    await until("bound", () => node.engine.rulesOf(cgroup) === aliased, 10_000);
    const tableId = node.engine.tableIdOf(cgroup);
    await node.stop();
    expect(node.engine.rulesOf(cgroup)).toBe(aliased);

    node.engine.adopted = true;
    node.engine.calls.length = 0;
    await server.stop({ hard: true }); // the bus is away: everything comes from the disk
    const before = node.log.lines.length;
    node.start();
    await until("reconciled", () =>
      node.log.lines.slice(before).some(({ message }) => message === "first reconcile done"),
    );
    await until("its symlinks are known", () => node.enforcer.slotsUsed === 1);
    expect(node.engine.calls).toEqual([]);
    node.engine.emit(event({ tableId, sequence: 77n, cgroupId: cgroup }));
    expect(node.enforcer.spoolBytes).toBeGreaterThan(0);

    await server.start();
    const listener = await client("listener", server.url);
    const alerts: DeliveredAlert[] = [];
    const abort = new AbortController();
    const reading = (async () => {
      for await (const alert of listener.subscribeAlerts({ signal: abort.signal, from: "all" })) alerts.push(alert);
    })();
    atEnd(async () => {
      abort.abort();
      await reading;
    });
    await until(
      "the alert of the time without bus",
      () => alerts.some(({ hostName }) => hostName === "node-b"),
      20_000,
    );
    expect(alerts.find(({ hostName }) => hostName === "node-b")).toMatchObject({
      policyName: "block-tools",
      podName: "web-1",
    });
    expect(node.engine.calls).toEqual([]);
  }, 60_000);

  it("swaps the rule table when the bundle changes and clears up after a container that went", async () => {
    const controller = await client("controller", server.url);
    await controller.ensure();
    const node = new EnforcerNode("node-c", server.url);
    const cgroup = node.run(3);
    node.start();
    await controller.publishBundle(content("node-c", sleep.digest), encoded, { signer });
    await until("bound", () => node.engine.rulesOf(cgroup) === aliased, 10_000);
    await controller.publishBundle(content("node-c", cat.digest), encoded, { signer });
    await until("swapped", () => node.engine.rulesOf(cgroup)?.startsWith(cat.digest) === true, 5_000);
    await controller.publishBundle(content("node-c", ""), encoded, { signer });
    await until("emptied", () => node.engine.rulesOf(cgroup) === "empty", 5_000);
    const path = join(node.root, "cg/kubepods/burstable", `pod${uid}`, containerId(3));
    // A directory tree has files where a cgroup has none that count.
    rmSync(join(path, "cgroup.procs"));
    rmdirSync(path);
    await until("unbound", () => node.engine.bound.size === 0, 1_000);
    expect(node.enforcer.slotsUsed).toBe(0);
  }, 30_000);

  it("says that a node cannot enforce, in the log once and in its status, and goes on", async () => {
    const controller = await client("controller", server.url);
    await controller.ensure();
    const node = new EnforcerNode("node-d", server.url);
    node.support = {
      ...supported,
      canEnforce: false,
      problems: [
        { code: "LSM_BPF_INACTIVE", message: "the active LSMs are lockdown", remedy: "add bpf to lsm=", fatal: true },
      ],
    };
    const reported = statuses(controller, "node-d");
    node.start();
    await until(
      "status",
      () => reported.some(({ problems }) => problems[0]?.startsWith("LSM_BPF_INACTIVE") === true),
      10_000,
    );
    expect(reported.at(-1)).toMatchObject({ enforcing: false, appliedRevision: 0n, hooks: [] });
    expect(node.enforcer.enforcing).toBe(false);
    // A roll-out stops here: a release that cannot enforce on a node does not go on to the next.
    const { ready, live } = enforcerChecks(node.enforcer);
    expect(ready.enforcing()).toMatch(/^LSM_BPF_INACTIVE/);
    expect(live.passes()).toBe(true);
    expect(node.engine.calls).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 1_200)); // it tried again meanwhile
    expect(node.log.lines.filter(({ message }) => message.startsWith("this node cannot enforce"))).toHaveLength(1);
  }, 30_000);

  it("does not go on to say that it enforces when its passes fail, and says what it holds when they succeed again", async () => {
    const controller = await client("controller", server.url);
    await controller.ensure();
    const node = new EnforcerNode("node-f", server.url);
    const cgroup = node.run(6);
    const reported = statuses(controller, "node-f");
    node.start();
    const { digest } = await controller.publishBundle(content("node-f", sleep.digest), encoded, { signer });
    await until("held", () => reported.at(-1)?.held?.digest === digest, 10_000);
    await until("bound with its symlinks", () => node.engine.rulesOf(cgroup) === aliased, 10_000);
    node.engine.unreadable = new Error("EIO");
    node.engine.adopted = true;
    node.run(7); // one that starts now is not bound
    await until("said", () => reported.at(-1)?.enforcing === false, 15_000);
    expect(reported.at(-1)?.problems).toEqual([expect.stringMatching(/^ENFORCER_PASS_FAILED: .*EIO/)]);
    expect(enforcerChecks(node.enforcer).ready.enforcing()).toMatch(/^ENFORCER_PASS_FAILED/);
    const failed = reported.length;
    await until("tried again", () => node.counters.values.get("loop_restarts")! >= 2, 15_000);
    expect(reported.slice(failed - 1).filter(({ enforcing, held }) => enforcing && held !== undefined)).toEqual([]);
    node.engine.unreadable = undefined;
    await until("held again", () => reported.at(-1)?.held?.digest === digest, 30_000);
    expect(reported.at(-1)).toMatchObject({ enforcing: true, problems: [] });
  }, 60_000);

  it("says of a container in a sandbox of its own, which shows no cgroup, that its policy is not enforced", async () => {
    const controller = await client("controller", server.url);
    await controller.ensure();
    const node = new EnforcerNode("node-g", server.url);
    const reported = statuses(controller, "node-g");
    const [image, namespace, pod] = ["shop/web:1", "shop", "web-1"];
    const container = { containerId: containerId(8), container: "app", podUid: uid, image, namespace, pod };
    node.listed = [{ container, running: true }];
    node.start();
    const { digest } = await controller.publishBundle(content("node-g", sleep.digest), encoded, { signer });
    await until("said", () => (reported.at(-1)?.unenforced.length ?? 0) > 0, 10_000);
    expect(reported.at(-1)).toMatchObject({ held: { digest }, boundRuleSets: [] });
    expect(reported.at(-1)?.unenforced[0]?.reason).toMatch(/^shop\/web-1\/app: ENFORCER_CONTAINER_UNSEEN/);
    node.listed = [];
    await until("ended", () => reported.at(-1)?.unenforced.length === 0, 10_000);
  }, 30_000);

  it("says of each policy on a kernel without some hook that what it guards is not enforced, and binds the rest", async () => {
    const controller = await client("controller", server.url);
    await controller.ensure();
    const node = new EnforcerNode("node-h", server.url);
    const missing = { code: "HOOKS_MISSING", message: "no LSM hook path_unlink", remedy: "run 6.6", fatal: false };
    node.support = { ...supported, problems: [missing] };
    const reported = statuses(controller, "node-h");
    const cgroup = node.run(9);
    node.start();
    await controller.publishBundle(content("node-h", sleep.digest), encoded, { signer });
    await until("bound", () => node.engine.rulesOf(cgroup) === aliased, 10_000);
    await until("said", () => (reported.at(-1)?.unenforced.length ?? 0) > 0, 10_000);
    const reason = "HOOKS_MISSING: no LSM hook path_unlink; run 6.6";
    expect(reported.at(-1)?.unenforced).toEqual([{ policy: sleep.ruleSet.policies[0], origin: "", reason }]);
    expect(enforcerChecks(node.enforcer).ready.enforcing()).toBe(true);
  }, 30_000);

  it("ends with an error when the bus can never be had, and leaves everything bound", async () => {
    const node = new EnforcerNode("node-e", server.url);
    const cgroup = node.run(5);
    node.engine.setRules(9, textCompiler.compile(sleep.ruleSet, noAliases).pack(3n));
    node.engine.bindCgroup(cgroup, 9);
    node.engine.adopted = true;
    node.connectBus = async () => {
      throw new Error("bad credentials");
    };
    node.startAlone();
    await expect(node.running).rejects.toThrow("bad credentials");
    expect(node.engine.bound.get(cgroup)).toBe(9);
  });
});
