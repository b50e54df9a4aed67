import { inspect } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { type Log, sleep } from "@portcullis/daemon";
import { silentLog, until } from "@portcullis/daemon/testing";
import { connect as natsConnect } from "nats";
import {
  type BundleContent,
  type Bus,
  connect,
  type DeliveredAlert,
  decodeBundle,
  digestOf,
  encodeRuleSet,
  jsonSubject,
  type NodeStatusEvent,
  type SubscribeOptions,
} from "../src/index.ts";
import { exampleAlert, exampleContainer, exampleRuleSet, exampleStatus } from "./examples.ts";
import { type NatsServer, startNatsServer } from "./nats-server.ts";

jest.setTimeout(20_000);

const timing = { reconnectWait: 50, requestTimeout: 2_000, reopenFirst: 20, reopenMax: 200, ackWait: 1_000 };
const bytes = encodeRuleSet(exampleRuleSet);
const digest = digestOf(bytes);
const ruleSets = new Map([[digest, bytes]]);
const content: BundleContent = {
  cluster: "default",
  node: "node-1.example",
  containers: [{ ...exampleContainer, ruleSet: digest }],
  ruleSets: [digest],
};
const withLabel = (value: string): BundleContent => ({
  ...content,
  containers: [{ ...exampleContainer, ruleSet: digest, labels: { version: value } }],
});
const labelOf = (encoded: Uint8Array) => decodeBundle(encoded).containers[0]?.labels.version;

let server: NatsServer;
let stop: AbortController;
let buses: Bus[];

beforeAll(async () => {
  server = await startNatsServer();
});
afterAll(() => server.dispose());
beforeEach(() => {
  stop = new AbortController();
  buses = [];
});
afterEach(async () => {
  stop.abort();
  await Promise.all(buses.map((bus) => bus.close()));
  await server.stop({ hard: true });
  await server.start({ wipe: true });
});

async function open(name: string, more: { url?: string; log?: Log } = {}): Promise<Bus> {
  const { url = server.url, log = silentLog } = more;
  const bus = await connect({ servers: url, name, signal: stop.signal, log, timing });
  buses.push(bus);
  return bus;
}

/** A controller's and an enforcer's connection, the storage made. */
async function pair(): Promise<{ controller: Bus; enforcer: Bus }> {
  const controller = await open("controller");
  await controller.ensure();
  return { controller, enforcer: await open("enforcer") };
}

/** The next item, or a failure that says what did not come. */
async function next<T>(iterator: AsyncIterator<T>, what: string, ms = 10_000): Promise<T> {
  const late = new AbortController();
  const result = await Promise.race([
    iterator.next(),
    sleep(ms, late.signal).then(() => {
      throw new Error(`${what} did not come within ${ms} ms`);
    }),
  ]).finally(() => late.abort());
  if (result.done) throw new Error(`the iteration ended before ${what}`);
  return result.value;
}

const iterate = <T>(iterable: AsyncIterable<T>) => iterable[Symbol.asyncIterator]();

/** Subscribes and waits until the server knows. */
async function subscribe(
  bus: Bus,
  options: Omit<SubscribeOptions, "signal"> = {},
): Promise<AsyncIterator<DeliveredAlert>> {
  const ready = Promise.withResolvers<void>();
  const alerts = iterate(bus.subscribeAlerts({ ...options, signal: stop.signal, onReady: ready.resolve }));
  const first = alerts.next();
  await ready.promise;
  let given = false;
  return {
    next: () => {
      if (given) return alerts.next();
      given = true;
      return first;
    },
  };
}

