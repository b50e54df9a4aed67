/**
 * The cap on alerts: what is over it is counted instead of told, rule by rule and container by container, and the numbers add up, whatever happens
 * meanwhile. Long because every case has the same kernel and bundle at the edge.
 */

import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { decodeAlert } from "@portcullis/bus";
import { silentLog, until } from "@portcullis/daemon/testing";
import type { Alert, Throttling } from "@portcullis/model";
import type { KernelCount, KernelEvent } from "@portcullis/native";
import { AlertRate } from "../src/alerts/alert-rate.ts";
import { Alerts } from "../src/alerts/alerts.ts";
import { deliverLast } from "../src/alerts/last-delivery.ts";
import { Throttle } from "../src/alerts/throttle.ts";
import { operationOf } from "../src/alerts/throttled-alerts.ts";
import { throttledFile } from "../src/alerts/throttled-kept.ts";
import { SlotJournal } from "../src/bind/slot-journal.ts";
import { SlotTable } from "../src/bind/slot-table.ts";
import { openSpool } from "./opened-spool.ts";
import { containerId, counting, countOf, event, origin, rule, ruleSet, TemporaryDirectories } from "./support.ts";

const directories = new TemporaryDirectories();
afterEach(() => {
  jest.useRealTimers();
  directories.removeAll();
});

const set = ruleSet(rule(1, "/usr/bin/sleep"), rule(2, "/etc/passwd", { category: "file" }));
const limits: Throttling = { alertsPerSecond: 2, seconds: 60 };
const told = new TextEncoder().encode("told");
const atSecond = (seconds: number) => BigInt(Math.round(seconds * 1e9));
const binding = (n: number) => ({
  ...{ containerId: containerId(n), cgroupId: BigInt(n), cgroupPath: `/x/${n}`, container: "app", pod: `web-${n}` },
  ...{ namespace: "shop", podUid: `u-${n}`, image: "i", labels: {}, owner: undefined, ruleSet: set.digest },
});

