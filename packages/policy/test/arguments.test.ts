/** `allowedArgs`: from the policy to a condition, and what it decides. */
import { describe, expect, it } from "@jest/globals";
import { compile } from "../src/compile/automaton.ts";
import { decide, type Query } from "../src/decide/decide.ts";
import { lower } from "../src/lower/lower.ts";
import { buildRuleSet } from "../src/rule-set/rule-set.ts";
import { policy } from "./build.ts";

const posture = { file: "block", network: "audit", capabilities: "audit" } as const;
const compiled = (spec: string) => compile(buildRuleSet([lower(policy(spec))], { posture })!);
const asked = (spec: string, args: readonly string[], more: Partial<Query> = {}) => {
  const who = { source: ["bin", "sh"], isOwner: true, hasTerminal: false };
  return decide(compiled(spec).automaton, { category: "process", path: ["a"], access: "exec", args, ...who, ...more });
};

describe("allowedArgs", () => {
  it("takes allowedArgs as a condition, each once and in one order, and names what no program can have", () => {
    const { rules, problems } = lower(
      policy(`
      process:
        matchPaths:
          - {path: /a, allowedArgs: [random, -m, random, ""]}
          - {execname: a, allowedArgs: []}
          - {path: /b, allowedArgs: [1]}
          - {path: /c, allowedArgs: ["x\\0y"]}`),
    );
    expect(rules.map(({ allowedArgs }) => allowedArgs)).toEqual([["", "-m", "random"], undefined]);
    expect(problems.map(({ origin, message }) => `${origin}: ${message}`)).toEqual([
      "spec.process.matchPaths[2].allowedArgs: allowedArgs [1]: each argument is a text: put it in quotes",
      'spec.process.matchPaths[3].allowedArgs: allowedArgs ["x\\u0000y"]: no program can have the argument "x\\u0000y": remove it',
    ]);
  });

  it("of a Block rule denies a program that has another argument, or none", () => {
    const spec = "process: {matchPaths: [{path: /a, allowedArgs: [-m, random]}]}";
    const denied = { outcome: "denied", report: "policy" };
    expect(asked(spec, ["random", "-m", "-m"]).outcome).toBe("allowed");
    expect(asked(spec, ["-m", "pydoc"])).toMatchObject(denied);
    expect(asked(spec, [])).toMatchObject(denied);
    expect(asked(spec, ["-m"], { access: "map" })).toMatchObject(denied);
  });

  it("of an Allow rule is a condition as any other: not met, it denies, whatever the posture", () => {
    const spec = "{action: Allow, process: {matchPaths: [{path: /a, allowedArgs: [-m]}]}}";
    expect(asked(spec, ["-m"])).toMatchObject({ outcome: "allowed", report: "none" });
    expect(asked(spec, ["-x"])).toMatchObject({ outcome: "denied", report: "posture" });
  });

  it("of an Audit rule reports what breaks it", () => {
    const spec = "{action: Audit, process: {matchPaths: [{path: /a, allowedArgs: [-m]}]}}";
    expect(asked(spec, ["-m"]).audits).toEqual([]);
    expect(asked(spec, ["-x"]).audits).toEqual([1]);
  });

  it("can be 64 different lists in a container, and no more", () => {
    const entries = Array.from({ length: 66 }, (_, i) => `{path: /p${i}, allowedArgs: [a${i % 65}]}`);
    const { unenforced, automaton } = compiled(`process: {matchPaths: [${entries.join(", ")}]}`);
    expect(automaton.argumentSets).toHaveLength(64);
    expect(unenforced.map(({ reason }) => reason)).toEqual([expect.stringMatching(/64 different lists/)]);
  });
});