describe("a connection", () => {
  it("waits for a server that is not there yet", async () => {
    await server.stop();
    const opening = open("early");
    await sleep(150);
    await server.start();
    expect((await opening).connected).toBe(true);
  });

  it("gives up when its signal aborts, not before", async () => {
    await server.stop();
    const opening = open("never");
    await sleep(150);
    stop.abort();
    await expect(opening).rejects.toMatchObject({ code: "BUS_CLOSED" });
    await server.start();
  });

  it("refuses options that can never work", async () => {
    await expect(open("bad", { url: "" })).rejects.toMatchObject({ code: "BUS_OPTION_INVALID" });
  });

  it("refuses at once what is asked while it is down, and tells of the reconnect", async () => {
    const { controller } = await pair();
    const reconnects = iterate(controller.reconnects(stop.signal));
    const reconnected = next(reconnects, "the reconnect");
    await server.stop();
    await until("the connection is seen down", () => !controller.connected);
    await expect(controller.putNodeStatus(exampleStatus)).rejects.toMatchObject({ code: "BUS_DISCONNECTED" });
    await server.start();
    await reconnected;
    expect(controller.stats).toMatchObject({ disconnects: 1, reconnects: 1 });
    await controller.putNodeStatus(exampleStatus);
  });

  it("ends its iterations when its signal aborts", async () => {
    const { enforcer } = await pair();
    const iterations = [
      enforcer.watchBundle("n", stop.signal),
      enforcer.subscribeAlerts({ signal: stop.signal }),
      enforcer.watchNodeStatuses(stop.signal),
      enforcer.reconnects(stop.signal),
    ].map((iterable) => iterate<unknown>(iterable).next());
    await sleep(100);
    stop.abort();
    expect(await Promise.all(iterations)).toEqual(Array(4).fill({ done: true, value: undefined }));
  });

  it("never logs how it authenticates", async () => {
    const secured = await startNatsServer({ config: 'authorization { token: "s3cret-token" }' });
    const lines: string[] = [];
    const write = (message: string, fields?: object) =>
      void lines.push(message + inspect(fields, { depth: 10, showHidden: true }));
    const log: Log = { debug: write, info: write, warn: write, error: write };
    const auth = { token: "wrong-s3cret" };
    const opening = connect({ servers: secured.url, name: "x", signal: stop.signal, log, auth, timing });
    await until("an attempt is logged", () => lines.length > 0);
    stop.abort();
    await expect(opening).rejects.toMatchObject({ code: "BUS_CLOSED" });
    expect(lines.join("\n")).toMatch(/not reachable/);
    expect(lines.join("\n")).not.toMatch(/s3cret/);
    await secured.dispose();
  });
});

describe("storage", () => {
  it("is made once, and again with other limits without losing what it holds", async () => {
    const { controller } = await pair();
    await controller.publishBundle(content, ruleSets);
    await controller.ensure();
    await controller.ensure({ bundlesMaxBytes: 64 << 20 });
    expect(await controller.listBundles()).toHaveLength(1);
  });

  it("is named when it is missing", async () => {
    const bus = await open("alone");
    await expect(bus.publishAlert(exampleAlert)).rejects.toMatchObject({ code: "BUS_STORAGE_MISSING" });
    await expect(bus.publishBundle(content, ruleSets)).rejects.toMatchObject({ code: "BUS_STORAGE_MISSING" });
    expect(bus.stats.alertsFailed).toBe(1);
  });

  it("refuses what the server cannot reserve", async () => {
    const small = await startNatsServer({ config: "jetstream { max_file_store: 10MB }" });
    const bus = await open("controller", { url: small.url });
    await expect(bus.ensure()).rejects.toMatchObject({
      code: "BUS_STORAGE_REFUSED",
      message: expect.stringMatching(/PORTCULLIS|storage/),
    });
    await small.dispose();
  });
});

