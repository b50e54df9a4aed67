/** What an open engine does: slots, bindings, events. It is a stand-in (stand-in-engine.ts), so that any kernel takes it. */
import { expect, it } from "@jest/globals";
import { loadAddon } from "../src/addon.ts";
import type { KernelEvent } from "../src/index.ts";
import { firstKey } from "../src/keys.ts";
import { until } from "./kernel.ts";
import { describeStandIn, emptyTable, execute, useStandIn } from "./stand-in-engine.ts";

describeStandIn("an open engine", () => {
  const { open, pins } = useStandIn();

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
});
