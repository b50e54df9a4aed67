/**
 * Repetitions counted in the kernel, by the engine's own reporting code in the running kernel (kinds.bpf.c): what a storm of
 * denials becomes, and that nothing of it is lost or counted twice, whoever is in its way.
 * Long because every case is a storm in the same kernel with the same rings and banks.
 */
import { once } from "node:events";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { pc_counter, pc_event_flag, pc_limit } from "../src/abi/enums.ts";
import { pc_settings } from "../src/abi/structs.ts";
import { type BpfMap, type BpfObject, type BpfRing, buildDir, loadAddon } from "../src/addon.ts";
import { decodeBatch } from "../src/events/decode.ts";
import type { EventRing, KernelCount, KernelEvent } from "../src/events/kernel-event.ts";
import { bankMaps, banksOf, KindBanks, logBankMaps } from "../src/events/kind-banks.ts";
import { firstKey, indexKey, viewOf } from "../src/keys.ts";
import { mountBpffs, objectBytes, whyNoBpf } from "./kernel.ts";

const addon = loadAddon();
const castable = () => addon.btfFunctions("/sys/kernel/btf/vmlinux", "bpf_rdonly_cast").includes("");
const reason = whyNoBpf() ?? (castable() ? undefined : "this kernel has no bpf_rdonly_cast");
const describeBpf = reason === undefined ? describe : describe.skip;
if (reason !== undefined) console.warn(`kinds.test.ts skipped: ${reason}`);

const { PC_KINDS_NAMED: namedASlot, PC_KINDS_OF_RULE: ofRuleASlot, PC_KINDS_LIMITED: limited } = pc_limit;
const { PC_KINDS_VISIBLE: visibleASlot, PC_KINDS_RECORDED: recordedASlot } = pc_limit;
/** Where more names than that are denied by one rule: its first then is told all the same. */
const namedOfOneRule = namedASlot + 1;
const wholeBatch = 1 << 20;

interface Storm {
  operations: number;
  first?: number;
  /** So many different names in turn; 0: always the same one. */
  names?: number;
  slot?: number;
  rule?: number;
  /** So many different rules in turn; 0: always the same one. */
  rules?: number;
  passed?: boolean;
  /** Nothing reports it but the visibility of its category. */
  visible?: boolean;
  /** It is recorded, whatever else reports it. */
  recorded?: boolean;
  /** Threads that run at the same time have different ones. */
  lane?: number;
}

function contextOf({
  operations,
  first = 0,
  names = 0,
  slot = 5,
  rule = 7,
  rules = 0,
  passed = false,
  visible = false,
  recorded = false,
  lane = 0,
}: Storm) {
  const flags = (visible ? pc_event_flag.PC_EVENT_VISIBLE : 0) | (recorded ? pc_event_flag.PC_EVENT_RECORDED : 0);
  const words = [operations, first, names, slot, rule, rules, Number(passed || visible || recorded), lane, flags];
  return new Uint8Array(new BigUint64Array(words.map(BigInt)).buffer);
}

const sum = (counts: readonly KernelCount[]) => counts.reduce((all, { count }) => all + count, 0);

