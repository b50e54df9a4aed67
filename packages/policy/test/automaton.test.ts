/** The automaton, held against the naive reference, and its shape. Long because all of it compiles the same small rule sets. */
import { describe, expect, it } from "@jest/globals";
import type { NamedMatch, Rule, RuleSet } from "@portcullis/model";
import fc from "fast-check";
import { type CompileOptions, compile, pathsToResolve } from "../src/compile/automaton.ts";
import { decide, type Query } from "../src/decide/decide.ts";
import { AutomatonBudgetError } from "../src/errors.ts";
import { arbitraryAliases, arbitraryApplets, arbitraryQuery, arbitraryRuleSet } from "./arbitrary.ts";
import { inReferenceTerms, referenceDecide } from "./reference.ts";

const runs = 3000;
const queries = fc.array(arbitraryQuery, { minLength: 10, maxLength: 10 });
const path = (name: string): NamedMatch => ({ kind: "path", path: name });
const dir = (name: string, recursive = false): NamedMatch => ({ kind: "directory", dir: name, recursive });

function rules(...given: Partial<Rule>[]): RuleSet {
  const plain = { category: "file", match: path("/x"), action: "block", readOnly: false, ownerOnly: false } as const;
  const more = { noTerminal: false, policy: 0, severity: "1", tags: [], message: "", origin: "spec" } as const;
  return {
    policies: [{ kind: "KubeArmorPolicy", namespace: "n", name: "p" }],
    rules: given.map((rule, i) => ({ id: i + 1, ...plain, ...more, ...rule })),
    posture: { file: "block", process: "block" },
  };
}

function ask(set: RuleSet, name: string, more: Partial<Query> = {}, options: CompileOptions = {}) {
  const components = name.split("/").filter((c) => c !== "");
  const plain = { category: "file", access: "read", source: ["bin", "sh"], isOwner: true, hasTerminal: false } as const;
  return decide(compile(set, options).automaton, { ...plain, path: components, ...more });
}

