/**
 * What the kernel counted instead of telling: it becomes alerts that add up, with the names of the first of each kind where these are known.
 * Long because every case has the same kernel at the edge.
 */

import { afterEach, describe, expect, it, jest } from "@jest/globals";
import { decodeAlert, encodeAlert } from "@portcullis/bus";
import { MemoryLog } from "@portcullis/daemon/testing";
import type { Alert } from "@portcullis/model";
import type { KernelCount } from "@portcullis/native";
import { alertOf } from "../src/alerts/alert.ts";
import { CountsIntake } from "../src/alerts/counts-intake.ts";
import { deliverLast } from "../src/alerts/last-delivery.ts";
import { ToldAlerts } from "../src/alerts/told-alerts.ts";
import { SlotJournal } from "../src/bind/slot-journal.ts";
import { SlotTable } from "../src/bind/slot-table.ts";
import { Wake } from "../src/wake.ts";
import { openSpool } from "./opened-spool.ts";
import { containerId, counting, countOf, event, rule, ruleSet, TemporaryDirectories } from "./support.ts";

const directories = new TemporaryDirectories();
afterEach(() => {
  jest.useRealTimers();
  directories.removeAll();
});

const origin = { cluster: "c", node: "n", nodeId: "m", boot: "b", bootToEpochNs: 1_000n };
const set = ruleSet(rule(1, "/usr/bin/sleep"), rule(2, "/etc/passwd", { category: "file", severity: "7" }));
const tableId = 70n;
const slot = 3;
const everyMs = 10_000;

const kernelCount = (more: Partial<KernelCount> = {}) => countOf({ slot, tableId, ...more });

/** The kernel at the edge: it keeps what it has counted until it is told to forget it. */
class Counted {
  counts: KernelCount[];
  refuse = false;
  takes = 0;
  constructor(...counts: KernelCount[]) {
    this.counts = counts;
  }
  takeCounts(): KernelCount[] {
    this.takes += 1;
    if (this.refuse) throw new Error("refused");
    return [...this.counts];
  }
  forgetCounts(counts: readonly KernelCount[]): void {
    this.counts = this.counts.filter((one) => !counts.includes(one));
  }
}

function attributionIn(dir: string) {
  const table = new SlotTable(new SlotJournal(`${dir}/slots`, "b"), () => {});
  const binding = {
    ...{
      containerId: containerId(1),
      cgroupId: 9n,
      cgroupPath: "/x",
      container: "app",
      pod: "web-1",
      namespace: "shop",
    },
    ...{ podUid: "u", image: "i", labels: {}, owner: undefined, ruleSet: set.digest },
  };
  table.intend({ slot, binding, tableKey: "k", tableId });
  return {
    table,
    ruleSet: (digest: string) => (digest === set.digest ? set.ruleSet : undefined),
    bundleContainer: () => undefined,
  };
}

function intakeOf(source: Counted) {
  jest.useFakeTimers({ doNotFake: ["setImmediate", "performance"] });
  const dir = directories.make();
  const { spool } = openSpool(dir, { maxBytes: 64 << 20, segmentBytes: 4 << 20 });
  const { count, of } = counting();
  const log = new MemoryLog();
  const told = new ToldAlerts();
  let clock = 0;
  const attribution = attributionIn(dir);
  const options = { source, attribution, origin: () => origin, told, spool, wake: new Wake(), everyMs, log, count };
  const intake = new CountsIntake({ ...options, now: () => clock });
  /** The alert of an event, as the intake of events remembers it. */
  const tell = (sequence: bigint): Alert => {
    const alert = alertOf(
      event({ sequence, tableId, slot }),
      { binding: undefined, rule: set.ruleSet.rules[0], policy: set.ruleSet.policies[0] },
      origin,
    );
    told.remember(sequence, encodeAlert(alert));
    return alert;
  };
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 50) {
      clock += 50;
      await jest.advanceTimersByTimeAsync(50);
    }
  };
  const alerts = (): Alert[] => {
    const all: Alert[] = [];
    for (let next = spool.read(spool.start); next; next = spool.read(next.after)) all.push(decodeAlert(next.payload));
    return all;
  };
  return { intake, of, log, tell, pass, alerts };
}

