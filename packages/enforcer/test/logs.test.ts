/** What passes and is visible: which containers get a slot for it, and how it becomes logs, apart from alerts. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { alertJson, type DeliveredAlert } from "@portcullis/bus";
import { type NatsServer, startNatsServer } from "@portcullis/bus/testing";
import { until } from "@portcullis/daemon/testing";
import { alertOf } from "../src/alerts/alert.ts";
import { countedAlert } from "../src/alerts/counted-alert.ts";
import { bindingsOf } from "../src/bind/binding.ts";
import { concernsHost, withHost } from "../src/bind/host.ts";
import { atEnd, client, collect, EnforcerNode, uid } from "./enforcer-node.ts";
import { accepted, cat, container, ReconcilingNode, selected, sleep } from "./reconciling-node.ts";
import { bundle, bundleContainer, countOf, event, origin, signer } from "./support.ts";

const passed = { ring: "logs", visible: true, verdict: 0, ruleId: 0 } as const;

describe("a visible container", () => {
  it("gets a slot although no policy selects it, and others that no policy selects get none", async () => {
    const node = new ReconcilingNode();
    const of = accepted(selected(1, "", { visible: ["process", "file"] }), selected(2, ""));
    const outcome = await node.settle(of, [container(1), container(2)]);
    expect(node.engine.calls).toEqual(["rules 1", "bind 1001"]);
    expect(node.engine.rulesOf(1001n)).toBe("empty visible: process, file");
    expect(outcome).toMatchObject({ boundRuleSets: [], problems: [], unenforced: [], slotsUsed: 1, waiting: 0 });
    node.engine.calls.length = 0;
    await node.settle(accepted(selected(1, "", { visible: ["process", "file"] })), [container(1)]);
    expect(node.engine.calls).toEqual([]);
  });

  it("has another table when other categories become visible, and when none is any more, with the same rules", async () => {
    const node = new ReconcilingNode();
    const holds = async (visible: readonly ("process" | "network")[]) => {
      await node.settle(accepted(selected(1, cat.digest, { visible })), [container(1)]);
      return node.engine.rulesOf(1001n);
    };
    const rules = await holds([]);
    expect(await holds(["process"])).toBe(`${rules} visible: process`);
    expect(await holds(["process", "network"])).toBe(`${rules} visible: process, network`);
    expect(await holds([])).toBe(rules);
  });

  it("keeps its table when the enforcer is started again", async () => {
    const node = new ReconcilingNode();
    const of = accepted(selected(1, sleep.digest, { visible: ["file"] }), selected(2, "", { visible: ["file"] }));
    await node.settle(of, [container(1), container(2)]);
    node.engine.calls.length = 0;
    node.start();
    await node.settle(of, [container(1), container(2)]);
    expect(node.engine.calls).toEqual([]);
  });

  it("is the host as well, without any host policy", () => {
    const { bundle: of } = bundle(1n, [], { hostVisible: ["process"] });
    expect(concernsHost(of)).toBe(true);
    const running = withHost({ known: [], present: new Set(), unidentifiedPods: new Set(), unseen: [] }, "/cg").known;
    expect(bindingsOf(of, running)).toMatchObject([{ containerId: "host", ruleSet: "", visible: ["process"] }]);
    expect(concernsHost(bundle(1n, []).bundle)).toBe(false);
  });
});

describe("a log", () => {
  const [binding] = bindingsOf(bundle(1n, [bundleContainer({ podUid: "pod-1" })]).bundle, [container(1)]);
  const attribution = { binding, rule: undefined, policy: undefined };

  it("has every field of an alert, and no policy", () => {
    const log = alertOf(event(passed), attribution, origin);
    expect(log).toMatchObject({
      type: "ContainerLog",
      ...{ policyName: "", message: "", tags: [], action: "Allow", result: "Passed", operation: "Process" },
      ...{ source: "/usr/bin/bash", resource: "/usr/bin/sleep 1", processName: "/usr/bin/sleep", tty: "pts0" },
      ...{ podName: "web-1", containerName: "app", cwd: "/root/", hostPid: 4001, pid: 12, data: "syscall=SYS_EXECVE" },
    });
    expect(log.severity).toBeUndefined();
    expect(JSON.parse(alertJson(log))).toMatchObject({ Type: "ContainerLog", Result: "Passed", PolicyName: "" });
  });

  it("of an execution is without its resource where that is asked for, and others and alerts are not", () => {
    const dropping = { ...origin, dropsProcessResources: true };
    expect(alertOf(event(passed), attribution, dropping)).toMatchObject({ resource: "", source: "/usr/bin/bash" });
    const open = { category: "file", operation: "open", object: "/etc/passwd" } as const;
    expect(alertOf(event({ ...passed, ...open }), attribution, dropping).resource).toBe("/etc/passwd");
    expect(alertOf(event(), attribution, dropping).resource).toBe("/usr/bin/sleep 1");
  });

  it("of more kinds than are told apart says how many there were", () => {
    const sources = { table: { bindingOf: () => binding, at: () => undefined }, bundleContainer: () => undefined };
    const count = countOf({ visible: true, verdict: 0, ruleId: 0, level: "of_rule", sequence: 0n, count: 40 });
    const log = countedAlert(count, undefined, { ...sources, ruleSet: () => undefined } as never, origin);
    expect(log).toMatchObject({ type: "ContainerLog", count: 40, resource: "", operation: "Process", policyName: "" });
    expect(log.data).toBe("operation=EXEC counted=rule");
  });
});

describe("an enforcer", () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await startNatsServer();
  });
  afterAll(() => server.dispose());

  it("publishes logs and the counts of their repetitions in their stream, and no alert", async () => {
    const controller = await client("controller", server.url);
    await controller.ensure();
    const node = new EnforcerNode("node-l", server.url);
    const alerts = await collect(controller);
    const logs: DeliveredAlert[] = [];
    const end = new AbortController();
    const reading = (async () => {
      for await (const log of controller.subscribeLogs({ signal: end.signal, from: "all" })) logs.push(log);
    })();
    atEnd(async () => {
      end.abort();
      await reading;
    });
    node.start();
    const made = bundle(1n, [bundleContainer({ podUid: uid, ruleSet: "", visible: ["process"] })], { node: "node-l" });
    const { revision: _, ...content } = made.bundle;
    await controller.publishBundle(content, new Map(), { signer });
    const cgroup = node.run(1);
    await until("bound", () => node.engine.rulesOf(cgroup) === "empty visible: process", 10_000);
    const tableId = node.engine.tableIdOf(cgroup);
    node.engine.emitLogs(event({ ...passed, tableId, sequence: 5n, cgroupId: cgroup }));
    node.engine.logCounts = [countOf({ ...passed, tableId, sequence: 5n, count: 9 })];
    await until("the log and the count", () => logs.length === 2, 10_000);
    expect(logs).toMatchObject([
      { type: "ContainerLog", podName: "web-1", resource: "/usr/bin/sleep 1" },
      { type: "ContainerLog", podName: "web-1", resource: "/usr/bin/sleep 1", count: 9 },
    ]);
    expect(logs[0]?.count).toBeUndefined();
    expect(node.engine.logCounts).toEqual([]);
    expect(alerts).toEqual([]);
  }, 30_000);
});