describe("a bundle", () => {
  it("reaches its node with its rule sets, under a name with dots", async () => {
    const { controller, enforcer } = await pair();
    const watch = iterate(enforcer.watchBundle(content.node, stop.signal));
    const before = BigInt(Date.now());
    const { revision, written } = await controller.publishBundle(content, ruleSets);
    expect(written).toBe(true);
    expect(revision).toBeGreaterThanOrEqual(before);
    expect(decodeBundle(await next(watch, "the bundle"))).toEqual({ ...content, revision });
    expect(await enforcer.ruleSet(digest, stop.signal)).toEqual(bytes);
  });

  it("is not written again while its content is the same", async () => {
    const { controller } = await pair();
    const first = await controller.publishBundle(content, ruleSets);
    expect(await controller.publishBundle(content, ruleSets)).toEqual({ ...first, written: false });
    const second = await controller.publishBundle(withLabel("2"), ruleSets);
    expect(second.written).toBe(true);
    expect(second.revision).toBeGreaterThan(first.revision);
    expect(controller.stats).toMatchObject({ bundlesWritten: 2, bundlesUnchanged: 1, ruleSetsWritten: 1 });
  });

  it("of another node is not seen", async () => {
    const { controller, enforcer } = await pair();
    await controller.publishBundle({ ...content, node: "node-1=2Eexample" }, ruleSets);
    await controller.publishBundle(content, ruleSets);
    const watch = iterate(enforcer.watchBundle(content.node, stop.signal));
    expect(decodeBundle(await next(watch, "the bundle")).node).toBe(content.node);
  });

  it("waits only in its newest form for a node that is busy", async () => {
    const { controller, enforcer } = await pair();
    const watch = iterate(enforcer.watchBundle(content.node, stop.signal));
    await controller.publishBundle(withLabel("0"), ruleSets);
    await next(watch, "the first bundle");
    for (let i = 1; i <= 20; i++) await controller.publishBundle(withLabel(String(i)), ruleSets);
    await sleep(200);
    expect(labelOf(await next(watch, "the newest bundle"))).toBe("20");
  });

  it("published while the server restarts is seen soon after, the old one not again", async () => {
    const { controller, enforcer } = await pair();
    const watch = iterate(enforcer.watchBundle(content.node, stop.signal));
    await controller.publishBundle(withLabel("1"), ruleSets);
    expect(labelOf(await next(watch, "the first bundle"))).toBe("1");
    const pending = watch.next();
    await server.stop({ hard: true });
    await server.start();
    await until("both are back", () => controller.connected && enforcer.connected);
    const started = Date.now();
    await controller.publishBundle(withLabel("2"), ruleSets);
    expect(labelOf((await pending).value)).toBe("2");
    expect(Date.now() - started).toBeLessThan(3_000);
    expect(enforcer.stats.reopened).toBeGreaterThan(0);
  });

  it("comes back with a higher revision when the server has lost its disk", async () => {
    const { controller, enforcer } = await pair();
    const watch = iterate(enforcer.watchBundle(content.node, stop.signal));
    const before = await controller.publishBundle(content, ruleSets);
    await next(watch, "the first bundle");
    const pending = watch.next();
    await server.stop({ hard: true });
    await server.start({ wipe: true });
    await until("the controller is back", () => controller.connected);
    await controller.ensure();
    const after = await controller.publishBundle(content, ruleSets);
    expect(after.written).toBe(true);
    expect(after.revision).toBeGreaterThan(before.revision);
    expect(decodeBundle((await pending).value).revision).toBe(after.revision);
    expect(await enforcer.ruleSet(digest, stop.signal)).toEqual(bytes);
  });

  it("that is foreign or truncated reaches the node as it is, to be refused there, and is replaced by the next", async () => {
    const { controller, enforcer } = await pair();
    const raw = await natsConnect({ servers: server.url });
    const kv = await raw.jetstream().views.kv("portcullis-v1-bundles", { bindOnly: true });
    const key = "node-1=2Eexample";
    const watch = iterate(enforcer.watchBundle(content.node, stop.signal));
    await controller.publishBundle(content, ruleSets);
    const good = await next(watch, "the bundle");
    await kv.put(key, "not ours");
    const foreign = await next(watch, "the foreign message");
    expect(() => decodeBundle(foreign)).toThrow(expect.objectContaining({ code: "BUS_MESSAGE_FOREIGN" }));
    await kv.put(key, good.subarray(0, good.length - 10));
    const truncated = await next(watch, "the truncated message");
    expect(() => decodeBundle(truncated)).toThrow(expect.objectContaining({ code: "BUS_MESSAGE_TRUNCATED" }));
    expect((await controller.publishBundle(content, ruleSets)).written).toBe(true);
    expect(decodeBundle(await next(watch, "the repaired bundle"))).toMatchObject(content);
    expect(controller.stats.refusedMessages).toBe(1);
    await raw.close();
  });

  it("of two writers at once is written by one, the other is told", async () => {
    const { controller, enforcer: other } = await pair();
    const results = await Promise.allSettled([
      controller.publishBundle(withLabel("a"), ruleSets),
      other.publishBundle(withLabel("b"), ruleSets),
    ]);
    const rejected = results.filter((result) => result.status === "rejected");
    for (const { reason } of rejected) expect(reason).toMatchObject({ code: "BUS_BUNDLE_CONFLICT" });
    expect(await controller.listBundles()).toHaveLength(1);
  });

  it("is listed, and gone once deleted", async () => {
    const { controller } = await pair();
    await controller.publishBundle(content, ruleSets);
    await controller.publishBundle({ ...content, node: "a" }, ruleSets);
    expect((await controller.listBundles()).map(({ node }) => node)).toEqual(["a", content.node]);
    await controller.deleteBundle("a");
    expect((await controller.listBundles()).map(({ node }) => node)).toEqual([content.node]);
  });
});

