/** Alerts sent on to other systems, from a real NATS server: at least once, whoever leads and whatever the receiver does. Long because each test needs the same bed. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { type Bus, connect, encodeAlert } from "@portcullis/bus";
import { makeServerCertificate } from "@portcullis/bus/certificates";
import { exampleAlert, type NatsServer, startNatsServer } from "@portcullis/bus/testing";
import { MemoryLog, until } from "@portcullis/daemon/testing";
import { testBinary } from "@portcullis/kube/testing";
import { Delivery, type Format } from "../src/outputs/delivery.ts";
import { Falcosidekick } from "../src/outputs/falcosidekick.ts";
import { HttpTarget, retryAfterOf, type TargetOptions } from "../src/outputs/http-target.ts";
import { OtlpLogs } from "../src/outputs/otlp-logs.ts";
import { FalcoReceiver, HttpReceiver, OtlpReceiver, type OtlpResource, valuesOf } from "./receivers.ts";

const directory = mkdtempSync(join(tmpdir(), "portcullis-outputs-"));
let nats: NatsServer;
let bus: Bus;
let last = 0;
const stop = new AbortController();
const log = new MemoryLog();
let cleanUp: (() => Promise<void> | void)[] = [];

/** The ids. */
async function publish(count: number, more: object = {}): Promise<string[]> {
  const ids = Array.from({ length: count }, () => `n/${last++}`);
  for (const id of ids) await bus.publishAlert(encodeAlert({ ...exampleAlert, id, ...more }));
  return ids;
}

/** Begins with what is published from now on, at its first time. */
async function deliver(
  format: Format,
  options: TargetOptions,
  youngMs = 0,
): Promise<{ delivery: Delivery; end(): Promise<void> }> {
  const target = new HttpTarget(options, format.connections);
  const source = { state: () => bus.alertStream(), subscribe: bus.subscribeAlerts };
  const delivery = new Delivery({ format, target, bus, source, log, pauses: { firstMs: 20, maxMs: 100 }, youngMs });
  const own = new AbortController();
  const running = delivery.run(own.signal);
  const end = async () => {
    own.abort();
    await running;
    target.close();
  };
  cleanUp.push(end);
  await until("it knows where it begins", () => delivery.sequence !== undefined);
  return { delivery, end };
}

/** Of another name each, so that each begins anew. */
let outputs = 0;
class OneFalcosidekick extends Falcosidekick {
  override readonly name = `falcosidekick-${outputs++}` as "falcosidekick";
}
class OneOtlp extends OtlpLogs {
  override readonly name = `otlp-${outputs++}` as "otlp";
}
const falcosidekick = (): Format => new OneFalcosidekick();
const otlp = (): Format => new OneOtlp();

async function falcoReceiver(...args: ConstructorParameters<typeof FalcoReceiver>): Promise<FalcoReceiver> {
  const receiver = await new FalcoReceiver(...args).start();
  cleanUp.push(() => receiver.stop());
  return receiver;
}

const file = (name: string, text: string): string => {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
};

beforeAll(async () => {
  nats = await startNatsServer();
  bus = await connect({ servers: nats.url, name: "controller", signal: stop.signal, log });
  await bus.ensure();
});
afterEach(async () => {
  for (const one of cleanUp.reverse()) await one();
  cleanUp = [];
});
afterAll(async () => {
  await bus.close();
  stop.abort();
  await nats.dispose();
  rmSync(directory, { recursive: true });
});

