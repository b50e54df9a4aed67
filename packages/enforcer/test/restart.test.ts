/** What an enforcer makes of the kernel's and the disk's state that an earlier one left. */

import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { noAliases } from "../src/bind/alias-memory.ts";
import { accepted, cat, container, ReconcilingNode, selected, sleep } from "./reconciling-node.ts";
import { tableText, textCompiler } from "./recorder.ts";
import { containerId } from "./support.ts";

describe("after a restart", () => {
  it("nothing is written for what is bound as it should be", async () => {
    const node = new ReconcilingNode();
    const of = accepted(selected(1, sleep.digest), selected(2, cat.digest));
    node.symlinks.set(containerId(1), ["/bin/sleep", "/usr/bin/sleep"]);
    await node.settle(of, [container(1), container(2)]);
    node.start();
    const outcome = await node.settle(of, [container(1), container(2)]);
    expect(node.engine.calls).toEqual([]);
    expect(outcome.boundRuleSets).toEqual([cat.digest, sleep.digest].sort());
  });

  it("symlinks once found stay covered while the root cannot be read", async () => {
    const node = new ReconcilingNode();
    const of = accepted(selected(1, sleep.digest));
    node.symlinks.set(containerId(1), ["/bin/sleep", "/usr/bin/sleep"]);
    await node.settle(of, [container(1)]);
    node.rootUnavailable = true;
    node.start();
    for (let i = 0; i < 20; i++) {
      node.now += 2_000;
      await node.settle(of, [container(1)]);
    }
    expect(node.engine.calls).toEqual([]);
    expect(node.engine.rulesOf(1001n)).toContain("/usr/bin/sleep");
  });

  it("a bound container gets no new rule set without its symlinks while they can be had", async () => {
    const node = new ReconcilingNode();
    await node.settle(accepted(selected(1, sleep.digest)), [container(1)]);
    node.symlinks.set(containerId(1), ["/bin/cat", "/usr/bin/cat"]);
    node.pass(accepted(selected(1, cat.digest)), [container(1)]);
    node.now += 500;
    const of = accepted(selected(1, cat.digest));
    node.pass(of, [container(1)]);
    expect(node.engine.rulesOf(1001n)).toBe(tableText(sleep.ruleSet, noAliases));
    await node.settle(of, [container(1)]);
    expect(node.engine.rulesOf(1001n)).toContain("/usr/bin/cat");
  });

  it("events of before still have their policy and pod", async () => {
    const node = new ReconcilingNode();
    await node.settle(accepted(selected(1, sleep.digest)), [container(1)]);
    const tableId = node.engine.tableIdOf(1001n);
    await node.settle(accepted(selected(1, cat.digest)), [container(1)]);
    node.pass(accepted(), []);
    node.start();
    expect(node.table.bindingOf(tableId)).toMatchObject({ ruleSet: sleep.digest, pod: "web-1" });
    expect(node.table.digests()).toEqual(new Set([sleep.digest, cat.digest]));
  });

  it("table ids are never given out twice", async () => {
    const node = new ReconcilingNode();
    const before = [node.table.nextTableId(), node.table.nextTableId()];
    await node.settle(accepted(selected(1, sleep.digest)), [container(1)]);
    node.start();
    const after = node.table.nextTableId();
    expect(before[1]).toBeGreaterThan(before[0]!);
    expect(after).toBeGreaterThan(node.engine.tableIdOf(1001n));
  });

  it("a rule table whose setting was cut short by the death is set again", async () => {
    const node = new ReconcilingNode();
    const of = accepted(selected(1, sleep.digest));
    await node.settle(of, [container(1)]);
    const binding = { ...node.table.of(containerId(1))!.binding, ruleSet: cat.digest };
    node.table.intend({ slot: 1, tableId: node.table.nextTableId(), tableKey: "x", binding });
    node.start();
    await node.settle(of, [container(1)]);
    expect(node.engine.calls).toEqual(["rules 1"]);
  });

  it("a rule table that was announced by the line with which the journal grew too long is set again as well", async () => {
    const node = new ReconcilingNode();
    const of = accepted(selected(1, sleep.digest));
    await node.settle(of, [container(1)]);
    const binding = { ...node.table.of(containerId(1))!.binding, labels: { long: "x".repeat(4 << 20) } };
    node.table.intend({ slot: 1, tableId: node.table.nextTableId(), tableKey: "x", binding });
    node.start();
    expect(node.table.of(containerId(1))?.tableKey).toBeUndefined();
    await node.settle(of, [container(1)]);
    expect(node.engine.calls).toEqual(["rules 1"]);
  });

  it("a container whose rule table was set and which was not bound yet is bound, and no rule table is written", async () => {
    const node = new ReconcilingNode();
    const of = accepted(selected(1, sleep.digest));
    await node.settle(of, [container(1)]);
    node.engine.bound.clear();
    node.start();
    await node.settle(of, [container(1)]);
    expect(node.engine.calls).toEqual(["bind 1001"]);
  });

  it("a slot that belongs to nobody is cleared", async () => {
    const node = new ReconcilingNode();
    node.engine.setRules(7, textCompiler.compile(sleep.ruleSet, noAliases).pack(1n));
    node.start();
    expect(node.engine.usedSlots()).toEqual([]);
  });

  it("bindings nobody remembers are kept until their container is met, then set right in place", async () => {
    const node = new ReconcilingNode();
    await node.settle(accepted(selected(1, sleep.digest)), [container(1)]);
    node.start("boot of a lost state directory");
    expect(node.table.size).toBe(0);
    expect(node.engine.rulesOf(1001n)).toBeDefined();
    await node.settle(accepted(selected(1, cat.digest), selected(2, sleep.digest)), [container(1), container(2)]);
    expect(node.engine.calls).toEqual(["rules 1", "rules 2", "bind 1002"]);
    expect(node.engine.rulesOf(1001n)).toBe(tableText(cat.ruleSet, noAliases));
  });

  it("a journal torn in the middle of a line is read up to there", async () => {
    const node = new ReconcilingNode();
    await node.settle(accepted(selected(1, sleep.digest)), [container(1)]);
    appendFileSync(join(node.dir, "slots"), '{"intend":{"slot":1,"gener');
    node.start();
    expect(node.table.of(containerId(1))).toMatchObject({ slot: 1, binding: { ruleSet: sleep.digest } });
  });
});