describe("a rule set", () => {
  it("is waited for, when it comes a little after it was asked for", async () => {
    const { controller, enforcer } = await pair();
    const fetched = enforcer.ruleSet(digest, stop.signal);
    await sleep(200);
    await controller.publishBundle(content, ruleSets);
    expect(await fetched).toEqual(bytes);
  });

  it("that a bundle names and the controller does not pass is an error", async () => {
    const { controller } = await pair();
    await expect(controller.publishBundle(content, new Map())).rejects.toMatchObject({ code: "BUS_RULE_SET_MISSING" });
    await expect(controller.publishBundle(content, new Map([[digest, new Uint8Array(3)]]))).rejects.toMatchObject({
      code: "BUS_RULE_SET_DIGEST",
    });
  });

  it("damaged in the bucket is refused by its reader and repaired by another controller", async () => {
    const { controller, enforcer } = await pair();
    await controller.publishBundle(content, ruleSets);
    const raw = await natsConnect({ servers: server.url });
    const kv = await raw.jetstream().views.kv("portcullis-v1-rule-sets", { bindOnly: true });
    await kv.put(digest.slice("sha256:".length), bytes.subarray(0, 30));
    await raw.close();
    await expect(enforcer.ruleSet(digest, stop.signal)).rejects.toMatchObject({ code: "BUS_RULE_SET_DIGEST" });
    await (await open("next controller")).publishBundle(content, ruleSets);
    expect(await enforcer.ruleSet(digest, stop.signal)).toEqual(bytes);
  });

  it("that nothing names any more is pruned, and written again when it is needed", async () => {
    const { controller, enforcer } = await pair();
    await controller.publishBundle(content, ruleSets);
    expect(await controller.pruneRuleSets(new Set([digest]), 0)).toBe(0);
    expect(await controller.pruneRuleSets(new Set(), 0)).toBe(1);
    await controller.publishBundle({ ...content, node: "b" }, ruleSets);
    expect(await enforcer.ruleSet(digest, stop.signal)).toEqual(bytes);
  });

  it("just written is not pruned, even when nothing names it", async () => {
    const { controller, enforcer } = await pair();
    await controller.publishBundle(content, ruleSets);
    expect(await controller.pruneRuleSets(new Set())).toBe(0);
    expect(await enforcer.ruleSet(digest, stop.signal)).toEqual(bytes);
  });
});

