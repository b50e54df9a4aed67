import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { compile } from "../src/compile/automaton.ts";
import { decide } from "../src/decide/decide.ts";
import { lower } from "../src/lower/lower.ts";
import { resolvePosture } from "../src/rule-set/posture.ts";
import { buildRuleSet } from "../src/rule-set/rule-set.ts";
import { policy } from "./build.ts";

const audit = { file: "audit", network: "audit", capabilities: "audit" } as const;
const block = { ...audit, file: "block" } as const;
const rule = (path: string, action: string) => `file: {action: ${action}, matchPaths: [{path: ${path}}]}`;

/** Random policies that share names of objects, and equal ones. */
const specs = fc
  .record({
    category: fc.constantFrom("process", "file"),
    action: fc.constantFrom("Allow", "Audit", "Block"),
    paths: fc.array(fc.constantFrom("/a", "/b", "/a/b"), { minLength: 1, maxLength: 3 }),
    source: fc.constantFrom("", ", fromSource: [{path: /s}, {dir: /t/}]"),
    severity: fc.constantFrom(1, 5),
  })
  .map(({ category, action, paths, source, severity }) => {
    const entries = paths.map((path) => `{path: ${path}${source}}`);
    return `{severity: ${severity}, ${category}: {action: ${action}, matchPaths: [${entries.join(", ")}]}}`;
  });

describe("a rule set", () => {
  it("is the same whatever order the policies arrive in (its bytes: controller/test/rule-sets.test.ts)", () => {
    const arrival = fc
      .array(specs, { minLength: 1, maxLength: 6 })
      .map((given) => given.map((spec, i) => lower(policy(spec, { name: `p${i}`, namespace: `n${i % 2}` }))))
      .chain((given) => fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length })));
    fc.assert(
      fc.property(arrival, ([given, shuffled]) => {
        const made = (lowered: typeof given) => buildRuleSet(lowered, { posture: block });
        expect(made(shuffled)).toEqual(made(given));
      }),
    );
  });

  it("numbers its rules from 1 and merges what one policy says twice", () => {
    const twice = "file: {matchPaths: [{path: /b}, {path: /a}, {path: /b}]}";
    const set = buildRuleSet([lower(policy(twice))], { posture: audit });
    expect(set?.rules.map((r) => [r.id, r.match, r.origin])).toEqual([
      [1, { kind: "path", path: "/a" }, "spec.file.matchPaths[1]"],
      [2, { kind: "path", path: "/b" }, "spec.file.matchPaths[0]"],
    ]);
  });

  it("keeps equal rules of two policies apart, for each is reported by its name", () => {
    const set = buildRuleSet(
      ["q", "p"].map((name) => lower(policy(rule("/a", "Audit"), { name }))),
      { posture: audit },
    )!;
    expect(set.policies.map((p) => p.name)).toEqual(["p", "q"]);
    const query = { category: "file", path: ["a"], access: "read", source: undefined } as const;
    const verdict = decide(compile(set).automaton, { ...query, isOwner: true, hasTerminal: false });
    expect(verdict.audits.map((id) => set.policies[set.rules[id - 1]!.policy]?.name)).toEqual(["p", "q"]);
  });

  it("is nothing without rules", () => {
    expect(buildRuleSet([], { posture: audit })).toBeUndefined();
    expect(buildRuleSet([lower(policy("{}"))], { posture: audit })).toBeUndefined();
  });

  it("has a posture for the categories that are allow-lists, process with the file posture", () => {
    const of = (spec: string) => buildRuleSet([lower(policy(spec))], { posture: block })?.posture;
    expect(of(rule("/a", "Block"))).toEqual({});
    expect(of(rule("/a", "Allow"))).toEqual({ file: "block" });
    expect(of("process: {action: Allow, matchPaths: [{path: /a}]}")).toEqual({ process: "block" });
  });

  it("carries the base allowance where a category is an allow-list, unless it is switched off", () => {
    const base = (spec: string, baseAllowance?: boolean) =>
      buildRuleSet([lower(policy(spec))], { posture: block, baseAllowance })!.rules.filter((r) => r.policy === -1);
    expect(base(rule("/a", "Block"))).toEqual([]);
    expect(base(rule("/a", "Allow"), false)).toEqual([]);
    expect(new Set(base(rule("/a", "Allow")).map((r) => r.category))).toEqual(new Set(["file"]));
    expect(base("process: {action: Allow, matchPaths: [{path: /a}]}")).toEqual([]);
  });

  it("lets a program run under an allow-list: loader, libraries, devices; nothing else", () => {
    const set = buildRuleSet(
      [lower(policy("{action: Allow, file: {matchPaths: [{path: /srv}]}, process: {matchPaths: [{path: /srv}]}}"))],
      {
        posture: block,
      },
    )!;
    const { automaton } = compile(set);
    const ask = (name: string, access: "read" | "write" | "map" | "exec") =>
      decide(automaton, {
        category: access === "map" || access === "exec" ? "process" : "file",
        path: name.slice(1).split("/"),
        access,
        source: undefined,
        isOwner: true,
        hasTerminal: true,
      }).outcome;
    expect(ask("/usr/lib/x86_64-linux-gnu/libc.so.6", "read")).toBe("allowed");
    expect(ask("/usr/lib/x86_64-linux-gnu/libc.so.6", "map")).toBe("allowed");
    expect(ask("/usr/lib/x86_64-linux-gnu/libc.so.6", "write")).toBe("denied");
    expect(ask("/usr/lib/git-core/git", "exec")).toBe("denied");
    expect(ask("/dev/null", "write")).toBe("allowed");
    expect(ask("/etc/ld.so.cache", "read")).toBe("allowed");
    expect(ask("/etc/passwd", "read")).toBe("denied");
  });
});

describe("a posture", () => {
  it("is the namespace's annotation, else the global one, each key on its own", () => {
    const annotations = { "kubearmor-file-posture": "block", "kubearmor-network-posture": "Block" };
    expect(resolvePosture(annotations, audit)).toEqual({
      posture: { file: "block", network: "block", capabilities: "audit" },
      invalid: [],
    });
    expect(resolvePosture(undefined, block).posture).toEqual(block);
  });

  it("with an invalid value is reported, and the global one holds", () => {
    const { posture, invalid } = resolvePosture({ "kubearmor-file-posture": "deny" }, block);
    expect(posture.file).toBe("block");
    expect(invalid).toMatchObject([{ annotation: "kubearmor-file-posture", value: "deny" }]);
    expect(invalid[0]?.message).toContain("use audit or block");
  });
});