describe("alerts to falcosidekick", () => {
  it("are events that it understands, with priority, rule, flat fields and tags", async () => {
    const receiver = await falcoReceiver();
    await publish(2); // before it led for the first time: history is not sent
    await deliver(falcosidekick(), { url: new URL(receiver.url) });
    const rule = {
      policy: { kind: "KubeArmorPolicy", namespace: "default", name: "no-sleep" },
      origin: "spec.process.matchPaths[0]",
    };
    const [id] = await publish(1, { severity: "9", rule });
    await until("it has come", () => receiver.events.length === 1);
    expect(receiver.events[0]).toMatchObject({
      output: expect.stringMatching(/^Process denied: \/bin\/sleep 1 by \/bin\/bash in default\/web-0 web on node-1/),
      priority: "Critical",
      rule: "no-sleep spec.process.matchPaths[0]",
      time: "2026-01-02T03:04:05.123456Z",
      source: "portcullis",
      hostname: "node-1",
      tags: ["MITRE", "T1059"],
      output_fields: {
        ...{ AlertID: id, NamespaceName: "default", PolicyName: "no-sleep", HostPPID: 4_000_000_000 },
        ...{ "Owner.Ref": "StatefulSet", "EventData.Syscall": "SYS_EXECVE" },
        ...{ "k8s.ns.name": "default", "k8s.pod.name": "web-0" },
      },
    });
  });

  it.each([
    ["1", "Debug"],
    ["2", "Informational"],
    ["4", "Notice"],
    ["6", "Warning"],
    ["8", "Error"],
    ["10", "Critical"],
    [undefined, "Warning"],
  ])("of severity %s have the priority %s", async (severity, priority) => {
    const receiver = await falcoReceiver();
    await deliver(falcosidekick(), { url: new URL(receiver.url) });
    await publish(1, { severity });
    await until("it has come", () => receiver.events.length === 1);
    expect(receiver.events[0]?.priority).toBe(priority);
  });

  it("all come, over a change of leaders, a receiver that is away, and a NATS server that is started again", async () => {
    const receiver = await falcoReceiver();
    const format = falcosidekick();
    const first = await deliver(format, { url: new URL(receiver.url) });
    const ids = await publish(100);
    await until("some have come", () => receiver.events.length > 20);
    await first.end();
    await receiver.stop();
    ids.push(...(await publish(30)));
    const second = await deliver(format, { url: new URL(receiver.url) });
    await until("it has tried", () => second.delivery.failingSeconds > 0);
    await nats.stop();
    await nats.start();
    await until("the bus is back", () => bus.connected);
    await receiver.start();
    ids.push(...(await publish(5)));
    await until("all have come", () => new Set(receiver.ids).size === ids.length);
    expect(new Set(receiver.ids)).toEqual(new Set(ids));
    expect(second.delivery.counters).toMatchObject({ setAside: 0, missed: 0 });
    expect(second.delivery.counters.retried).toBeGreaterThan(0);
    expect(second.delivery.failingSeconds).toBe(0);
  });

  it("are eight requests at once at most", async () => {
    const receiver = await falcoReceiver();
    receiver.delayMs = 10;
    await deliver(falcosidekick(), { url: new URL(receiver.url) });
    await publish(100);
    await until("all have come", () => receiver.events.length === 100);
    expect(receiver.busiest).toBeGreaterThan(1);
    expect(receiver.busiest).toBeLessThanOrEqual(8);
  });

  it("wait as long as the receiver asks for", async () => {
    const receiver = await falcoReceiver();
    let asked = 0;
    receiver.instead = () => (asked++ === 0 ? { status: 503, headers: { "Retry-After": "1" } } : undefined);
    await deliver(falcosidekick(), { url: new URL(receiver.url) });
    await publish(1);
    await until("it was asked to wait", () => asked === 1);
    const began = performance.now();
    await until("it has come", () => receiver.events.length === 1);
    expect(performance.now() - began).toBeGreaterThan(900);
    expect(retryAfterOf("Thu, 01 Jan 2026 00:00:10 GMT", Date.parse("2026-01-01T00:00:00Z"))).toBe(10_000);
    expect([retryAfterOf("soon"), retryAfterOf("99999")]).toEqual([undefined, 300_000]);
  });

  it("that are refused are set aside and counted, and stop no other", async () => {
    const receiver = await falcoReceiver();
    receiver.instead = ({ body }) => (body.includes("poison") ? { status: 400 } : undefined);
    const { delivery } = await deliver(falcosidekick(), { url: new URL(receiver.url) });
    await publish(1, { message: "poison" });
    const ids = await publish(3);
    await until("the others have come", () => receiver.events.length === 3);
    expect(new Set(receiver.ids)).toEqual(new Set(ids));
    await until("it is counted", () => delivery.counters.setAside === 1 && delivery.counters.delivered === 3);
  });

  it("are sent from the beginning of a stream that is young, as after NATS has lost its storage", async () => {
    const receiver = await falcoReceiver();
    const format = falcosidekick();
    const { end } = await deliver(format, { url: new URL(receiver.url) });
    await end();
    const remove = ["--server", nats.url, "kv", "del", "portcullis-v1-progress", `output-${format.name}`, "-f"];
    const { status, stderr } = spawnSync(testBinary("nats"), remove, { encoding: "utf8" });
    expect(`${status} ${stderr}`).toMatch(/^0 /);
    const ids = await publish(3);
    await deliver(format, { url: new URL(receiver.url) }, 86_400_000);
    await until("all have come", () => ids.every((id) => receiver.ids.includes(id)));
  });

  it("are sent again where the server speaks TLS and the URL does not say so", async () => {
    const receiver = await falcoReceiver();
    receiver.instead = () => ({ status: 400, body: "Client sent an HTTP request to an HTTPS server.\n" });
    const { delivery } = await deliver(falcosidekick(), { url: new URL(receiver.url) });
    await publish(1);
    await until("it was tried more than once", () => delivery.counters.retried > 1);
    receiver.instead = () => undefined;
    await until("it has come", () => receiver.events.length === 1);
    expect(delivery.counters.setAside).toBe(0);
  });

  it("that the stream has dropped before they were sent are counted as missed", async () => {
    const receiver = await falcoReceiver();
    const format = falcosidekick();
    await (await deliver(format, { url: new URL(receiver.url) })).end();
    await publish(20);
    const purge = ["--server", nats.url, "stream", "purge", "PORTCULLIS_ALERTS", "--keep", "5", "-f"];
    const { status, stderr } = spawnSync(testBinary("nats"), purge, { encoding: "utf8" });
    expect(`${status} ${stderr}`).toMatch(/^0 /);
    const { delivery } = await deliver(format, { url: new URL(receiver.url) });
    await until("what is left has come", () => receiver.events.length === 5);
    expect(delivery.counters.missed).toBe(15);
  });

  it("go to no other place than the URL: a redirect is not followed", async () => {
    const other = await falcoReceiver();
    const receiver = await falcoReceiver();
    receiver.instead = () => ({ status: 307, headers: { Location: other.url } });
    const { delivery } = await deliver(falcosidekick(), { url: new URL(receiver.url) });
    await publish(1);
    await until("it was tried more than once", () => delivery.counters.retried > 1);
    expect(other.requests).toEqual([]);
    expect(log.lines.some(({ fields }) => String(fields.error).includes("a redirect is not followed"))).toBe(true);
    receiver.instead = () => undefined;
    await until("it has come", () => receiver.events.length === 1);
  });

  it("go to a server with a certificate of the given authority alone, with the token that the file has now, which is in no log", async () => {
    const { certificate, authority, key } = makeServerCertificate(["localhost"]);
    const receiver = await falcoReceiver({ key, cert: certificate });
    const tokenFile = file("token", "secret-1\n");
    const foreign = file("foreign.crt", makeServerCertificate(["localhost"]).authority);
    const url = new URL(receiver.url);
    const wrong = await deliver(falcosidekick(), { url, caFile: foreign, tokenFile });
    await publish(1);
    await until("it was tried", () => wrong.delivery.counters.retried > 1);
    expect(receiver.requests).toEqual([]);
    await wrong.end();
    const right = await deliver(falcosidekick(), { url, caFile: file("ca.crt", authority), tokenFile });
    await publish(1);
    await until("it has come", () => receiver.requests.at(-1)?.headers.authorization === "Bearer secret-1");
    await right.end();
    const login = { user: "portcullis", passwordFile: file("password", "secret-2") };
    await deliver(falcosidekick(), { url, caFile: file("ca.crt", authority), login });
    receiver.instead = () => ({ status: 401 });
    await publish(1);
    const basic = `Basic ${Buffer.from("portcullis:secret-2").toString("base64")}`;
    await until("it was tried", () => receiver.requests.at(-1)?.headers.authorization === basic);
    await until("it is said", () => log.lines.some(({ fields }) => String(fields.error).includes("answers 401")));
    expect(JSON.stringify(log.lines)).not.toMatch(/secret-|Bearer|Basic/);
  });
});

