/** Which system calls the kernel is made to look for, and when it is not any more. */
import { describe, expect, it } from "@jest/globals";
import type { Match, Rule } from "@portcullis/model";
import { accepted, container, ReconcilingNode, selected, sleep } from "./reconciling-node.ts";
import { rule, ruleSet } from "./support.ts";

const named = (id: number, syscall: string, path?: string): Rule => {
  const match: Match = { kind: "syscall", syscall, ...(path && { at: { kind: "path", path } }) };
  return { ...rule(id, "/x"), category: "syscalls", match, action: "audit" };
};
const removing = ruleSet(named(1, "unlink", "/a"), named(2, "rmdir"));
const making = ruleSet(named(1, "mkdir"), named(2, "rmdir", "/b"));
const known = new Map([removing, making].map((made) => [made.digest, made.ruleSet]));

/** A bundle that has these rule sets as well. */
const holding = (...containers: Parameters<typeof accepted>) => {
  const of = accepted(...containers);
  const used = new Set(containers.map((one) => one.ruleSet));
  return { ...of, ruleSets: new Map([...of.ruleSets, ...[...known].filter(([digest]) => used.has(digest))]) };
};

describe("the system calls that rules name", () => {
  it("are looked for before a rule table is bound that names them, each once", async () => {
    const node = new ReconcilingNode();
    await node.settle(holding(selected(1, removing.digest), selected(2, removing.digest)), [
      container(1),
      container(2),
    ]);
    expect(node.engine.calls).toEqual(["see unlink", "see rmdir", "rules 1", "bind 1001", "rules 2", "bind 1002"]);
  });

  it("cost nothing where no rule names one: nothing is looked for", async () => {
    const node = new ReconcilingNode();
    await node.settle(accepted(selected(1, sleep.digest)), [container(1)]);
    expect(node.engine.seen).toEqual(new Set());
  });

  it("are looked for no more when the last rule has gone, and not before others are bound", async () => {
    const node = new ReconcilingNode();
    await node.settle(holding(selected(1, removing.digest)), [container(1)]);
    node.engine.calls.length = 0;
    await node.settle(holding(selected(1, making.digest)), [container(1)]);
    expect(node.engine.calls).toEqual(["see mkdir", "rules 1", "no longer see unlink"]);
    await node.settle(holding(selected(1, "")), [container(1)]);
    expect(node.engine.seen).toEqual(new Set());
  });

  it("stay looked for while some container has not got its new rules yet", async () => {
    const node = new ReconcilingNode();
    await node.settle(holding(selected(1, removing.digest)), [container(1)]);
    node.engine.refuse = () => new Error("no memory");
    await node.settle(holding(selected(1, making.digest)), [container(1)]);
    expect([...node.engine.seen].sort()).toEqual(["mkdir", "rmdir", "unlink"]);
    node.engine.refuse = undefined;
    await node.settle(holding(selected(1, making.digest)), [container(1)]);
    expect([...node.engine.seen].sort()).toEqual(["mkdir", "rmdir"]);
  });

  it("are found again by the next process, which leaves those that nobody names", async () => {
    const node = new ReconcilingNode();
    node.engine.seen.add("reboot");
    await node.settle(holding(selected(1, making.digest)), [container(1)]);
    expect([...node.engine.seen].sort()).toEqual(["mkdir", "rmdir"]);
  });

  it("that cannot be seen are parts of their policies that are not enforced, and the other rules are bound", async () => {
    const node = new ReconcilingNode();
    node.engine.unseen.set("rmdir", "this kernel has no function __x64_sys_rmdir");
    const outcome = await node.settle(holding(selected(1, removing.digest)), [container(1)]);
    expect(outcome.problems).toEqual([]);
    expect(outcome.boundRuleSets).toEqual([removing.digest]);
    expect(outcome.unenforced).toEqual([
      {
        policy: removing.ruleSet.policies[0],
        origin: removing.ruleSet.rules[1]!.origin,
        reason: "system call rmdir cannot be seen on this node: this kernel has no function __x64_sys_rmdir",
      },
    ]);
  });
});
