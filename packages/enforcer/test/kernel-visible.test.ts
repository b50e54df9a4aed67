/**
 * What passes in a category that is visible is told once, and nothing is told of the others: the engine's own code, asked in the
 * running kernel operation by operation (BPF_PROG_TEST_RUN), with rule tables as they are bound.
 */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { DecidingCategory, Rule, RuleSet } from "@portcullis/model";
import { packRules, withTableId } from "@portcullis/native";
import { KernelVerdicts, type Operation, whyNoKernelVerdicts } from "@portcullis/native/testing";
import { compile } from "@portcullis/policy";

const reason = whyNoKernelVerdicts();
const describeBpf = reason === undefined ? describe : describe.skip;
if (reason !== undefined) console.warn(`kernel-visible.test.ts skipped: ${reason}`);

const seed = [0x0123456789abcdefn, 0xfedcba9876543210n] as const;
const policies = [{ kind: "KubeArmorPolicy", namespace: "n", name: "p" }] as const;
const rule = (more: Pick<Rule, "category" | "match" | "action">): Rule => ({
  ...{ id: 1, readOnly: false, ownerOnly: false, noTerminal: false, policy: 0 },
  ...{ severity: "1", tags: [], message: "", origin: "spec" },
  ...more,
});
const etc = (action: Rule["action"]): RuleSet => ({
  policies: [...policies],
  rules: [rule({ category: "file", match: { kind: "directory", dir: "/etc/", recursive: true }, action })],
  posture: {},
});
const noRules: RuleSet = { policies: [], rules: [], posture: {} };
const all: readonly DecidingCategory[] = ["process", "file", "network", "capabilities"];

const operation = (more: Partial<Operation> & Pick<Operation, "access">): Operation => ({
  ...{ object: ["etc", "passwd"], program: ["bin", "cat"], isOwner: true, hasTerminal: false },
  ...more,
});
const tcp = { family: 2, type: 1, protocol: 0 };

describeBpf("what is visible", () => {
  let kernel: KernelVerdicts;
  let tableId = 0n;
  const table = (rules: RuleSet, visible: readonly DecidingCategory[], recorded: readonly DecidingCategory[] = []) => {
    tableId += 1n;
    return withTableId(packRules(compile(rules).automaton, { seed, tableId: 1n }), tableId, visible, recorded);
  };
  const told = (rules: RuleSet, visible: readonly DecidingCategory[], asked: Operation) => {
    kernel.setRules(table(rules, visible));
    return kernel.ask(asked).events.map((event) => ({ ...event, tableId: event.tableId === tableId }));
  };

  beforeAll(() => {
    kernel = new KernelVerdicts(seed, table(noRules, []));
  });
  afterAll(() => kernel?.close());

  it.each<[string, DecidingCategory, Operation, object]>([
    ["an execution", "process", operation({ access: "exec", object: ["bin", "sleep"] }), { object: "/bin/sleep" }],
    ["an opening", "file", operation({ access: "read" }), { operation: "open", object: "/etc/passwd", write: false }],
    ["an opening for writing", "file", operation({ access: "open-to-write" }), { operation: "open", write: true }],
    ["a write", "file", operation({ access: "write" }), { operation: "chmod", object: "/etc/passwd" }],
    ["a socket", "network", operation({ access: "socket", socket: tcp }), { operation: "socket", socket: tcp }],
    ["a connection", "network", operation({ access: "connect", socket: tcp }), { operation: "socket_connect" }],
    ["a capability", "capabilities", operation({ access: "capable", capability: 13 }), { capability: 13 }],
  ])("tells of %s where %s is visible, and nowhere else", (_, category, asked, seen) => {
    const common = { ring: "logs", visible: true, verdict: 0, ruleId: 0, category, tableId: true };
    expect(told(noRules, [category], asked)).toMatchObject([{ ...common, ...seen }]);
    const others = all.filter((other) => other !== category);
    expect(told(noRules, others, asked)).toEqual([]);
    expect(told(noRules, [], asked)).toEqual([]);
  });

  it("tells what a rule allows, and what rules elsewhere do not concern", () => {
    expect(told(etc("allow"), ["file"], operation({ access: "read" }))).toMatchObject([{ ring: "logs", ruleId: 0 }]);
    const elsewhere = operation({ access: "read", object: ["var", "log", "messages"] });
    expect(told(etc("block"), ["file"], elsewhere)).toMatchObject([{ ring: "logs", object: "/var/log/messages" }]);
  });

  it("does not tell once more what is denied, audited by a rule or let through by the posture", () => {
    const read = operation({ access: "read" });
    expect(told(etc("block"), all, read)).toMatchObject([{ ring: "denials", visible: false, ruleId: 1 }]);
    expect(told(etc("audit"), all, read)).toMatchObject([{ ring: "audits", visible: false, ruleId: 1 }]);
    const missed = operation({ access: "read", object: ["var", "log"] });
    expect(told(etc("allow"), all, missed)).toMatchObject([{ ring: "audits", visible: false, ruleId: 0 }]);
  });

  it("records what passes whatever else reports it, and nothing that is denied", () => {
    const recorded = (rules: RuleSet, visible: readonly DecidingCategory[], asked: Operation) => {
      kernel.setRules(table(rules, visible, ["file"]));
      return kernel.ask(asked).events.map(({ ring, visible, recorded }) => `${ring} ${visible} ${recorded}`);
    };
    const read = operation({ access: "read" });
    expect(recorded(noRules, [], read)).toEqual(["logs false true"]);
    expect(recorded(noRules, ["file"], read)).toEqual(["logs true true"]);
    expect(recorded(etc("audit"), ["file"], read)).toEqual(["audits false false", "logs false true"]);
    const missed = operation({ access: "read", object: ["var", "log"] });
    expect(recorded(etc("allow"), [], missed)).toEqual(["audits false false", "logs false true"]);
    expect(recorded(etc("block"), ["file"], read)).toEqual(["denials false false"]);
    expect(recorded(noRules, [], operation({ access: "exec" }))).toEqual([]);
  });

  it("tells nothing of libraries that are mapped, nor of the same socket once more when it is there", () => {
    const library = operation({ access: "map", object: ["usr", "lib", "libc.so.6"] });
    expect(told(noRules, all, library)).toEqual([]);
    expect(told(noRules, all, operation({ access: "made", socket: tcp }))).toEqual([]);
  });
});
