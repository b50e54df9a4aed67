/** Patterns: what they match, how specific they are, what cannot be one, and what they cost. */
import { describe, expect, it } from "@jest/globals";
import type { NamedMatch, Rule, RuleSet } from "@portcullis/model";
import fc from "fast-check";
import { type CompileOptions, compile, pathsToResolve } from "../src/compile/automaton.ts";
import { decide } from "../src/decide/decide.ts";
import { lower } from "../src/lower/lower.ts";
import { patternText } from "./arbitrary.ts";
import { policy } from "./build.ts";
import { globMatches } from "./glob-reference.ts";

const plain = {
  category: "file",
  action: "block",
  readOnly: false,
  ownerOnly: false,
  noTerminal: false,
  policy: 0,
  severity: "1",
  tags: [],
  message: "",
} as const;
const path = (name: string): NamedMatch => ({ kind: "path", path: name });
const dir = (name: string, recursive = true): NamedMatch => ({ kind: "directory", dir: name, recursive });
const glob = (pattern: string): NamedMatch => ({ kind: "pattern", pattern });
type Given = Partial<Rule> & Pick<Rule, "match">;
const rules = (...given: Given[]): RuleSet => ({
  policies: [{ kind: "KubeArmorPolicy", namespace: "n", name: "p" }],
  rules: given.map((rule, i) => ({ id: i + 1, ...plain, origin: `spec.x[${i}]`, ...rule })),
  posture: {},
});
const asking = (name: string, source = "/bin/sh") => ({
  category: "file" as const,
  access: "read" as const,
  path: name.split("/").filter((c) => c !== ""),
  source: source.slice(1).split("/"),
  isOwner: true,
  hasTerminal: false,
});
const decidedBy = (set: RuleSet, name: string, options: CompileOptions = {}) =>
  decide(compile(set, options).automaton, asking(name)).ruleId;
const matches = (pattern: string, name: string) => decidedBy(rules({ match: glob(pattern) }), name) === 1;