describe("node status", () => {
  it("is seen by the controller: those there, then every change, then the deletion", async () => {
    const { controller, enforcer } = await pair();
    await enforcer.putNodeStatus(exampleStatus);
    let initialised = 0;
    const watch = iterate(controller.watchNodeStatuses(stop.signal, () => initialised++));
    expect(await next(watch, "the status")).toEqual({ node: exampleStatus.node, status: exampleStatus });
    const later = { ...exampleStatus, node: "b", appliedRevision: 9n };
    const pending = next(watch, "the second status");
    await until("the watch says that it is initialised", () => initialised === 1);
    await enforcer.putNodeStatus(later);
    expect(await pending).toEqual({ node: "b", status: later });
    await controller.deleteNodeStatus("b");
    expect(await next(watch, "the deletion")).toEqual({ node: "b" });
  });

  it("of no node at all is initialised too", async () => {
    const { controller } = await pair();
    const ready = Promise.withResolvers<void>();
    const pending = iterate(controller.watchNodeStatuses(stop.signal, ready.resolve)).next();
    await ready.promise;
    stop.abort();
    expect((await pending).done).toBe(true);
  });

  it("lost with the server's disk is told as deleted, and as new when it is written again", async () => {
    const { controller, enforcer } = await pair();
    await enforcer.putNodeStatus(exampleStatus);
    const events: NodeStatusEvent[] = [];
    const reading = (async () => {
      for await (const event of controller.watchNodeStatuses(stop.signal)) events.push(event);
    })();
    await until("the status is seen", () => events.length === 1);
    await server.stop({ hard: true });
    await server.start({ wipe: true });
    await until("the controller is back", () => controller.connected && enforcer.connected);
    await controller.ensure();
    await until("the loss is seen", () => events.length === 2);
    await enforcer.putNodeStatus(exampleStatus);
    await until("the new one is seen", () => events.length === 3);
    expect(events.map(({ status }) => status !== undefined)).toEqual([true, false, true]);
    stop.abort();
    await reading;
  });

  it("written under another node's name is refused and counted", async () => {
    const { controller, enforcer } = await pair();
    await enforcer.putNodeStatus(exampleStatus);
    const raw = await natsConnect({ servers: server.url });
    const kv = await raw.jetstream().views.kv("portcullis-v1-node-status", { bindOnly: true });
    const entry = await kv.get("node-1=2Eexample");
    await kv.put("victim", entry!.value);
    await raw.close();
    const watch = iterate(controller.watchNodeStatuses(stop.signal));
    expect((await next(watch, "the status")).node).toBe(exampleStatus.node);
    const rest = watch.next();
    await until("the refusal is counted", () => controller.stats.refusedMessages === 1);
    stop.abort();
    expect((await rest).done).toBe(true);
  });
});