describe("a cap on alerts", () => {
  let held: Throttling | undefined;
  let clockMs: number;
  let throttle: Throttle;
  let spooled: Alert[];
  let kept: Alert[];
  let looks: number[];
  let counts: ReturnType<typeof counting>;

  beforeEach(() => {
    jest.useFakeTimers();
    [held, clockMs, spooled, kept, looks, counts] = [limits, 0, [], [], [], counting()];
    throttle = new Throttle({
      limits: () => held,
      origin: () => origin,
      tell: (payloads) => void spooled.push(...payloads.map(decodeAlert)),
      keep: (payloads) => {
        kept = payloads.map(decodeAlert);
      },
      look: (ms) => void looks.push(ms),
      count: counts.count,
      now: () => clockMs,
    });
  });
  afterEach(() => throttle.close());

  const pass = (seconds: number) => {
    for (let passed = 0; passed < seconds; passed += 1) {
      clockMs += 1_000;
      jest.advanceTimersByTime(1_000);
    }
  };
  const attributionOf = (container: number, ruleId: number) => {
    const found = set.ruleSet.rules.find(({ id }) => id === ruleId);
    return { binding: binding(container), rule: found, policy: found && set.ruleSet.policies[0] };
  };
  /** What comes of operations by a rule: how many alerts of their own, and all others. */
  const does = (operations: Partial<KernelCount>, container = 1) => {
    const whole = countOf({ count: 1, ...operations });
    const payloads = throttle.pass(whole, attributionOf(container, whole.ruleId), () => told);
    return payloads.map((payload) => (payload === told ? "told" : decodeAlert(payload).type));
  };
  const once = (second: number, ruleId = 1, container = 1) =>
    does({ ruleId, slot: container, firstNs: atSecond(second), lastNs: atSecond(second) }, container);

  it("tells as many as it allows, then one SystemEvent, then nothing until it ends, and then how many there were", () => {
    expect([once(1), once(1.1), once(1.2), once(1.3), once(50)]).toEqual([["told"], ["told"], ["SystemEvent"], [], []]);
    expect(does({ count: 40, firstNs: atSecond(51), lastNs: atSecond(52) })).toEqual([]);
    pass(59);
    expect(spooled).toEqual([]);
    pass(1);
    expect(spooled).toHaveLength(1);
    expect(spooled[0]).toMatchObject({
      ...{ type: "MatchedPolicy", policyName: "block-tools", severity: "5", podName: "web-1", operation: "Process" },
      ...{ action: "Block", resource: "", data: "counted=rule throttled=true", count: 43 },
      firstTimestampNs: atSecond(1.2) + origin.bootToEpochNs,
      timestampNs: atSecond(52) + origin.bootToEpochNs,
    });
    expect([counts.of("throttlings"), counts.of("operations_throttled")]).toEqual([1, 43]);
    expect(once(70)).toEqual(["told"]);
  });

  it("says by a SystemEvent which rule of which container it is about, with KubeArmor's two figures", () => {
    const crossing = operationOf(event({ timeNs: atSecond(1) }));
    held = { alertsPerSecond: 1, seconds: 30 };
    const payloads = [1, 2].flatMap(() => throttle.pass(crossing, attributionOf(1, 1), () => told));
    const system = decodeAlert(payloads[1]!);
    expect(system).toMatchObject({
      ...{ type: "SystemEvent", operation: "AlertThreshold", policyName: "block-tools", podName: "web-1" },
      ...{ threshold: held, resource: "", source: "", data: "", action: "Audit", result: "Passed", tags: [] },
      message:
        "more than 1 alerts in a second: those by the rule spec.process.matchPaths[0] in this container are counted for 30 s; what is enforced stays enforced",
    });
    expect(system.severity).toBeUndefined();
    expect(system.count).toBeUndefined();
  });

  it("of one rule does not concern another rule, another container or the posture", () => {
    for (let i = 0; i < 10; i++) once(1);
    expect([once(1, 2), once(1, 1, 2), once(1, 0)]).toEqual([["told"], ["told"], ["told"]]);
    expect(once(1)).toEqual([]);
  });

  it("holds for what the kernel has counted within a second, and not for the same number over a longer time", () => {
    expect(does({ count: 4, firstNs: atSecond(1), lastNs: atSecond(9) })).toEqual(["told"]);
    expect(does({ ruleId: 2, count: 4, firstNs: atSecond(1), lastNs: atSecond(1.9) })).toEqual(["SystemEvent"]);
    pass(60);
    expect(spooled.map(({ count }) => count)).toEqual([4]);
  });

  it("begins anew when it has ended and there are too many again", () => {
    for (let i = 0; i < 4; i++) once(1);
    pass(60);
    expect([once(62), once(62.1), once(62.2)]).toEqual([["told"], ["told"], ["SystemEvent"]]);
    pass(60);
    expect(spooled.map(({ count }) => count)).toEqual([2, 1]);
    expect(new Set(spooled.map(({ id }) => id)).size).toBe(2);
  });

  it("that is switched off ends at once, and what there was is told", () => {
    for (let i = 0; i < 5; i++) once(1);
    held = undefined;
    expect(once(2)).toEqual(["told"]);
    pass(1);
    expect(spooled.map(({ count }) => count)).toEqual([3]);
    for (let i = 0; i < 5; i++) expect(once(3)).toEqual(["told"]);
  });

  it("has other figures as soon as the bundle has them", () => {
    for (let i = 0; i < 5; i++) once(1);
    held = { alertsPerSecond: 4, seconds: 5 };
    pass(5);
    expect(spooled.map(({ count }) => count)).toEqual([3]);
    expect([1, 2, 3, 4, 5].map(() => once(7))).toEqual([["told"], ["told"], ["told"], ["told"], ["SystemEvent"]]);
  });

  it("tells what there was when the process ends", () => {
    for (let i = 0; i < 5; i++) once(1);
    throttle.close();
    expect(spooled.map(({ count }) => count)).toEqual([3]);
    expect(kept).toEqual([]);
  });

  it("keeps its numbers, with the ids that they are told with", () => {
    for (let i = 0; i < 5; i++) once(1);
    pass(1);
    expect(kept).toMatchObject([{ count: 3, policyName: "block-tools" }]);
    const [{ id }] = kept as [Alert];
    does({ count: 7, firstNs: atSecond(0.5), lastNs: atSecond(3) });
    pass(1);
    expect(kept.map(({ count }) => count)).toEqual([10]);
    pass(60);
    expect(kept).toEqual([]);
    expect(spooled.map((alert) => alert.id)).toEqual([id]);
  });

  it("has repetitions looked for soon after an event, and less and less often where something is repeated slowly", () => {
    for (let second = 1; second <= 6; second++) once(second * 2);
    expect(looks).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
    pass(21);
    once(100);
    expect(looks.at(-1)).toBe(1_000);
  });

  it("watches no more than it has room for: what is beyond is told", () => {
    for (let container = 1; container <= 4_096; container++) once(1, 1, container);
    for (let i = 0; i < 5; i++) expect(once(1, 1, 5_000)).toEqual(["told"]);
    expect([once(1), once(1)]).toEqual([["told"], ["SystemEvent"]]);
  });
});

describe("a rate", () => {
  const add = (rate: AlertRate, from: number, to: number, count: number) =>
    rate.add({ count, firstNs: atSecond(from), lastNs: atSecond(to) }, 10);

  it("is that of a second that begins with an operation", () => {
    const rate = new AlertRate();
    for (let i = 0; i < 10; i++) expect(add(rate, 5.5, 5.5, 1)).toBe(false);
    expect(add(rate, 6.6, 6.6, 1)).toBe(false);
    for (let i = 0; i < 9; i++) expect(add(rate, 7.5, 7.5, 1)).toBe(false);
    expect(add(rate, 7.55, 7.55, 1)).toBe(true);
  });

  it("is proven by what was counted over several seconds only where one of them must have had too many", () => {
    expect(add(new AlertRate(), 1, 4.5, 40)).toBe(false);
    expect(add(new AlertRate(), 1, 4.5, 41)).toBe(true);
  });

  it("does not count what was before its second", () => {
    const rate = new AlertRate();
    for (let i = 0; i < 10; i++) add(rate, 5, 5, 1);
    expect(add(rate, 4.9, 4.9, 5)).toBe(false);
    expect(add(rate, 5.1, 5.1, 1)).toBe(true);
  });
});