describe("counts of repetitions", () => {
  it("repeat the alert of the first, with how many and since when, and an id of their own", async () => {
    const source = new Counted();
    const { tell, pass, alerts, of } = intakeOf(source);
    const first = tell(12n);
    await pass(100);
    source.counts.push(kernelCount());
    await pass(everyMs);
    const { id, ...rest } = first;
    expect(alerts()).toEqual([
      { ...rest, id: expect.not.stringMatching(id), timestampNs: 10_000n, count: 41, firstTimestampNs: 6_000n },
    ]);
    expect(source.counts).toEqual([]);
    expect(of("operations_counted")).toBe(41);
    expect(of("operations_counted_nameless")).toBe(0);
  });

  it("that are handed over again after a death in between have the same ids, whatever is known by then", async () => {
    const source = new Counted(kernelCount());
    const one = intakeOf(source);
    one.tell(12n);
    source.forgetCounts = () => {};
    await one.pass(100);
    const other = intakeOf(source);
    await other.pass(6_000);
    expect(other.alerts()[0]!.id).toBe(one.alerts()[0]!.id);
    expect(other.alerts()[0]!.resource).toBe("");
  });

  it("of different kinds, and of one kind at different times, have different ids", async () => {
    const { pass, alerts } = intakeOf(
      new Counted(
        kernelCount({ sequence: 0n }),
        kernelCount({ sequence: 0n, kind: "kind-2" }),
        kernelCount({ sequence: 0n, firstNs: 5_001n }),
      ),
    );
    await pass(100);
    expect(new Set(alerts().map(({ id }) => id)).size).toBe(3);
  });

  it("wait for the event of their first, which may still be on its way, and keep nothing else waiting", async () => {
    const source = new Counted(kernelCount(), kernelCount({ kind: "kind-2", sequence: 0n }));
    const { tell, pass, alerts } = intakeOf(source);
    await pass(1_000);
    expect(alerts()).toMatchObject([{ resource: "" }]);
    expect(source.counts).toHaveLength(1);
    tell(12n);
    await pass(500);
    expect(alerts()).toMatchObject([{}, { resource: "/usr/bin/sleep 1", count: 41 }]);
    expect(source.counts).toEqual([]);
  });

  it("whose first is not known say what all of them have in common, and by which policy", async () => {
    const source = new Counted(kernelCount());
    const { pass, alerts, of } = intakeOf(source);
    await pass(6_000);
    expect(alerts()).toMatchObject([
      {
        ...{ count: 41, podName: "web-1", policyName: "block-tools", operation: "Process", severity: "5" },
        ...{ resource: "", source: "", processName: "", action: "Block", result: "Permission denied" },
        data: "operation=EXEC counted=object",
        eventData: { Operation: "EXEC", Counted: "object" },
      },
    ]);
    expect(of("operations_counted_nameless")).toBe(41);
  });

  it("of more names or rules than are told apart say so", async () => {
    const ofRule = kernelCount({
      level: "of_rule",
      sequence: 0n,
      ruleId: 2,
      category: "file",
      operation: "open",
      verdict: 0,
    });
    const ofSlot = kernelCount({ level: "of_slot", sequence: 0n, kind: "kind-2", ruleId: 0, operation: "" });
    const { pass, alerts } = intakeOf(new Counted(ofRule, ofSlot));
    await pass(100);
    expect(alerts()).toMatchObject([
      {
        policyName: "block-tools",
        severity: "7",
        operation: "File",
        action: "Audit",
        data: "operation=OPEN counted=rule",
      },
      {
        policyName: "Unknown",
        podName: "web-1",
        data: "counted=container",
        message: expect.stringContaining("more rules"),
      },
    ]);
  });

  it("are taken soon after a container has ended, and otherwise at the interval", async () => {
    const source = new Counted();
    const { intake, pass } = intakeOf(source);
    await pass(2_000);
    expect(source.takes).toBe(1); // at the beginning: what an earlier process left
    intake.soon();
    intake.soon();
    await pass(100);
    expect(source.takes).toBe(2);
    await pass(everyMs - 200);
    expect(source.takes).toBe(2);
    await pass(200);
    expect(source.takes).toBe(3);
  });

  it("are taken once more at the end, except those whose first may still come: they stay in the kernel", async () => {
    const source = new Counted();
    const { intake, tell, pass, alerts } = intakeOf(source);
    await pass(100);
    tell(12n);
    source.counts.push(kernelCount(), kernelCount({ kind: "kind-2", sequence: 13n }));
    intake.close();
    expect(alerts()).toMatchObject([{ resource: "/usr/bin/sleep 1" }]);
    expect(source.counts).toMatchObject([{ kind: "kind-2" }]);
    await pass(20_000);
    expect(source.takes).toBe(2);
  });

  it("that the kernel does not give are asked for again, and the failure is said once", async () => {
    const source = new Counted(kernelCount({ sequence: 0n }));
    source.refuse = true;
    const { pass, alerts, of, log } = intakeOf(source);
    await pass(2 * everyMs + 500);
    expect(of("counts_refused")).toBe(3);
    expect(log.lines.filter(({ level }) => level === "error")).toHaveLength(1);
    source.refuse = false;
    await pass(everyMs);
    expect(alerts()).toHaveLength(1);
  });

  it("that are left at removal are delivered with what the disk says of them", async () => {
    const dir = directories.make();
    const counts = [kernelCount({ count: 5 })];
    const counted = { counts, attribution: attributionIn(dir), origin: () => origin };
    const { count, of } = counting();
    const connectBus = () => Promise.reject(new Error("no bus"));
    const left = await deliverLast({ dir, counted, connectBus, withinMs: 50, log: new MemoryLog(), count });
    expect(left).toBe(1);
    const { spool } = openSpool(dir);
    expect(decodeAlert(spool.read(spool.start)!.payload)).toMatchObject({ count: 5, policyName: "block-tools" });
    expect(of("operations_counted")).toBe(5);
  });
});

describe("the memory of alerts", () => {
  it("is bounded by bytes: the oldest are forgotten", () => {
    const told = new ToldAlerts(10_000);
    const alert = encodeAlert(
      alertOf(event({ ruleId: 0 }), { binding: undefined, rule: undefined, policy: undefined }, origin),
    );
    for (let n = 1n; n <= 100n; n++) told.remember(n, alert);
    expect(told.has(100n)).toBe(true);
    expect(told.has(1n)).toBe(false);
    expect(told.get(100n)).toMatchObject({ resource: "/usr/bin/sleep 1" });
  });
});