describe("an alert", () => {
  const numbered = (i: number, more = {}) => ({ ...exampleAlert, id: `node-1/boot/${i}`, pid: i, ...more });

  it("comes to its subscriber as it was sent", async () => {
    const { controller, enforcer } = await pair();
    const alerts = await subscribe(controller);
    await enforcer.publishAlert(exampleAlert);
    const { stream, ...alert } = await next(alerts, "the alert");
    expect(alert).toEqual(exampleAlert);
    expect(stream).toEqual({ sequence: 1, missed: 0 });
  });

  it("is stored once however often it is sent", async () => {
    const { controller, enforcer } = await pair();
    const alerts = await subscribe(controller);
    await enforcer.publishAlert(exampleAlert);
    await enforcer.publishAlert(exampleAlert);
    await enforcer.publishAlert(numbered(1));
    expect((await next(alerts, "the alert")).id).toBe(exampleAlert.id);
    expect((await next(alerts, "the other alert")).id).toBe("node-1/boot/1");
    expect(enforcer.stats).toMatchObject({ alertsPublished: 3, alertsDuplicate: 1 });
  });

  it("is copied as JSON for who listens", async () => {
    const { enforcer } = await pair();
    const raw = await natsConnect({ servers: server.url });
    const copies = raw.subscribe("portcullis.v1.json.default.>", { max: 1 });
    await raw.flush();
    await enforcer.publishAlert(exampleAlert);
    for await (const copy of copies) {
      expect(copy.subject).toBe(jsonSubject(exampleAlert));
      expect(copy.headers?.get("Nats-Msg-Id")).toBe(exampleAlert.id);
      expect(copy.json()).toMatchObject({ PolicyName: "no-sleep", PID: 17, HostPPID: 4_000_000_000 });
    }
    await raw.close();
  });

  it("is selected by namespace, pod and policy, the host's by the empty namespace", async () => {
    const { controller, enforcer } = await pair();
    const byNamespace = await subscribe(controller, { namespace: "other", from: "all" });
    const byPolicy = await subscribe(controller, { policy: "a.b" });
    const byHost = await subscribe(controller, { namespace: "", pod: "" });
    await enforcer.publishAlert(numbered(1));
    await enforcer.publishAlert(numbered(2, { namespaceName: "other" }));
    await enforcer.publishAlert(numbered(3, { policyName: "a.b" }));
    await enforcer.publishAlert(numbered(4, { namespaceName: "", podName: "" }));
    expect((await next(byNamespace, "the one of the namespace")).pid).toBe(2);
    expect((await next(byPolicy, "the one of the policy")).pid).toBe(3);
    const host = await next(byHost, "the host's");
    expect([host.pid, host.stream]).toEqual([4, { sequence: 4, missed: 0 }]);
  });

  it("published from a spool across a restart arrives once, in order, none missing", async () => {
    const { controller, enforcer } = await pair();
    const alerts = await subscribe(controller);
    const spool = Array.from({ length: 300 }, (_, i) => numbered(i + 1));
    let refusals = 0;
    const publishing = (async () => {
      for (const alert of spool) {
        while (true) {
          try {
            await enforcer.publishAlert(alert);
            break;
          } catch {
            refusals++;
            await sleep(20);
          }
        }
      }
    })();
    const pids: number[] = [];
    for (let i = 0; i < 100; i++) pids.push((await next(alerts, `alert ${i}`)).pid);
    await server.stop({ hard: true });
    await server.start();
    while (pids.length < 300) {
      const { pid, stream } = await next(alerts, `alert ${pids.length}`);
      pids.push(pid);
      expect(stream.missed).toBe(0);
    }
    await publishing;
    expect(pids).toEqual(spool.map(({ pid }) => pid));
    expect(refusals).toBeGreaterThan(0);
  });

  it("that is foreign is skipped, counted and shown as a gap", async () => {
    const { controller, enforcer } = await pair();
    const alerts = await subscribe(controller);
    const raw = await natsConnect({ servers: server.url });
    await raw.jetstream().publish("portcullis.v1.alerts.a.b.c", "not an alert");
    await raw.close();
    await enforcer.publishAlert(numbered(1));
    const { pid, stream } = await next(alerts, "the alert");
    expect([pid, stream]).toEqual([1, { sequence: 2, missed: 1 }]);
    expect(controller.stats.refusedMessages).toBe(1);
  });

  it("discarded by the stream's limits before it was read is shown as a gap", async () => {
    const { controller, enforcer } = await pair();
    await controller.ensure({ alertsMaxBytes: 100_000 });
    const alerts = await subscribe(controller, { durable: "reader", from: "all" });
    for (let i = 1; i <= 400; i++) await enforcer.publishAlert(numbered(i));
    let expected = 1;
    let missed = 0;
    for (let pid = 0; pid < 400; ) {
      const alert = await next(alerts, "the rest");
      ({ pid } = alert);
      expect(alert.pid - expected).toBe(alert.stream.missed);
      missed += alert.stream.missed;
      expected = pid + 1;
    }
    expect(missed).toBeGreaterThan(0);
  });

  it("not finished by a durable subscriber comes to its successor, what was finished does not", async () => {
    const { controller, enforcer } = await pair();
    for (let i = 1; i <= 3; i++) await enforcer.publishAlert(numbered(i));
    const first = iterate(controller.subscribeAlerts({ durable: "sink", from: "all", signal: stop.signal }));
    expect((await next(first, "alert 1")).pid).toBe(1);
    expect((await next(first, "alert 2")).pid).toBe(2);
    await first.return?.(undefined);
    await enforcer.publishAlert(numbered(4));
    const second = iterate(enforcer.subscribeAlerts({ durable: "sink", signal: stop.signal }));
    const rest = [];
    // 2 and 3 were handed to the first and come again when their time to acknowledge is over.
    for (let i = 0; i < 3; i++) rest.push((await next(second, "the rest")).pid);
    expect(rest.sort()).toEqual([2, 3, 4]);
  });

  it("is refused with the size when the server takes no message so large", async () => {
    const small = await startNatsServer({ config: "max_payload: 1KB" });
    const bus = await open("enforcer", { url: small.url });
    await bus.ensure();
    const large = { ...exampleAlert, source: "x".repeat(2_000) };
    await expect(bus.publishAlert(large)).rejects.toMatchObject({ code: "BUS_PAYLOAD_TOO_LARGE" });
    await small.dispose();
  });
});