describe("alerts over OTLP", () => {
  const receive = async (...args: string[]): Promise<OtlpReceiver> => {
    const receiver = await OtlpReceiver.start(...args);
    cleanUp.push(() => receiver.stop());
    return receiver;
  };
  const urlOf = ({ port }: OtlpReceiver, scheme = "http"): URL => new URL(`${scheme}://localhost:${port}/v1/logs`);

  it("are log records that OpenTelemetry's own receiver reads: resource, severity, body and attributes", async () => {
    const receiver = await receive();
    await deliver(otlp(), { url: urlOf(receiver) });
    const [id] = await publish(1, { severity: "7" });
    await until("it has come", () => receiver.records.length === 1);
    const [[{ resource }]] = receiver.requests as [[OtlpResource]];
    expect(valuesOf(resource.attributes)).toMatchObject({
      ...{ "service.name": "portcullis", "k8s.cluster.name": "default", "k8s.node.name": "node-1" },
      ...{ "k8s.namespace.name": "default", "k8s.pod.name": "web-0", "k8s.container.name": "web" },
      ...{ "k8s.statefulset.name": "web", "container.id": "0123abcd" },
    });
    const [record] = receiver.records;
    expect(record).toMatchObject({
      ...{
        timeUnixNano: "1767323045123456789",
        severityNumber: 17,
        severityText: "Error",
        eventName: "portcullis.alert",
      },
      body: { stringValue: expect.stringContaining("Process denied: /bin/sleep 1") },
    });
    expect(valuesOf(record?.attributes ?? [])).toMatchObject({
      ...{ "log.record.uid": id, PolicyName: "no-sleep", "process.pid": "12346", HostPPID: "4000000000" },
      ...{ "EventData.Syscall": "SYS_EXECVE", Tags: "MITRE,T1059" },
    });
  });

  it("come in batches, by resource, each once while nothing fails, and again when the receiver could not take them", async () => {
    const receiver = await receive("-fail", "2");
    // What waits when a delivery begins comes in batches, however slow the machine is.
    const format = otlp();
    await (await deliver(format, { url: urlOf(receiver) })).end();
    const ids = [...(await publish(150)), ...(await publish(150, { podName: "other" }))];
    const { delivery } = await deliver(format, { url: urlOf(receiver) });
    await until("all have come", () => receiver.records.length >= 300);
    const come = receiver.records.map(({ attributes }) => valuesOf(attributes)["log.record.uid"]);
    expect(come.sort()).toEqual(ids.sort());
    expect(receiver.requests.length).toBeLessThan(100);
    for (const resources of receiver.requests) expect(resources.length).toBeLessThanOrEqual(2);
    await until("it is counted", () => delivery.counters.delivered === 300);
    expect(delivery.counters).toMatchObject({ retried: 2, setAside: 0 });
  });

  it("that are refused are found by halves and set aside, and so are those that a receiver says it has rejected", async () => {
    const poisoned = ({ body }: { body: string }) => (body.includes("poison") ? { status: 400 } : undefined);
    const partly = '{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"too old"}}';
    const receiver = await new HttpReceiver(() => ({ status: 200, body: "{}" })).start();
    cleanUp.push(() => receiver.stop());
    receiver.instead = poisoned;
    const { delivery } = await deliver(otlp(), { url: new URL(receiver.url) });
    await publish(40);
    await publish(1, { message: "poison" });
    await publish(40);
    await until("the others are delivered", () => delivery.counters.delivered === 80);
    expect(delivery.counters).toMatchObject({ setAside: 1, retried: 0 });
    receiver.instead = () => ({ status: 200, body: partly });
    await publish(1);
    await until("it is counted", () => delivery.counters.setAside === 2);
    expect(delivery.counters.delivered).toBe(80);
  });

  it("are sent again where the receiver refuses them all, and told as failing meanwhile", async () => {
    const receiver = await new HttpReceiver(() => ({ status: 200, body: "{}" })).start();
    cleanUp.push(() => receiver.stop());
    receiver.instead = () => ({ status: 415 });
    const format = otlp();
    const { delivery, end } = await deliver(format, { url: new URL(receiver.url) });
    await end();
    await publish(40);
    const again = await deliver(format, { url: new URL(receiver.url) });
    await until("it is failing", () => again.delivery.failingSeconds > 0);
    receiver.instead = () => undefined;
    await until("all are delivered", () => again.delivery.counters.delivered === 40);
    expect([delivery.counters.setAside, again.delivery.counters.setAside]).toEqual([0, 0]);
  });

  it("go over TLS to a receiver with a certificate of the given authority", async () => {
    const { certificate, authority, key } = makeServerCertificate(["localhost"]);
    const receiver = await receive("-cert", file("otlp.crt", certificate), "-key", file("otlp.key", key));
    await deliver(otlp(), { url: urlOf(receiver, "https"), caFile: file("otlp-ca.crt", authority) });
    await publish(1);
    await until("it has come", () => receiver.records.length === 1);
  });
});