describe("on the way of alerts, with a disk, a cap", () => {
  const slot = 3;
  const tableId = 70n;
  /** Alerts with a kernel at the edge, as the enforcer puts them together. */
  const way = (dir: string, over: { limits?: Throttling } = {}) => {
    const table = new SlotTable(new SlotJournal(`${dir}/slots`, "b"), () => {});
    table.intend({ slot, binding: binding(1), tableKey: "k", tableId });
    const { count, of } = counting();
    const alerts = new Alerts({
      ...{ spoolDir: `${dir}/spool`, spoolMaxBytes: 64 << 20, keepAcknowledgedMs: 0, countsEveryMs: 10_000 },
      ...{ table, ruleSetPath: () => `${dir}/none`, bundleContainer: () => undefined, origin: () => origin },
      throttling: { path: `${dir}/${throttledFile}`, limits: () => over.limits ?? limits },
      ...{ log: silentLog, count },
    });
    alerts.ruleSetsInForce(new Map([[set.digest, set.ruleSet]]));
    let counted: KernelCount[] = [];
    let listener: (events: readonly KernelEvent[]) => void = () => {};
    const reading = alerts.listen({
      onEvents: (heard) => {
        listener = heard;
        return { close: () => {} };
      },
      takeCounts: () => [...counted],
      forgetCounts: (some) => {
        counted = counted.filter((one) => !some.includes(one));
      },
    });
    const happens = (n: number) =>
      listener([
        event({ ...{ slot, tableId, sequence: BigInt(n), object: `/o/${n}` }, timeNs: atSecond(1) + BigInt(n) }),
      ]);
    const repeated = (times: number, sequence: number) =>
      counted.push(
        countOf({
          ...{ slot, tableId, count: times, sequence: BigInt(sequence) },
          ...{ firstNs: atSecond(1.1), lastNs: atSecond(1.9) },
        }),
      );
    return { alerts, reading, happens, repeated, of, left: () => counted.length };
  };
  const spooledIn = (dir: string): Alert[] => {
    const { spool } = openSpool(`${dir}/spool`, { maxBytes: 64 << 20, segmentBytes: 4 << 20 });
    const all: Alert[] = [];
    for (let next = spool.read(spool.start); next; next = spool.read(next.after)) all.push(decodeAlert(next.payload));
    spool.close();
    return all;
  };
  const sum = (alerts: readonly Alert[]) =>
    alerts.filter(({ type }) => type !== "SystemEvent").reduce((all, { count = 1 }) => all + count, 0);

  it("sees what the kernel only counts within a second or so, and all operations are told or counted", async () => {
    const dir = directories.make();
    const { alerts, reading, happens, repeated, of, left } = way(dir);
    happens(1);
    repeated(500, 1);
    await until("the count is throttled", () => of("operations_throttled") === 500, 3_000);
    expect(left()).toBe(0);
    for (let n = 2; n <= 100; n++) happens(n);
    reading.close();
    await alerts.close();
    const all = spooledIn(dir);
    expect(all.map(({ type, count }) => count ?? type)).toEqual(["MatchedPolicy", "SystemEvent", 599]);
    expect(sum(all)).toBe(600);
  });

  it("loses to a kill what was throttled in the last second at most: the next process tells the rest", async () => {
    const dir = directories.make();
    const killed = way(dir);
    for (let n = 1; n <= 50; n++) killed.happens(n);
    await until("the numbers are kept", async () => {
      const { existsSync } = await import("node:fs");
      return existsSync(`${dir}/${throttledFile}`);
    });
    // It is never closed: nothing of it is told. The spool is a second reader's.
    const next = way(dir);
    next.reading.close();
    await next.alerts.close();
    const all = spooledIn(dir);
    expect(all.map(({ type, count }) => count ?? type)).toEqual(["MatchedPolicy", "MatchedPolicy", "SystemEvent", 48]);
    expect(sum(all)).toBe(50);
    killed.reading.close();
    await killed.alerts.close();
  });

  it("is not forgotten when the enforcer is removed", async () => {
    const dir = directories.make();
    const killed = way(dir);
    for (let n = 1; n <= 5; n++) killed.happens(n);
    const { existsSync } = await import("node:fs");
    await until("the numbers are kept", () => existsSync(`${dir}/${throttledFile}`));
    const { count } = counting();
    const left = await deliverLast({
      ...{ dir: `${dir}/spool`, throttled: `${dir}/${throttledFile}`, withinMs: 100, log: silentLog, count },
      connectBus: () => Promise.reject(new Error("there is none")),
    });
    expect(left).toBe(4);
    killed.reading.close();
    await killed.alerts.close();
  });
});