describe("the automaton", () => {
  it("decides as the semantics say, for every rule set, name, source, condition, posture and alias", () => {
    fc.assert(
      fc.property(arbitraryRuleSet, arbitraryAliases, queries, (set, aliases, asked) => {
        const { automaton } = compile(set, aliases);
        for (const query of asked)
          expect(inReferenceTerms(set, decide(automaton, query))).toEqual(referenceDecide(set, query, aliases));
      }),
      { numRuns: runs },
    );
  });

  it("decides about the applets of a multi-call program as about names that are more specific than its own", () => {
    fc.assert(
      fc.property(arbitraryApplets, ({ ruleSet, aliases, queries: asked }) => {
        const { automaton } = compile(ruleSet, aliases);
        for (const query of asked)
          expect(inReferenceTerms(ruleSet, decide(automaton, query))).toEqual(referenceDecide(ruleSet, query, aliases));
      }),
      { numRuns: runs },
    );
  });

  it("is a tree whose lists are decided, complete and stored once", () => {
    fc.assert(
      fc.property(arbitraryRuleSet, arbitraryAliases, (set, aliases) => {
        const { automaton } = compile(set, aliases);
        const places = automaton.states.filter((state) => !state.isOfPattern);
        const targets = places.flatMap((state) => [...state.edges.values()]).filter((next) => next < places.length);
        expect([...targets].sort((a, b) => a - b)).toEqual(places.slice(1).map((_, i) => i + 1));
        expect(new Set(automaton.lists.map((list) => JSON.stringify(list))).size).toBe(automaton.lists.length);
        expect(new Set(automaton.sourceSets.map((sources) => sources.join())).size).toBe(automaton.sourceSets.length);
        for (const list of automaton.lists) {
          const firstAudit = list.findIndex((entry) => entry.effect === "audit");
          if (firstAudit >= 0) expect(list.slice(firstAudit).every((entry) => entry.effect === "audit")).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("lets a directory rule cover the directory, its children, and with recursive all below", () => {
    const flat = rules({ match: dir("/a/b/") });
    const deep = rules({ match: dir("/a/b/", true) });
    const outcomes = (set: RuleSet) => ["/a", "/a/b", "/a/b/c", "/a/b/c/d", "/a/bc"].map((n) => ask(set, n).outcome);
    expect(outcomes(flat)).toEqual(["allowed", "denied", "denied", "allowed", "allowed"]);
    expect(outcomes(deep)).toEqual(["allowed", "denied", "denied", "denied", "allowed"]);
    expect(ask(rules({ match: dir("/") }), "/").outcome).toBe("denied");
    expect(ask(rules({ match: dir("/", true) }), "/q/r/s").outcome).toBe("denied");
  });

  it("prefers the source, then the exact name, then the deepest directory, then Block", () => {
    const shell = path("/bin/sh");
    const bySource = rules({ match: path("/etc/x") }, { match: dir("/etc/", true), action: "allow", source: shell });
    expect(ask(bySource, "/etc/x")).toMatchObject({ outcome: "allowed", ruleId: 2 });
    expect(ask(bySource, "/etc/x", { source: ["bin", "cat"] })).toMatchObject({ outcome: "denied", ruleId: 1 });
    const exact = rules({ match: dir("/usr/bin/", true) }, { match: path("/usr/bin/x"), action: "allow" });
    expect(ask(exact, "/usr/bin/x")).toMatchObject({ outcome: "allowed", ruleId: 2 });
    const deepest = rules({ match: dir("/a/", true), action: "allow" }, { match: dir("/a/b/", true) });
    expect(ask(deepest, "/a/b/c/d")).toMatchObject({ outcome: "denied", ruleId: 2 });
    const equal = rules({ match: path("/a"), action: "allow" }, { match: path("/a") });
    expect(ask(equal, "/a")).toMatchObject({ outcome: "denied", ruleId: 2 });
  });

  it("denies a write to what is allowed read-only, whatever the posture, as DefaultPosture", () => {
    const set = {
      ...rules({ match: path("/a"), action: "allow", readOnly: true }),
      posture: { file: "audit" as const },
    };
    expect(ask(set, "/a")).toMatchObject({ outcome: "allowed", report: "none" });
    expect(ask(set, "/a", { access: "write" })).toEqual({
      outcome: "denied",
      ruleId: 1,
      report: "posture",
      audits: [],
    });
    expect(ask(set, "/b")).toMatchObject({ outcome: "allowed", report: "posture", ruleId: 0 });
  });

  it("lets Block with readOnly decide a read as allowed, even where an allow-list would deny it", () => {
    const set = rules({ match: path("/a"), readOnly: true }, { match: path("/b"), action: "allow" });
    expect(ask(set, "/a")).toMatchObject({ outcome: "allowed", ruleId: 1 });
    expect(ask(set, "/a", { access: "write" })).toMatchObject({ outcome: "denied", report: "policy" });
    expect(ask(set, "/c")).toMatchObject({ outcome: "denied", report: "posture", ruleId: 0 });
  });

  it("reports an Audit rule with readOnly on the write only", () => {
    const set = rules({ match: path("/a"), action: "audit", readOnly: true });
    expect(ask(set, "/a").audits).toEqual([]);
    expect(ask(set, "/a", { access: "write" }).audits).toEqual([1]);
  });

  it("permits by the base allowance reading but not writing, devices both, and never against a Block", () => {
    const base = { match: dir("/lib/", true), action: "allow", policy: -1 } as const;
    const set = rules(
      { match: path("/srv"), action: "allow" },
      { ...base, readOnly: true },
      { ...base, match: path("/dev/null") },
      { match: path("/lib/bad.so") },
    );
    expect(ask(set, "/lib/libc.so").outcome).toBe("allowed");
    expect(ask(set, "/lib/libc.so", { access: "write" }).outcome).toBe("denied");
    expect(ask(set, "/lib/bad.so").outcome).toBe("denied");
    expect(ask(set, "/dev/null", { access: "write" }).outcome).toBe("allowed");
  });

  it("judges mapping a file executable by Block rules alone", () => {
    const process = { category: "process" } as const;
    const set = rules({ ...process, match: path("/srv"), action: "allow" }, { ...process, match: path("/bin/x") });
    const outcome = (name: string, access: "exec" | "map") => ask(set, name, { ...process, access }).outcome;
    expect([outcome("/lib/libc.so", "map"), outcome("/lib/libc.so", "exec")]).toEqual(["allowed", "denied"]);
    expect([outcome("/bin/x", "map"), outcome("/bin/x", "exec")]).toEqual(["denied", "denied"]);
  });

  it("judges what a dynamic loader maps as its program like an execution", () => {
    const process = { category: "process" } as const;
    const set = rules({ ...process, match: dir("/usr/", true), action: "allow" });
    const load = (path: string[] | undefined, source: string[]) =>
      ask(set, "/", { ...process, access: "map", path, source }).outcome;
    for (const loader of ["ld-linux-x86-64.so.2", "ld-musl-x86_64.so.1", "ld-2.31.so"]) {
      expect(load(["srv", "x"], ["usr", "lib", loader])).toBe("denied");
      expect(load(undefined, ["usr", "lib", loader])).toBe("denied");
      expect(load(["usr", "bin", "x"], ["usr", "lib", loader])).toBe("allowed");
      expect(load(["srv", "libx.so.1.2"], ["usr", "lib", loader])).toBe("denied"); // whatever the name of what it maps first
    }
    expect(load(["srv", "x"], ["usr", "bin", "so"])).toBe("allowed");
    expect(load(["srv", "x"], ["usr", "bin", "a.sofa"])).toBe("allowed");
  });

  it("takes the script that is executed for a source beside its interpreter", () => {
    const set = rules(
      { match: path("/etc/x"), source: path("/opt/run.sh") },
      { match: path("/etc/y"), source: path("/bin/sh") },
    );
    const script = ["opt", "run.sh"];
    expect([ask(set, "/etc/x", { script }).outcome, ask(set, "/etc/y", { script }).outcome]).toEqual([
      "denied",
      "denied",
    ]);
    expect([ask(set, "/etc/x").outcome, ask(set, "/etc/x", { source: script }).outcome]).toEqual(["allowed", "denied"]);
  });

  it("treats a program without a name as a miss of an allow-list", () => {
    const set = rules({ category: "process", match: dir("/", true), action: "allow" });
    const nameless = { category: "process", access: "exec", path: undefined } as const;
    expect(ask(set, "/", nameless)).toMatchObject({ outcome: "denied", report: "posture" });
  });

  it("keeps the links on the way to a blocked name from being replaced, by the rule's own id, and lets them be read", () => {
    const set = rules(
      { category: "process", match: path("/bin/sleep"), ownerOnly: true },
      { category: "process", match: path("/bin/id"), action: "allow" },
    );
    const links = new Map([
      ["/bin/sleep", ["/bin"]],
      ["/bin/id", ["/usr/bin/id"]],
    ]);
    const replaced = ask(set, "/bin", { access: "write" }, { links });
    expect(replaced).toMatchObject({ outcome: "denied", ruleId: 1 });
    expect(ask(set, "/bin", {}, { links }).outcome).toBe("allowed");
    expect(ask(set, "/usr/bin/id", { access: "write" }, { links }).outcome).toBe("allowed");
    const exec = { category: "process", access: "exec", isOwner: false } as const;
    expect(ask(set, "/bin/sleep", exec, { links })).toMatchObject({ outcome: "denied", ruleId: 1 });
    const secret = rules({ match: path("/srv/name") });
    const both = { links: new Map([["/srv/name", ["/srv/name"]]]), aliases: new Map([["/srv/name", ["/srv/file"]]]) };
    expect(ask(secret, "/srv/file", {}, both).outcome).toBe("denied");
    const file = compile(set, { links }).automaton.categories[1];
    expect(file).toMatchObject({ hasRules: true, writeOnly: true, allowList: false });
  });

  it("holds a file of a volume by its visible name, whatever folder kubelet keeps it in", () => {
    const set = rules(
      { match: path("/etc/app/..data/key") },
      { match: path("/etc/app/..kept") },
      { match: dir("/srv/..data/") },
    );
    expect(ask(set, "/srv/key").ruleId).toBe(3);
    expect(ask(set, "/etc/app/key").ruleId).toBe(1);
    expect(ask(set, "/etc/app/..data/key").ruleId).toBe(1);
    expect(ask(set, "/etc/app/..kept").ruleId).toBe(2);
    expect(ask(set, "/etc/app").ruleId).toBe(0);
  });

  it("marks a category that only ever concerns writes", () => {
    const writeOnly = (set: RuleSet) => compile(set).automaton.categories[1]?.writeOnly;
    expect(writeOnly(rules({ readOnly: true }))).toBe(true);
    expect(writeOnly(rules({ readOnly: true }, { readOnly: true, ownerOnly: true }))).toBe(false);
    expect(writeOnly(rules({ readOnly: true }, { readOnly: true, action: "allow" }))).toBe(false);
    expect(writeOnly(rules({ readOnly: true }, {}))).toBe(false);
  });

  it("names what the node has to resolve: rules and sources, each once", () => {
    const set = rules({ match: path("/b"), source: path("/a") }, { match: dir("/a/", true), source: path("/a") });
    expect(pathsToResolve(set)).toEqual(["/a", "/a/", "/b"]);
  });

  it("refuses what exceeds a budget and names the rule", () => {
    const set = rules({ match: path("/a/b"), origin: "spec.file.matchPaths[0]" });
    const compiling = () => compile(set, { budget: { states: 2 } });
    expect(compiling).toThrow(AutomatonBudgetError);
    expect(compiling).toThrow(/3 states, 2 are the most \(reached at spec\.file\.matchPaths\[0\]\)/);
    expect(() => compile(set, { budget: { entries: 0 } })).toThrow(/1 list entries/);
    expect(() => compile(rules({ source: path("/s") }), { budget: { sourceBits: 1 } })).toThrow(/bits of source sets/);
  });

  it("leaves out a rule whose name is none, and says so", () => {
    const { automaton, unenforced } = compile(rules({ match: path("/a/../b"), origin: "spec.file.matchPaths[0]" }));
    expect(automaton.lists).toHaveLength(1);
    expect(unenforced).toMatchObject([{ origin: "spec.file.matchPaths[0]", reason: expect.stringContaining("..") }]);
  });

  it("compiles ten thousand rules in a fraction of a second, and a list holds no more than what applies", () => {
    const many = Array.from({ length: 10_000 }, (_, i) => ({
      match: i % 5 === 0 ? dir(`/srv/${i % 97}/d${i}/`, true) : path(`/opt/app${i % 31}/lib/x${i % 53}/file${i}`),
      ...(i % 3 === 0 && { source: path(`/usr/bin/prog${i % 101}`) }),
    }));
    const set = rules(...many, { match: dir("/", true), action: "audit" });
    const start = process.cpuUsage();
    const { automaton } = compile(set);
    const { user, system } = process.cpuUsage(start);
    // About 250 ms; the processor's time, so that a busy machine does not fail it.
    expect((user + system) / 1000).toBeLessThan(1500);
    expect(automaton.lists.length).toBeGreaterThan(10_000);
    expect(Math.max(...automaton.lists.map((list) => list.length))).toBeLessThan(200);
  });
});
