/** What the leader does with stored alerts, on a real NATS server: sent as JSON at most once and counted exactly once, whoever leads. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { type Bus, connect, encodeAlert } from "@portcullis/bus";
import { exampleAlert, type NatsServer, startNatsServer } from "@portcullis/bus/testing";
import { silentLog, until } from "@portcullis/daemon/testing";
import type { AlertSummary } from "@portcullis/model";
import { AlertCounting } from "../src/alerts/alert-counting.ts";
import { AlertCounts } from "../src/alerts/alert-counts.ts";
import { JsonCopies } from "../src/alerts/json-copies.ts";
import { type Reader, readStream } from "../src/alerts/stream-reading.ts";

/** Nobody asks what policies there are. */
const nobody = { policy: () => undefined, hitsKept: () => {} };

const alertOf = (n: number, more: object = {}) => ({ ...exampleAlert, id: `n/${n}`, ...more });

describe("what a leader does with alerts", () => {
  let nats: NatsServer;
  let bus: Bus;
  const stop = new AbortController();
  let leading: AbortController[] = [];
  let last = 0;

  const publish = async (count: number, more: object = {}) => {
    for (let i = 0; i < count; i++) await bus.publishAlert(encodeAlert(alertOf(last++, more)));
  };
  const lead = (reader: Reader): { end(): Promise<void> } => {
    const own = new AbortController();
    leading.push(own);
    const source = { state: () => bus.alertStream(), subscribe: bus.subscribeAlerts };
    const running = readStream(reader, { bus, source, log: silentLog }, own.signal);
    return {
      end: async () => {
        own.abort();
        await running;
      },
    };
  };

  beforeAll(async () => {
    nats = await startNatsServer();
    bus = await connect({ servers: nats.url, name: "controller", signal: stop.signal, log: silentLog });
    await bus.ensure();
  });
  afterEach(() => {
    for (const own of leading) own.abort();
    leading = [];
  });
  afterAll(async () => {
    await bus.close();
    stop.abort();
    await nats.dispose();
  });

  it("sends each as JSON once, in order, over a change of leaders", async () => {
    const ids: string[] = [];
    const copies = () => new JsonCopies("copies", ({ id }) => ids.push(id));
    await publish(3); // before anybody led for the first time: history is not sent
    const first = lead(copies());
    await until("the place is known", async () => {
      await publish(1);
      return ids.length > 0;
    });
    await publish(300);
    await until("they have come", () => ids.at(-1) === `n/${last - 1}`);
    await first.end();
    await publish(5);
    const second = lead(copies());
    await until("those between two leaders have come", () => ids.at(-1) === `n/${last - 1}`);
    await second.end();
    expect(new Set(ids).size).toBe(ids.length);
    const numbers = ids.map((id) => Number(id.slice(2)));
    expect(numbers).toEqual(numbers.map((_, i) => (numbers[0] ?? 0) + i));
  });

  it("counts each exactly once, over a change of leaders and two who lead for a moment", async () => {
    const before = (await bus.alertStream()).lastSequence;
    const counting = () => new AlertCounting({ ...nobody, send: bus.sendSummary, keepMs: 50 });
    const total = ({ counts }: AlertCounting) => counts.list().reduce((sum, count) => sum + count.total, 0);
    const [one, two] = [counting(), counting()];
    const [first, second] = [lead(one), lead(two)];
    await publish(40);
    await publish(1, { count: 7, firstTimestampNs: exampleAlert.timestampNs });
    await until("both have come as far", () => total(one) >= before + 47 && total(two) >= before + 47);
    await first.end();
    await publish(10, { policyName: "other", action: "Audit" });
    await until("the other goes on", () => total(two) >= before + 57);
    await until("it is kept", async () => {
      const { value } = await bus.readProgress("counts-of-alerts");
      if (value === undefined) return false;
      const { counts } = AlertCounts.parse(value);
      return counts.list().reduce((sum, count) => sum + count.total, 0) === before + 57;
    });
    await second.end();
    const third = counting();
    const ended = lead(third);
    await publish(1);
    await until("a third begins where they were", () => total(third) >= before + 58);
    expect(total(third)).toBe(before + 58);
    expect(third.counts.missed).toBe(0);
    await ended.end();
  });

  it("says what has changed, policy by policy", async () => {
    const heard: AlertSummary[] = [];
    bus.hearSummaries(stop.signal, (summary) => heard.push(summary));
    lead(new AlertCounting({ ...nobody, send: bus.sendSummary, keepMs: 20 }));
    await publish(2, { policyName: "said.twice", namespaceName: "shop", operation: "File" });
    const found = () => heard.filter(({ policy }) => policy === "said.twice").at(-1);
    await until("it is said", () => found()?.counts[0]?.total === 2);
    expect(found()).toMatchObject({
      namespace: "shop",
      counts: [{ operation: "File", action: "Block", owner: { kind: "StatefulSet", name: "web" } }],
    });
  });
});

describe("counts of alerts", () => {
  const delivered = (more: object) => ({
    ...exampleAlert,
    stream: { created: "then", sequence: 1, missed: 0 },
    ...more,
  });

  it("are bounded: what is of further kinds is counted together", () => {
    const counts = AlertCounts.begin("2026-01-01T00:00:00Z", 3);
    for (let i = 0; i < 10; i++) counts.add(delivered({ policyName: `p-${i}`, count: 2 }));
    expect(counts.list()).toHaveLength(3);
    expect(counts.other).toBe(14);
    const again = AlertCounts.parse(counts.bytes({ created: "then", sequence: 10 }));
    expect(again.place).toEqual({ created: "then", sequence: 10 });
    expect(again.counts.list()).toEqual(counts.list());
    expect(again.counts.other).toBe(14);
  });

  it("are of operations alone: that alerts are throttled is none", () => {
    const counts = AlertCounts.begin("2026-01-01T00:00:00Z");
    expect(counts.add(delivered({ type: "SystemEvent", operation: "AlertThreshold" }))).toBeUndefined();
    expect([counts.list(), counts.other]).toEqual([[], 0]);
  });

  it("add what the stream had dropped before it was read", () => {
    const counts = AlertCounts.begin("2026-01-01T00:00:00Z");
    counts.add(delivered({ stream: { created: "then", sequence: 10, missed: 9 } }));
    expect(counts.missed).toBe(9);
  });
});
