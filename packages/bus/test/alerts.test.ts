import { describe, expect, it } from "@jest/globals";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect as natsConnect } from "@nats-io/transport-node";
import { sleep } from "@portcullis/daemon";
import { alertChannel } from "../src/channels/alert-channels.ts";
import { encodeAlert } from "../src/messages/alert.ts";
import { BusBed, iterate, next } from "./bus-bed.ts";
import { exampleAlert } from "./examples.ts";
import { startNatsServer } from "./nats-server.ts";

const bed = new BusBed();

describe("an alert", () => {
  const numbered = (i: number, more = {}) => ({ ...exampleAlert, id: `node-1/boot/${i}`, pid: i, ...more });

  it("comes to its subscriber as it was sent", async () => {
    const { controller, enforcer } = await bed.pair();
    const alerts = await bed.subscribe(controller);
    await enforcer.publishAlert(encodeAlert(exampleAlert));
    const { stream, ...alert } = await next(alerts, "the alert");
    expect(alert).toEqual(exampleAlert);
    expect(stream).toEqual({ created: expect.any(String), sequence: 1, missed: 0 });
  });

  it("is stored once however often it is sent", async () => {
    const { controller, enforcer } = await bed.pair();
    const alerts = await bed.subscribe(controller);
    await enforcer.publishAlert(encodeAlert(exampleAlert));
    await enforcer.publishAlert(encodeAlert(exampleAlert));
    await enforcer.publishAlert(encodeAlert(numbered(1)));
    expect((await next(alerts, "the alert")).id).toBe(exampleAlert.id);
    expect((await next(alerts, "the other alert")).id).toBe("node-1/boot/1");
    expect(enforcer.stats).toMatchObject({ alertsPublished: 3, alertsDuplicate: 1 });
  });

  it("is sent as JSON to who listens", async () => {
    const { controller } = await bed.pair();
    const raw = await natsConnect({ servers: bed.server.url });
    const copies = raw.subscribe("portcullis.v2.json.*.default.>", { max: 1 });
    await raw.flush();
    controller.sendAlertCopy(exampleAlert);
    for await (const copy of copies) {
      expect(copy.subject).toBe(alertChannel.subject(exampleAlert, "json"));
      expect(copy.headers?.get("Nats-Msg-Id")).toBe(exampleAlert.id);
      expect(copy.json()).toMatchObject({ PolicyName: "no-sleep", PID: 17, HostPPID: 4_000_000_000 });
    }
    await raw.close();
  });

  it("is selected by namespace, pod and policy, the host's by the empty namespace", async () => {
    const { controller, enforcer } = await bed.pair();
    const byNamespace = await bed.subscribe(controller, { namespace: "other", from: "all" });
    const byPolicy = await bed.subscribe(controller, { policy: "a.b" });
    const byHost = await bed.subscribe(controller, { namespace: "", pod: "" });
    await enforcer.publishAlert(encodeAlert(numbered(1)));
    await enforcer.publishAlert(encodeAlert(numbered(2, { namespaceName: "other" })));
    await enforcer.publishAlert(encodeAlert(numbered(3, { policyName: "a.b" })));
    await enforcer.publishAlert(encodeAlert(numbered(4, { namespaceName: "", podName: "" })));
    expect((await next(byNamespace, "the one of the namespace")).pid).toBe(2);
    expect((await next(byPolicy, "the one of the policy")).pid).toBe(3);
    const host = await next(byHost, "the host's");
    expect([host.pid, host.stream]).toEqual([4, { created: expect.any(String), sequence: 4, missed: 0 }]);
  });

  it("published from a spool across a restart arrives once, in order, none missing", async () => {
    const { controller, enforcer } = await bed.pair();
    const alerts = await bed.subscribe(controller);
    const spool = Array.from({ length: 300 }, (_, i) => numbered(i + 1));
    let refusals = 0;
    const publishing = (async () => {
      for (const alert of spool) {
        while (true) {
          try {
            await enforcer.publishAlert(encodeAlert(alert));
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
    await bed.server.stop({ hard: true });
    await bed.server.start();
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
    const { controller, enforcer } = await bed.pair();
    const alerts = await bed.subscribe(controller);
    const raw = await natsConnect({ servers: bed.server.url });
    await jetstream(raw).publish("portcullis.v2.alerts.n.a.b.c", "not an alert");
    await raw.close();
    await enforcer.publishAlert(encodeAlert(numbered(1)));
    const { pid, stream } = await next(alerts, "the alert");
    expect([pid, stream]).toEqual([1, { created: expect.any(String), sequence: 2, missed: 1 }]);
    expect(controller.stats.refusedMessages).toBe(1);
  });

  it("that says another node than the subject it lies under is skipped and counted", async () => {
    const { controller, enforcer } = await bed.pair();
    const alerts = await bed.subscribe(controller);
    const raw = await natsConnect({ servers: bed.server.url });
    const forged = encodeAlert({ ...numbered(7), hostName: "another" });
    await jetstream(raw).publish(alertChannel.subject(numbered(7), "stored"), forged);
    await raw.close();
    await enforcer.publishAlert(encodeAlert(numbered(1)));
    expect((await next(alerts, "the alert")).pid).toBe(1);
    expect(controller.stats.refusedMessages).toBe(1);
  });

  it("discarded by the stream's limits before it was read is shown as a gap", async () => {
    const { controller, enforcer } = await bed.pair();
    await controller.ensure({ alertsMaxBytes: 100_000 });
    const alerts = await bed.subscribe(controller, { durable: "reader", from: "all" });
    for (let i = 1; i <= 400; i++) await enforcer.publishAlert(encodeAlert(numbered(i)));
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

  it("of a stream that was made anew is read from its first one on, however many there are, and what was lost is shown as a gap", async () => {
    const { controller, enforcer } = await bed.pair();
    const alerts = await bed.subscribe(controller, { from: "all" });
    for (let i = 1; i <= 3; i++) await enforcer.publishAlert(encodeAlert(numbered(i)));
    for (let i = 1; i <= 3; i++) expect((await next(alerts, `alert ${i}`)).pid).toBe(i);
    const administrator = await natsConnect({ servers: bed.server.url });
    const stored = await jetstreamManager(administrator);
    const { config } = await stored.streams.info(alertChannel.stream);
    await stored.streams.delete(alertChannel.stream);
    await stored.streams.add({ ...config, name: alertChannel.stream });
    // More than were read of the old one.
    for (let i = 11; i <= 15; i++) await enforcer.publishAlert(encodeAlert(numbered(i)));
    await administrator.close();
    const { pid, stream } = await next(alerts, "the first one of the new stream");
    expect([pid, stream]).toEqual([11, { created: expect.any(String), sequence: 1, missed: 1 }]);
    for (let i = 12; i <= 15; i++) expect((await next(alerts, `alert ${i}`)).stream.missed).toBe(0);
  });

  it("not finished by a durable subscriber comes to its successor, what was finished does not", async () => {
    const { controller, enforcer } = await bed.pair();
    for (let i = 1; i <= 3; i++) await enforcer.publishAlert(encodeAlert(numbered(i)));
    const first = iterate(controller.subscribeAlerts({ durable: "sink", from: "all", signal: bed.stop.signal }));
    expect((await next(first, "alert 1")).pid).toBe(1);
    expect((await next(first, "alert 2")).pid).toBe(2);
    await first.return?.(undefined);
    await enforcer.publishAlert(encodeAlert(numbered(4)));
    const second = iterate(enforcer.subscribeAlerts({ durable: "sink", signal: bed.stop.signal }));
    const rest = [];
    // 2 and 3 were handed to the first and come again when their time to acknowledge is over.
    for (let i = 0; i < 3; i++) rest.push((await next(second, "the rest")).pid);
    expect(rest.sort()).toEqual([2, 3, 4]);
  });

  it("larger than the server takes is cut in its longest text, and says so", async () => {
    const small = await startNatsServer({ config: "max_payload: 2KB" });
    const bus = await bed.open("enforcer", { url: small.url });
    await bus.ensure();
    await bus.publishAlert(encodeAlert({ ...exampleAlert, source: "ü".repeat(2_000) }));
    const alerts = await bed.subscribe(bus, { from: "all" });
    const { source, data, resource, eventData } = await next(alerts, "the alert");
    expect(source).toMatch(/^ü{100,}…$/);
    expect(data).toBe(`${exampleAlert.data} cut=Source`);
    expect(eventData).toEqual({ ...exampleAlert.eventData, Cut: "Source" });
    expect(resource).toBe(exampleAlert.resource);
    expect(bus.stats).toMatchObject({ alertsPublished: 1, alertsCut: 1 });
    await small.dispose();
  });

  it("is refused with the size when the server takes no message so large and its names alone are larger", async () => {
    const small = await startNatsServer({ config: "max_payload: 1KB" });
    const bus = await bed.open("enforcer", { url: small.url });
    await bus.ensure();
    const large = { ...exampleAlert, containerImage: "x".repeat(2_000) };
    await expect(bus.publishAlert(encodeAlert(large))).rejects.toMatchObject({ code: "BUS_PAYLOAD_TOO_LARGE" });
    await small.dispose();
  });

  it("is known by its place in the stream, and the stream by the time it was made", async () => {
    const { controller, enforcer } = await bed.pair();
    const before = await enforcer.alertStream();
    expect(before.lastSequence).toBe(0);
    expect(await enforcer.publishAlert(encodeAlert(exampleAlert))).toEqual({
      id: exampleAlert.id,
      sequence: 1,
      duplicate: false,
      cut: false,
    });
    expect(await enforcer.publishAlert(encodeAlert(exampleAlert))).toEqual({
      id: exampleAlert.id,
      sequence: 1,
      duplicate: true,
      cut: false,
    });
    expect(await enforcer.storedAlertId(1)).toBe(exampleAlert.id);
    expect(await enforcer.storedAlertId(2)).toBeUndefined();
    const { firstAt = "", ...state } = await enforcer.alertStream();
    expect(state).toEqual({ created: before.created, firstSequence: 1, lastSequence: 1 });
    expect(Date.parse(firstAt)).toBeGreaterThanOrEqual(Date.parse(before.created));
    await bed.server.stop({ hard: true });
    await bed.server.start({ wipe: true });
    // Each of the two is connected again when it is.
    const ensured = async () => {
      try {
        await controller.ensure();
        return await enforcer.alertStream();
      } catch {
        return undefined;
      }
    };
    let after = await ensured();
    for (; after === undefined; after = await ensured()) await sleep(50);
    expect(after.lastSequence).toBe(0);
    expect(after.created).not.toBe(before.created);
  });
});