describe("a pattern", () => {
  it.each([
    ["/etc/*.conf", ["/etc/a.conf", "/etc/.conf"], ["/etc/a/b.conf", "/etc/a.conf/b", "/etc/a.conff", "/etc"]],
    ["/etc/hado?", ["/etc/hadow"], ["/etc/hado", "/etc/hadoww", "/etc/hado/w"]],
    ["/a/**", ["/a/b", "/a/b/c", "/a/b/c/d"], ["/a", "/ab", "/b/a"]],
    ["/a/*", ["/a/b"], ["/a", "/a/b/c"]],
    ["/a/**.log", ["/a/x.log", "/a/b/c.log", "/a/b.d/.log"], ["/a/x.log/y", "/x.log", "/a/x.lo"]],
    ["/a/**/b", ["/a/x/b", "/a/x/y/b", "/a/b/b"], ["/a/b", "/a/x/c", "/a/x/b/c"]],
    ["/a/x**y", ["/a/xy", "/a/x1/2/3y", "/a/xyy"], ["/a/x/z", "/a/y/x"]],
    ["/home/*/.ssh/**", ["/home/u/.ssh/id", "/home/u/.ssh/a/b"], ["/home/u/v/.ssh/id", "/home/.ssh/id"]],
    ["**/secret", ["/secret", "/a/b/secret"], ["/secret/a", "/asecret"]],
    ["/**", ["/a", "/a/b"], []],
    ["/[a-c]x[^0-9]", ["/axy", "/cx-"], ["/dxy", "/ax1", "/ax/y"]],
    ["/{a,b/c}/d", ["/a/d", "/b/c/d"], ["/b/d", "/a/b/c/d"]],
    ["/x{,y,{z,w}*}", ["/x", "/xy", "/xz1", "/xw"], ["/xyz", "/x/y"]],
    ["/a\\*b\\\\", ["/a*b\\"], ["/axb\\"]],
    ["/gr*e/?\u00f6", ["/gr\u00f6\u00dfe/x\u00f6"], ["/gr\u00f6\u00dfe/\u00f6"]],
    ["/**/uploads/", ["/srv/uploads", "/a/b/uploads"], ["/uploads", "/srv/uploads/x"]],
  ])("%s matches what it says and nothing else", (pattern, yes, no) => {
    for (const name of yes) expect([name, matches(pattern, name)]).toEqual([name, true]);
    for (const name of no) expect([name, matches(pattern, name)]).toEqual([name, false]);
  });

  it("matches no name but those of a naive matcher, of which nothing is compiled", () => {
    const letters = fc.constantFrom("a", "b", "c", "/", "/", ".so.1", "l");
    const name = fc
      .array(letters, { minLength: 1, maxLength: 9 })
      .map((all) => `/${all.join("")}`.replace(/\/+/g, "/"));
    const names = fc.array(name, { minLength: 20, maxLength: 20 });
    fc.assert(
      fc.property(fc.array(patternText, { minLength: 1, maxLength: 3 }), names, (patterns, asked) => {
        const { automaton } = compile(
          rules(...patterns.map((one) => ({ match: glob(one), action: "audit" as const }))),
        );
        for (const one of asked) {
          const components = asking(one).path;
          const wanted = patterns.some((each) => globMatches(each, `/${components.join("/")}`));
          expect([one, decide(automaton, asking(one)).audits.length > 0]).toEqual([one, wanted]);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("is less specific than an exact path and more than any directory; of two the longer literal prefix decides", () => {
    const set = rules(
      { match: dir("/a/b/c/"), action: "block" },
      { match: glob("/a/**"), action: "allow" },
      { match: glob("/a/b/*.log"), action: "block" },
      { match: path("/a/b/x.log"), action: "allow" },
    );
    expect(decidedBy(set, "/a/b/c/x")).toBe(2);
    expect(decidedBy(set, "/a/b/y.log")).toBe(3);
    expect(decidedBy(set, "/a/b/x.log")).toBe(4);
    expect(decidedBy(rules({ match: dir("/a/") }, { match: glob("/**"), action: "allow" }), "/a/b")).toBe(2);
  });

  it("that is as specific as another leaves it to Block", () => {
    const set = rules({ match: glob("/a/*"), action: "allow" }, { match: glob("/a/?"), action: "block" });
    expect(decidedBy(set, "/a/b")).toBe(2);
    expect(decidedBy(set, "/a/bb")).toBe(1);
  });

  it("without a matching source is less specific than a directory with one", () => {
    const set = rules({ match: glob("/a/b/*") }, { match: dir("/a/"), action: "allow", source: path("/bin/sh") });
    expect(decidedBy(set, "/a/b/c")).toBe(2);
    expect(decide(compile(set).automaton, asking("/a/b/c", "/bin/cat")).ruleId).toBe(1);
  });

  it("covers another spelling of its literal beginning, for Allow rules only a fixed one", () => {
    const known = { aliases: new Map([["/bin/", ["/usr/bin/"]]]), fixedAliases: new Map() };
    const set = rules({ match: glob("/bin/*sh") }, { match: glob("/bin/*z"), action: "allow" });
    expect(pathsToResolve(set)).toEqual(["/bin/"]);
    expect(decidedBy(set, "/usr/bin/bash", known)).toBe(1);
    expect(decidedBy(set, "/bin/bash", known)).toBe(1);
    expect(decidedBy(set, "/usr/bin/z", known)).toBe(0);
    expect(decidedBy(set, "/usr/bin/z", { ...known, fixedAliases: known.aliases })).toBe(2);
  });

  it("names its literal beginning to be resolved, whole where it has no glob", () => {
    const set = rules(
      ...["/usr/lib/*/x", "/usr/l*", "/a\\*b/c", "**/x", "{/a,/b}"].map((one) => ({ match: glob(one) })),
    );
    expect(pathsToResolve(set)).toEqual(["/", "/a*b/c", "/usr/", "/usr/lib/"]);
  });

  it.each([
    ["", "empty"],
    ["*.conf", "begin it with / or **"],
    ["dbus-daemon", "begin it with / or **"],
    ["/a//b*", "empty component"],
    ["/a/../b*/c", 'component ".."'],
    ["/a*//b", "can never match"],
    ["/a/{/b,}/", "can never match"],
    ["/", "root"],
    ["/a[bc", "write \\["],
    ["/a[]", "empty class"],
    ["/a[z-a]", "z-a"],
    ["/a[.-0]", "classes do not match"],
    ["/a[\u00e4]", "single bytes"],
    ["/a{b,c", "write \\{"],
    ["/a}b", "write \\}"],
    ["/a\\", "backslash"],
    [`/${"{".repeat(20)}${"}".repeat(20)}`, "nested deeper"],
  ])("%j is refused, with the field, the value and a remedy", (pattern, words) => {
    const { rules: lowered, problems } = lower(
      policy(`file: {matchPatterns: [{pattern: ${JSON.stringify(pattern)}}]}`),
    );
    expect(lowered).toEqual([]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ origin: "spec.file.matchPatterns[0].pattern", reason: "InvalidPath" });
    expect(problems[0]!.message).toContain(`pattern ${JSON.stringify(pattern)} `);
    expect(problems[0]!.message).toContain(words);
  });

  it("has the conditions, sources and words of its entry", () => {
    const { rules: lowered, problems } = lower(
      policy(`
      file:
        matchPatterns:
        - pattern: /etc/*.key
          readOnly: true
          ownerOnly: true
          pts: false
          severity: 7
          tags: [T]
          message: m
          action: Audit
          fromSource: [{path: /bin/a}, {dir: /opt/}]`),
    );
    expect(problems).toEqual([]);
    const common = { match: glob("/etc/*.key"), action: "audit", severity: "7", tags: ["T"], message: "m" };
    const conditions = { readOnly: true, ownerOnly: true, noTerminal: true, origin: "spec.file.matchPatterns[0]" };
    expect(lowered).toEqual([
      { category: "file", ...common, ...conditions, source: path("/bin/a") },
      { category: "file", ...common, ...conditions, source: dir("/opt/", false) },
    ]);
  });
});

describe("what patterns cost", () => {
  const size = (...patterns: string[]) => {
    const { automaton, unenforced } = compile(rules(...patterns.map((one) => ({ match: glob(one) }))));
    return { states: automaton.states.length, rows: automaton.globs!.rows.length, unenforced };
  };

  it("is nothing at run time for directories in disguise: no row, and no state beside those on the way", () => {
    expect(size("/a/**")).toEqual({ states: 2, rows: 1, unenforced: [] });
    expect(size("/a/*")).toEqual({ states: 2, rows: 1, unenforced: [] });
    expect(size("/a/*/b")).toEqual({ states: 4, rows: 1, unenforced: [] });
    expect(size("/**/b")).toMatchObject({ rows: 1, unenforced: [] });
  });

  it("grows with the patterns and not faster where they do not meet", () => {
    const apart = size(...Array.from({ length: 1000 }, (_, i) => `/opt/app-${i}/*.log`));
    expect(apart.unenforced).toEqual([]);
    expect(apart.states).toBeLessThan(4_000);
    const together = size(...Array.from({ length: 200 }, (_, i) => `/var/lib/x${i}*`));
    expect(together.unenforced).toEqual([]);
    expect(together.rows).toBeLessThan(1_000);
  });

  it("has a limit: what goes beyond is left out and named, in little time, and the others hold", () => {
    const costly = Array.from({ length: 30 }, (_, i) => `/**${String.fromCharCode(97 + (i % 26))}${i}**/x*y${i}*`);
    const set = rules(
      { match: path("/etc/shadow") },
      { match: glob("/etc/*.key") },
      ...costly.map((one) => ({ match: glob(one) })),
    );
    const started = performance.now();
    const { automaton, unenforced } = compile(set);
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(unenforced.length).toBeGreaterThan(0);
    expect(unenforced[0]!.reason).toMatch(/^pattern "\/\*\*/);
    for (const { origin } of unenforced) expect(origin).toMatch(/^spec\.x\[\d+\]$/);
    expect(decide(automaton, asking("/etc/shadow")).ruleId).toBe(1);
    expect(decide(automaton, asking("/etc/a.key")).ruleId).toBe(2);
  });

  it("has a limit for one pattern alone as well", () => {
    const { unenforced } = compile(rules({ match: glob(`/**a${"?".repeat(40)}`) }, { match: glob("/x*") }));
    expect(unenforced.map(({ origin }) => origin)).toEqual(["spec.x[0]"]);
  });
});

describe("the guards of a pattern", () => {
  const guardOf = (set: RuleSet, name: string) => {
    const { automaton } = compile(set);
    let state = automaton.states[0]!;
    for (const component of asking(name).path) {
      const next = state.edges.get(component) ?? state.any;
      if (next === undefined) return 0;
      state = automaton.states[next]!;
    }
    return state.guard?.[1] ?? 0;
  };

  it("are the directories on the way to what it blocks, but none behind a **", () => {
    const set = rules({ match: glob("/srv/*/keys/**.pem") });
    expect(["/srv", "/srv/x", "/srv/x/keys"].map((name) => guardOf(set, name))).toEqual([1, 1, 1]);
    expect(["/srv/x/other", "/etc", "/srv/x/keys/a"].map((name) => guardOf(set, name))).toEqual([0, 0, 0]);
    expect(guardOf(rules({ match: glob("/**/secret") }), "/srv")).toBe(0);
    expect(guardOf(rules({ match: glob("/srv/*/x"), action: "audit" }), "/srv")).toBe(0);
  });
});
