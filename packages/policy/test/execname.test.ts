import { describe, expect, it } from "@jest/globals";
import type { Automaton } from "@portcullis/model";
import { compile } from "../src/compile/automaton.ts";
import { candidatesOf } from "../src/decide/candidates.ts";
import { decide, type Query } from "../src/decide/decide.ts";
import { lower } from "../src/lower/lower.ts";
import { buildRuleSet } from "../src/rule-set/rule-set.ts";
import { policy } from "./build.ts";

const posture = { file: "block", network: "audit", capabilities: "audit" } as const;
const ruleSetOf = (spec: string) => buildRuleSet([lower(policy(spec))], { posture })!;
const executing = (name: string, access: "exec" | "map" = "exec"): Query => ({
  category: "process",
  access,
  path: name.split("/").filter((component) => component !== ""),
  source: ["bin", "sh"],
  isOwner: true,
  hasTerminal: false,
});
const outcome = (spec: string, name: string, access?: "exec" | "map") =>
  decide(compile(ruleSetOf(spec)).automaton, executing(name, access)).outcome;
/** What decides, by its place in the policy. */
const decider = (spec: string, name: string) => candidatesOf(ruleSetOf(spec), executing(name))[0]?.rule.origin;

describe("an execname", () => {
  const block = "process: {matchPaths: [{execname: apt}]}";

  it.each(["/apt", "/usr/bin/apt", "/a/b/c/d/e/f/apt"])("is the last part of %s", (name) => {
    expect(outcome(block, name)).toBe("denied");
  });

  it.each(["/usr/bin/apt-get", "/usr/bin/xapt", "/apt/x", "/usr/bin/APT", "/"])("is not %s", (name) => {
    expect(outcome(block, name)).toBe("allowed");
  });

  it("holds where a program is mapped by a loader, as every Block rule does", () => {
    expect(outcome(block, "/usr/bin/apt", "map")).toBe("denied");
  });

  it("is no glob", () => {
    const star = 'process: {matchPaths: [{execname: "a*"}]}';
    expect([outcome(star, "/bin/apt"), outcome(star, "/bin/a*")]).toEqual(["allowed", "denied"]);
  });

  it("makes an allow-list like a path, wherever the program lies", () => {
    const allow = "process: {action: Allow, matchPaths: [{execname: ls}]}";
    expect(["/bin/ls", "/opt/x/ls", "/bin/cat"].map((name) => outcome(allow, name))).toEqual([
      "allowed",
      "allowed",
      "denied",
    ]);
  });

  it("stands between an exact path and a pattern, however long the pattern's literal beginning is", () => {
    const spec = `
      process:
        matchPaths: [{path: /usr/bin/apt, action: Allow}, {execname: apt}]
        matchPatterns: [{pattern: "/usr/local/bin/ap?", action: Allow}]
        matchDirectories: [{dir: /usr/local/bin/, action: Allow}]`;
    expect(["/usr/bin/apt", "/usr/local/bin/apt", "/usr/local/bin/apx"].map((name) => decider(spec, name))).toEqual([
      "spec.process.matchPaths[0]",
      "spec.process.matchPaths[1]",
      "spec.process.matchPatterns[0]",
    ]);
  });

  it("gives way to a rule with a source, whatever that one's object is", () => {
    const spec = `
      process:
        matchPaths: [{execname: apt}]
        matchDirectories: [{dir: /, recursive: true, action: Allow, fromSource: [{path: /bin/sh}]}]`;
    expect(decider(spec, "/usr/bin/apt")).toBe("spec.process.matchDirectories[0]");
  });

  it("says in an explanation why it goes before a directory", () => {
    const spec = "process: {matchPaths: [{execname: apt}], matchDirectories: [{dir: /usr/bin/, action: Allow}]}";
    expect(candidatesOf(ruleSetOf(spec), executing("/usr/bin/apt")).map(({ why }) => why)).toContain(
      "less specific: an execname goes before a directory",
    );
  });

  it("keeps no directory from being renamed, because it is on the way to none", () => {
    const { states } = compile(ruleSetOf(block)).automaton;
    expect(states.filter(({ guard }) => guard !== undefined)).toEqual([]);
  });

  it("costs two states and no row of bytes, and each further one a state", () => {
    const names = (count: number) => Array.from({ length: count }, (_, i) => `{execname: n${i}}`).join(", ");
    const made = (count: number): Automaton => compile(ruleSetOf(`process: {matchPaths: [${names(count)}]}`)).automaton;
    const sizes = [1, 10, 60].map((count) => made(count).states.length);
    expect(sizes).toEqual([3, 12, 62]);
    expect(made(60).globs?.rows.length).toBe(1);
  });
});
