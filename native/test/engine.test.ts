/** What an open engine does: slots, bindings, events. It is a stand-in (stand-in-engine.ts), so that any kernel takes it. */
import { expect, it } from "@jest/globals";
import { pc_kind, pc_kind_key } from "../src/abi/structs.ts";
import { loadAddon } from "../src/addon.ts";
import { Engine, type KernelEvent } from "../src/index.ts";
import { firstKey } from "../src/keys.ts";
import { until } from "./kernel.ts";
import { describeStandIn, emptyTable, execute, useStandIn } from "./stand-in-engine.ts";

describeStandIn("an open engine", () => {
  const { open, pins, pinDir } = useStandIn();

  it("sets, replaces and clears rule tables of any size", async () => {
    const engine = await open();
    engine.setRules(0, emptyTable(1, 1n));
    engine.setRules(63, emptyTable(50_000, 2n));
    engine.setRules(63, emptyTable(3, 3n));
    expect(engine.usedSlots()).toEqual([0, 63]);
    engine.clearSlot(0);
    engine.clearSlot(0);
    expect(engine.usedSlots()).toEqual([63]);
  });

  it("refuses slots, rule tables and cgroups that cannot be, by name and value", async () => {
    const engine = await open();
    expect(() => engine.setRules(64, emptyTable(1, 1n))).toThrow(/slot 64 is not an integer of 0 to 63/);
    expect(() => engine.clearSlot(-1)).toThrow(/slot -1/);
    expect(() => engine.setRules(1, { elements: 2, data: new Uint8Array(64) })).toThrow(
      /2 elements has 64 bytes, not 128/,
    );
    expect(() => engine.setRules(1, emptyTable(1, 1n, 99))).toThrow(/the rule table has ABI version 99/);
    expect(() => engine.bindCgroup(0n, 1)).toThrow(/cgroup id 0/);
    expect(engine.usedSlots()).toEqual([]);
  });

  it("binds and unbinds cgroups, raising the bind epoch with each change", async () => {
    const engine = await open();
    const addon = loadAddon();
    const epoch = () =>
      new DataView(addon.mapLookup(addon.openMap(pins().map("bind_generation")), firstKey)!.buffer).getBigUint64(
        0,
        true,
      );
    const start = epoch();
    engine.bindCgroup((1n << 40n) + 5n, 7);
    engine.bindCgroup(6n, 8);
    engine.bindCgroup(6n, 9);
    expect(engine.boundCgroups()).toEqual(
      new Map([
        [(1n << 40n) + 5n, 7],
        [6n, 9],
      ]),
    );
    engine.unbindCgroup(6n);
    engine.unbindCgroup(6n);
    expect(engine.boundCgroups()).toEqual(new Map([[(1n << 40n) + 5n, 7]]));
    expect(epoch() - start).toBe(4n);
  });

  it("knows below which cgroups there are pods alone, and forgets those that it is not told of again", async () => {
    const engine = await open();
    const addon = loadAddon();
    const pods = () => {
      const entries = addon.mapEntries(addon.openMap(pins().map("pods")));
      const view = new DataView(entries.buffer, entries.byteOffset, entries.length);
      return Array.from({ length: entries.length / 12 }, (_, i) => view.getBigUint64(i * 12, true)).sort();
    };
    engine.setPodCgroups([9n, 8n]);
    expect(pods()).toEqual([8n, 9n]);
    engine.setPodCgroups([9n, 10n]);
    expect(pods()).toEqual([10n, 9n].sort());
    engine.setPodCgroups([]);
    expect(pods()).toEqual([]);
    // This object has no iterator.
    expect(engine.regardTasks()).toBe(0);
  });

  it("delivers what happened before anybody listened, and to every listener until it closes", async () => {
    const engine = await open();
    execute();
    const [one, two]: [KernelEvent[], KernelEvent[]] = [[], []];
    const subscription = engine.onEvents((events) => void one.push(...events));
    await until(() => one.length > 0, "the event from before");
    expect(one[0]).toMatchObject({
      ring: "denials",
      operation: "exec",
      category: "process",
      sequence: 1n,
      args: [],
      object: "",
    });
    const other = engine.onEvents((events) => void two.push(...events));
    execute();
    await until(() => two.length > 0 && one.length > 1, "an event for both");
    subscription.close();
    subscription.close();
    const seen = one.length;
    execute();
    const before = two.length;
    await until(() => two.length > before, "an event for the other");
    expect(one).toHaveLength(seen);
    other.close();
  });

  /** As the kernel's programs would: one more kind in the bank in use, which is `kinds_a` at first. */
  function countInto(bank: "kinds_a" | "kinds_b", slot: number, count: bigint): void {
    const addon = loadAddon();
    const map = addon.openMap(pins().map(bank));
    const key = pc_kind_key.encode({ table_id: 9n, name: 1n, slot, rule_id: 3, category: 1, operation: 3 });
    addon.mapUpdate(map, key, pc_kind.encode({ count, first_ns: 5n, last_ns: 8n, sequence: 2n }), 0);
    addon.close(map);
  }

  it("gives what was counted until it is told that this is kept, to the process after it as well", async () => {
    const engine = await open();
    expect(engine.takeCounts()).toEqual([]);
    countInto("kinds_a", 4, 12n);
    const counts = engine.takeCounts();
    expect(counts).toMatchObject([
      { level: "named", slot: 4, ruleId: 3, tableId: 9n, category: "file", operation: "open", count: 12, sequence: 2n },
    ]);
    countInto("kinds_b", 5, 7n);
    engine.close();
    const next = await open();
    expect(next.adopted).toBe(true);
    expect(next.takeCounts()).toEqual(counts);
    next.forgetCounts(counts);
    expect(next.takeCounts()).toMatchObject([{ slot: 5, count: 7 }]);
    next.forgetCounts(next.takeCounts());
    expect(next.takeCounts()).toEqual([]);
  });

  it("leaves to whoever uninstalls it what was counted and never taken over", async () => {
    const engine = await open();
    countInto("kinds_a", 4, 1n);
    engine.takeCounts();
    countInto("kinds_b", 5, 2n);
    engine.close();
    expect(Engine.uninstall(pinDir()).map(({ slot, count }) => [slot, count])).toEqual([
      [4, 1],
      [5, 2],
    ]);
    expect(Engine.uninstall(pinDir())).toEqual([]);
  });
});
