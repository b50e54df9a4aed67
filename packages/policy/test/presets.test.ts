import { describe, expect, it } from "@jest/globals";
import { compile } from "../src/compile/automaton.ts";
import { decide, type Query } from "../src/decide/decide.ts";
import { lower } from "../src/lower/lower.ts";
import { buildRuleSet } from "../src/rule-set/rule-set.ts";
import { policy } from "./build.ts";

const posture = { file: "block", network: "audit", capabilities: "audit" } as const;
const nameless: Query = {
  category: "process",
  path: undefined,
  access: "exec",
  source: ["bin", "sh"],
  isOwner: true,
  hasTerminal: false,
};
const verdict = (spec: string, query: Partial<Query> = {}) =>
  decide(compile(buildRuleSet([lower(policy(spec))], { posture })!).automaton, { ...nameless, ...query });
const actions = (spec: string) => new Set(lower(policy(spec)).rules.map(({ action }) => action));

describe("the preset filelessExec", () => {
  const block = "{severity: 7, tags: [A], message: m, presets: [{name: filelessExec}]}";

  it("means programs without a name, and those in memory that is shared by name", () => {
    const { rules, problems } = lower(policy(block));
    expect(problems).toEqual([]);
    expect(rules.map(({ match }) => match)).toEqual([
      { kind: "fileless" },
      { kind: "directory", dir: "/dev/shm/", recursive: true },
      { kind: "directory", dir: "/run/shm/", recursive: true },
    ]);
    for (const rule of rules)
      expect(rule).toMatchObject({ severity: "7", tags: ["A"], message: "m", origin: "spec.presets[0]" });
  });

  it.each([
    ["presets: [{name: filelessExec}]", "block"],
    ["presets: [{name: filelessExec, action: Block}]", "block"],
    ["presets: [{name: filelessExec, action: Allow}]", "block"],
    ["presets: [{name: filelessExec, action: Audit}]", "audit"],
    ["{action: Audit, presets: [{name: filelessExec}]}", "audit"],
    ["{action: Allow, presets: [{name: filelessExec}]}", "block"],
    ["{action: Audit, presets: [{name: filelessExec, action: Block}]}", "block"],
  ])("of %s comes to %s: its own action, else the policy's, and all but Audit block", (spec, action) => {
    expect([...actions(spec)]).toEqual([action]);
  });

  it("denies a program without a name, executed or loaded, and no mapping of a library", () => {
    expect(verdict(block)).toMatchObject({ outcome: "denied", report: "policy" });
    expect(verdict(block, { access: "map", source: ["lib", "ld.so.2"] }).outcome).toBe("denied");
    expect(verdict(block, { access: "map" }).outcome).toBe("allowed");
    expect(verdict(block, { path: ["bin", "ls"] }).outcome).toBe("allowed");
  });

  it("is the reason where an allow-list would deny the program too", () => {
    const spec = "{presets: [{name: filelessExec}], process: {action: Allow, matchPaths: [{path: /bin/ls}]}}";
    expect(verdict(spec)).toMatchObject({ outcome: "denied", report: "policy" });
  });

  it("reports what it audits", () => {
    const spec = "{presets: [{name: filelessExec, action: Audit}]}";
    const { outcome, audits } = verdict(spec);
    expect([outcome, audits.length]).toEqual(["allowed", 1]);
  });

  it("does not become an allow-list", () => {
    const { categories } = compile(buildRuleSet([lower(policy(block))], { posture })!).automaton;
    expect(categories.map(({ allowList }) => allowList)).toEqual([false, false, false, false, false]);
  });
});

describe("a preset that is more than names", () => {
  it.each([
    ["anonymousMapExec", "process"],
    ["exec", "process"],
    ["imageOnly", "process"],
    ["protectEnv", "file"],
    ["protectProc", "file"],
  ] as const)("%s is a rule of its own of the category %s, and makes no allow-list", (preset, category) => {
    const { rules, problems } = lower(policy(`{severity: 7, presets: [{name: ${preset}}]}`));
    expect(problems).toEqual([]);
    expect(rules).toEqual([expect.objectContaining({ category, match: { kind: "preset", preset }, severity: "7" })]);
    const { automaton } = compile(buildRuleSet([lower(policy(`presets: [{name: ${preset}}]`))], { posture })!);
    expect(automaton.categories.some(({ allowList }) => allowList)).toBe(false);
  });

  const means = { path: ["copied"], presets: ["imageOnly"] } as const;
  it("denies what it means, whatever rule allows the name, and nothing else", () => {
    const spec =
      "{presets: [{name: imageOnly}], process: {action: Allow, matchDirectories: [{dir: /, recursive: true}]}}";
    expect(verdict(spec, means)).toMatchObject({ outcome: "denied", report: "policy" });
    expect(verdict(spec, { path: ["copied"] }).outcome).toBe("allowed");
    expect(verdict(spec, { path: ["copied"], presets: ["exec"] }).outcome).toBe("allowed");
  });

  it("reports what it audits, unless a rule denies it", () => {
    const audits = "presets: [{name: imageOnly, action: Audit}]";
    expect(verdict(`{${audits}}`, means)).toMatchObject({ outcome: "allowed", audits: [1] });
    const blocked = `{${audits}, process: {matchPaths: [{path: /copied}]}}`;
    expect(verdict(blocked, means)).toMatchObject({ outcome: "denied", audits: [] });
  });
});

describe("a preset that nobody knows", () => {
  it("is named in the status, and the rest of the policy holds", () => {
    const { rules, problems } = lower(policy("presets: [{name: protectAll}, {name: filelessExec}]"));
    expect(problems.map(({ origin, reason }) => `${origin} ${reason}`)).toEqual(["spec.presets[0] UnsupportedFeature"]);
    expect(rules).toHaveLength(3);
  });
});