describeBpf("repetitions", () => {
  let object: BpfObject;
  let maps: Map<string, BpfMap>;
  let rings: BpfRing[];
  let events: KernelEvent[];
  let banks: KindBanks;
  let logBanks: KindBanks;

  const map = (name: string): BpfMap => {
    const known = maps.get(name) ?? addon.objectMap(object, name);
    maps.set(name, known);
    return known;
  };
  const mapsOf = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, map(name)]));
  const openRing = (name: EventRing) =>
    addon.ringOpen(map(name), wholeBatch, 64 << 20, (records, count) => {
      const decoded = decodeBatch(records, count, name);
      expect(decoded.malformed).toBe(0);
      events.push(...decoded.events);
    });
  /** The events that are there now. */
  const told = (): KernelEvent[] => {
    for (const ring of rings) addon.ringDrain(ring);
    return events.splice(0);
  };
  const storm = (asked: Storm) =>
    expect(addon.programRun(addon.objectProgram(object, "ask_storm"), contextOf(asked), 1)).toBe(0);
  const counter = (index: number): number => {
    const view = viewOf(addon.mapLookup(map("counters"), indexKey(index))!);
    let all = 0;
    for (let at = 0; at < view.byteLength; at += 8) all += Number(view.getBigUint64(at, true));
    return all;
  };
  const taken = (): KernelCount[] => {
    const counts = banks.take();
    banks.forget(counts);
    return counts;
  };

  beforeEach(() => {
    object = addon.objectOpen(objectBytes("kinds"), "kinds");
    const others = addon.objectDescribe(object).programs.filter(({ name }) => name !== "ask_storm");
    for (const { name } of others) addon.objectAutoload(object, name, false);
    addon.objectLoad(object);
    maps = new Map();
    events = [];
    addon.mapUpdate(map("settings"), firstKey, pc_settings.encode({ hash_seed: [3n, 5n] }), 0);
    rings = (["denials", "audits", "logs"] as const).map(openRing);
    banks = new KindBanks(addon, banksOf(bankMaps, mapsOf(bankMaps) as never));
    logBanks = new KindBanks(addon, banksOf(logBankMaps, mapsOf(logBankMaps) as never));
  });
  afterEach(() => {
    for (const ring of rings) addon.close(ring);
    addon.close(object);
  });

  it("are counted, and the first is told at once with its names", () => {
    storm({ operations: 1000, first: 1 });
    const [first, ...others] = told();
    expect(others).toEqual([]);
    expect(first).toMatchObject({
      object: "/aaaaaaab",
      slot: 5,
      ruleId: 7,
      tableId: 1005n,
      verdict: -13,
      sequence: 1n,
    });
    const counts = taken();
    expect(counts).toMatchObject([
      {
        level: "named",
        slot: 5,
        ruleId: 7,
        tableId: 1005n,
        operation: "open",
        category: "file",
        verdict: -13,
        count: 999,
      },
    ]);
    expect(counts[0]).toMatchObject({ sequence: first!.sequence });
    expect(counts[0]!.firstNs).toBeGreaterThanOrEqual(first!.timeNs);
    expect(counts[0]!.lastNs).toBeGreaterThan(counts[0]!.firstNs);
    expect(taken()).toEqual([]);
  });

  it("begin anew once they were taken: the next of the kind is told", () => {
    storm({ operations: 3 });
    expect(told()).toHaveLength(1);
    expect(sum(taken())).toBe(2);
    storm({ operations: 2 });
    expect(told()).toHaveLength(1);
    expect(sum(taken())).toBe(1);
  });

  it("are told apart by name, rule, slot and outcome", () => {
    storm({ operations: 2 });
    storm({ operations: 2, first: 9 });
    storm({ operations: 2, rule: 8 });
    storm({ operations: 2, slot: 6 });
    storm({ operations: 2, passed: true });
    expect(told()).toHaveLength(5);
    expect(taken().map(({ count }) => count)).toEqual([1, 1, 1, 1, 1]);
  });

  it("without any, nothing is taken over", () => {
    storm({ operations: 64, names: 64 });
    expect(told()).toHaveLength(64);
    expect(taken()).toEqual([]);
    storm({ operations: 64, names: 64 });
    expect(told()).toHaveLength(64);
  });

  it("of more names than a slot may have are counted by their rule, exactly", () => {
    storm({ operations: 20_000, names: 1_000 });
    const events = told();
    expect(events).toHaveLength(namedOfOneRule);
    expect(new Set(events.map(({ object }) => object)).size).toBe(namedOfOneRule);
    const counts = taken();
    expect(sum(counts)).toBe(20_000 - namedOfOneRule);
    expect(counts.filter(({ level }) => level === "named")).toHaveLength(namedOfOneRule);
    expect(counts.filter(({ level }) => level === "of_rule")).toMatchObject([
      { ruleId: 7, slot: 5, tableId: 1005n, operation: "open", sequence: 0n, count: (1_000 - namedOfOneRule) * 20 },
    ]);
  });

  it("by one rule hide nothing of another's: the first by each is told with its name, whatever is used up", () => {
    storm({ operations: 20_000, names: 10_000 });
    expect(told()).toHaveLength(namedOfOneRule);
    for (const rule of [8, 9]) {
      storm({ operations: 40, rule, first: 20_000, names: 20 });
      expect(told()).toMatchObject([{ ruleId: rule, object: "/aaaaeoca" }]);
    }
    storm({ operations: 1, rule: 8, passed: true });
    expect(told()).toMatchObject([{ ruleId: 8, verdict: 0 }]);
    const counts = taken().filter(({ ruleId }) => ruleId !== 7);
    expect(counts.map(({ level, ruleId, count }) => [level, ruleId, count]).sort()).toEqual([
      ["named", 8, 1],
      ["named", 9, 1],
      ["of_rule", 8, 38],
      ["of_rule", 9, 38],
    ]);
  });

  it("of more rules than a slot may have are counted by the slot, exactly", () => {
    storm({ operations: 4_000, rules: 2_000 });
    const events = told();
    expect(events).toHaveLength(namedASlot + ofRuleASlot);
    const counts = taken();
    expect(counts.filter(({ level }) => level === "named")).toHaveLength(namedASlot + ofRuleASlot);
    expect(counts.filter(({ level }) => level === "of_slot")).toMatchObject([{ slot: 5, tableId: 1005n }]);
    expect(sum(counts) + events.length).toBe(4_000);
  });

  it("of one container never take from another what it may be told", () => {
    storm({ operations: 20_000, names: 10_000, slot: 5 });
    expect(told()).toHaveLength(namedOfOneRule);
    storm({ operations: 1, slot: 6, first: 3 });
    expect(told()).toMatchObject([{ slot: 6, object: "/aaaaaaad" }]);
  });

  it("have room for a count of each slot when a thousand of them have storms", () => {
    const slots = 1000;
    for (let slot = 0; slot < slots; slot++) {
      storm({ operations: 100, names: 100, slot });
      if (slot % 50 === 0) told();
    }
    told();
    const before = counter(pc_counter.PC_COUNT_DENIED);
    storm({ operations: 100, names: 100, slot: 2000 });
    expect(told()).toEqual([]);
    const counts = taken();
    expect(counts.filter(({ slot }) => slot === 2000)).toMatchObject([{ level: "of_slot", count: 100 }]);
    expect(counts.filter(({ level }) => level !== "of_slot").length).toBeLessThanOrEqual(limited);
    expect(before).toBe(slots * 100);
    expect(counter(pc_counter.PC_COUNT_RING_FULL_DENIAL)).toBe(0);
  });

  it("count what a full ring refuses, and the kind is told when there is room again", () => {
    for (let slot = 0; slot < 300; slot++) storm({ operations: 64, names: 64, slot });
    storm({ operations: 10, slot: 400 });
    expect(counter(pc_counter.PC_COUNT_RING_FULL_DENIAL)).toBe(0);
    const fitted = told();
    expect(fitted.length).toBeLessThan(300 * 64);
    expect(fitted.filter(({ slot }) => slot === 400)).toEqual([]);
    storm({ operations: 3, slot: 400 });
    const [late, ...more] = told();
    expect(late).toMatchObject({ slot: 400, object: "/aaaaaaaa" });
    expect(more).toEqual([]);
    const counts = taken();
    expect(counts.filter(({ slot }) => slot === 400)).toMatchObject([{ count: 12, sequence: late!.sequence }]);
    expect(sum(counts) + fitted.length + 1).toBe(300 * 64 + 13);
  });

  it("are counted by their rule where no buffer is free for names", () => {
    const { valueSize, maxEntries } = addon.mapInfo(map("scratches"));
    const held = new Uint8Array(valueSize * maxEntries);
    for (let i = 1; i <= maxEntries; i++) held[i * valueSize - 8] = 1;
    addon.mapFill(map("scratches"), 0, held);
    storm({ operations: 50, names: 5 });
    expect(told()).toEqual([]);
    expect(taken()).toMatchObject([{ level: "of_rule", ruleId: 7, count: 50 }]);
    expect(counter(pc_counter.PC_COUNT_NO_SCRATCH)).toBe(50);
    expect(counter(pc_counter.PC_COUNT_RING_FULL_DENIAL)).toBe(0);
  });

  it("of what is only visible are counted apart, beyond a number of names without them, exactly", () => {
    storm({ operations: 20_000, names: 1_000, visible: true });
    const events = told();
    expect(events).toHaveLength(visibleASlot + 1);
    expect(events[0]).toMatchObject({ ring: "logs", visible: true, verdict: 0, ruleId: 7 });
    expect(taken()).toEqual([]);
    const counts = logBanks.take();
    expect(sum(counts)).toBe(20_000 - visibleASlot - 1);
    expect(counts.filter(({ level }) => level === "of_rule")).toMatchObject([
      { slot: 5, operation: "open", verdict: 0, count: (1_000 - visibleASlot - 1) * 20 },
    ]);
  });

  it("of what is recorded have their names in numbers in which a node's programs do", () => {
    storm({ operations: 1_000, names: 1_000, recorded: true });
    const events = told();
    expect(events).toHaveLength(1_000);
    expect(events[0]).toMatchObject({ ring: "logs", visible: false, recorded: true, verdict: 0 });
    expect(logBanks.take()).toEqual([]);
    logBanks.forget([]);
    storm({ operations: recordedASlot + 1, names: recordedASlot + 1, recorded: true });
    const unnamed = logBanks.take().filter(({ level, sequence }) => level !== "named" || sequence === 0n);
    expect(unnamed.every(({ recorded }) => recorded)).toBe(true);
    expect(unnamed.length).toBeGreaterThan(0);
  });

  it("of what is only visible take no place from what is denied or audited", () => {
    for (let slot = 0; slot < 300; slot++) storm({ operations: 300, names: 300, slot, visible: true });
    storm({ operations: 2, slot: 5 });
    storm({ operations: 2, slot: 5, passed: true });
    const alerts = told().filter(({ ring }) => ring !== "logs");
    expect(alerts.map(({ ring }) => ring).sort()).toEqual(["audits", "denials"]);
    expect(taken().map(({ count }) => count)).toEqual([1, 1]);
    expect(counter(pc_counter.PC_COUNT_RING_FULL_DENIAL) + counter(pc_counter.PC_COUNT_RING_FULL_AUDIT)).toBe(0);
    expect(counter(pc_counter.PC_COUNT_RING_FULL_LOG)).toBe(0);
  });

  it("are given again until they are forgotten, and to a process that comes after", () => {
    storm({ operations: 5 });
    const first = banks.take();
    expect(sum(first)).toBe(4);
    storm({ operations: 4 });
    expect(banks.take()).toEqual(first);
    const next = new KindBanks(addon, banksOf(bankMaps, mapsOf(bankMaps) as never));
    expect(next.take()).toEqual(first);
    next.forget([]);
    expect(next.take()).toEqual(first);
    next.forget(first);
    expect(sum(next.take())).toBe(3);
  });

  it("add up while two threads storm and counts are taken all the time", async () => {
    const fs = mountBpffs();
    try {
      const path = join(fs.path, "storm");
      addon.pin(addon.objectProgram(object, "ask_storm"), path);
      const runs = 300;
      const each = { operations: 500, names: 100 };
      const source = `
        const { workerData, parentPort } = require("node:worker_threads");
        const addon = require(${JSON.stringify(join(buildDir, "Release", "portcullis.node"))});
        const program = addon.openProgram(${JSON.stringify(path)});
        for (let i = 0; i < ${runs}; i++) addon.programRun(program, workerData, 1);
        parentPort.postMessage("done");`;
      const workers = [0, 1].map(
        (lane) => new Worker(source, { eval: true, workerData: contextOf({ ...each, lane, slot: 5 + lane }) }),
      );
      let running = workers.length;
      for (const worker of workers) void once(worker, "message").then(() => running--);
      let [delivered, counted, takes] = [0, 0, 0];
      while (running > 0) {
        counted += sum(taken());
        delivered += told().length;
        takes++;
        await new Promise((resolve) => setImmediate(resolve));
      }
      counted += sum(taken()) + sum(taken());
      delivered += told().length;
      expect(takes).toBeGreaterThan(3);
      expect(counter(pc_counter.PC_COUNT_DENIED)).toBe(2 * runs * each.operations);
      expect(delivered + counted + counter(pc_counter.PC_COUNT_RING_FULL_DENIAL)).toBe(2 * runs * each.operations);
      await Promise.all(workers.map((worker) => worker.terminate()));
    } finally {
      fs.unmount();
    }
  }, 60_000);
});
