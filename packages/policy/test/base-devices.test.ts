/** The base devices, which hold nothing: rules on directories and patterns do not concern them, rules that name them do. */
import { describe, expect, it } from "@jest/globals";
import type { Rule } from "@portcullis/model";
import fc from "fast-check";
import { baseEntries } from "../data/base-allowance.ts";
import { baseDevices } from "../data/base-devices.ts";
import { compile } from "../src/compile/automaton.ts";
import { decide, type Query } from "../src/decide/decide.ts";
import { buildRuleSet } from "../src/rule-set/rule-set.ts";
import { arbitraryAliases, arbitraryQuery, arbitraryRuleSet } from "./arbitrary.ts";
import { inReferenceTerms, referenceDecide } from "./reference.ts";

const devices = [...baseDevices.map((name) => `/${name.join("/")}`), "/dev/pts/0", "/dev/pts/ptmx"];

type Given = Pick<Rule, "match"> & Partial<Rule>;

/** What a process of no rule's source may do, with these rules of one policy in block posture. */
function outcomes(given: readonly Given[], names: readonly string[], access: "read" | "write") {
  const plain = { category: "file", action: "block", readOnly: false, ownerOnly: false, noTerminal: false } as const;
  const rest = { severity: "1", tags: [], message: "", origin: "spec" };
  const policy = { kind: "KubeArmorPolicy", namespace: "n", name: "p" } as const;
  const rules = given.map((rule) => ({ ...plain, ...rest, ...rule }));
  const posture = { file: "block", network: "block", capabilities: "block" } as const;
  const ruleSet = buildRuleSet([{ policy, rules }] as never, { posture });
  const { automaton } = compile(ruleSet!);
  return names.map((name) => {
    const path = name.split("/").slice(1);
    const query: Query = { category: "file", path, access, source: ["bin", "x"], isOwner: true, hasTerminal: false };
    return decide(automaton, query);
  });
}
const denied = (given: readonly Given[], names: readonly string[], access: "read" | "write" = "write") =>
  names.filter((_, i) => outcomes(given, names, access)[i]?.outcome === "denied");

/** The same value with names in which the base devices lie. */
function respelled<T>(value: T): T {
  if (value instanceof Map) return new Map(respelled([...value])) as T;
  if (value === undefined) return value;
  const names: Record<string, string> = { a: "dev", b: "null", c: "pts", ab: "tty" };
  return JSON.parse(JSON.stringify(value).replace(/\b(?:ab|a|b|c)\b/g, (name) => names[name] as string)) as T;
}

describe("the base devices", () => {
  it.each<[string, Given["match"]]>([
    ["the directory, with all below", { kind: "directory", dir: "/dev/", recursive: true }],
    ["the root, with all below", { kind: "directory", dir: "/", recursive: true }],
    ["a pattern", { kind: "pattern", pattern: "/dev/**" }],
    ["a pattern without a literal beginning", { kind: "pattern", pattern: "/**" }],
  ])("are no concern of a Block or Audit rule on %s, which all else there is", (_, match) => {
    expect(denied([{ match }], devices)).toEqual([]);
    expect(denied([{ match, readOnly: true }], devices)).toEqual([]);
    expect(denied([{ match }], ["/dev/sda", "/dev/nullx", "/dev/shm/null"])).toHaveLength(3);
    for (const { audits } of outcomes([{ match, action: "audit" }], devices, "write")) expect(audits).toEqual([]);
  });

  it("are no concern of a rule on the directory of terminals, or on one alone", () => {
    expect(denied([{ match: { kind: "directory", dir: "/dev/pts/", recursive: false } }], devices)).toEqual([]);
    expect(denied([{ match: { kind: "pattern", pattern: "/dev/pts/*" } }], devices)).toEqual([]);
    expect(denied([{ match: { kind: "pattern", pattern: "/dev/{null,tty}" } }], devices)).toEqual([]);
  });

  it("are blocked by a rule that names one, with its conditions, whatever covers the directory", () => {
    const all = { match: { kind: "directory", dir: "/dev/", recursive: true }, readOnly: true } as const;
    for (const name of devices) {
      const one = { match: { kind: "path", path: name } } as const;
      expect(denied([all, one], devices)).toEqual([name]);
      expect(denied([all, { ...one, readOnly: true }], devices)).toEqual([name]);
      expect(denied([all, { ...one, readOnly: true }], devices, "read")).toEqual([]);
    }
  });

  it("may be used under an allow-list that says nothing of them, or allows their directory for reading alone", () => {
    const allow = { action: "allow", readOnly: true } as const;
    for (const dir of ["/etc/", "/dev/", "/"]) {
      const given = [{ ...allow, match: { kind: "directory", dir, recursive: true } }] as const;
      expect(denied(given, devices)).toEqual([]);
      expect(denied(given, ["/dev/sda", "/dev/shm/null"])).toHaveLength(2);
    }
  });

  it("are all of the base allowance", () => {
    const allowed = baseEntries.filter(({ use }) => use === "read-write").map(({ name }) => name);
    expect([...allowed].sort()).toEqual([...baseDevices.map((name) => `/${name.join("/")}`), "/dev/pts/"].sort());
  });

  it("are decided as the semantics say, for every rule set, name, source, condition and alias", () => {
    const query = arbitraryQuery.filter(({ category }) => category === "file" || category === "process");
    const asked = fc.array(query, { minLength: 10, maxLength: 10 });
    let reached = 0;
    fc.assert(
      fc.property(arbitraryRuleSet, arbitraryAliases, asked, (written, given, queries) => {
        const [ruleSet, all] = [respelled(written), given as unknown as Record<string, unknown>];
        const aliases = Object.fromEntries(Object.entries(all).map(([key, map]) => [key, respelled(map)])) as never;
        const { automaton } = compile(ruleSet, aliases);
        for (const one of queries.map(respelled)) {
          expect(inReferenceTerms(ruleSet, decide(automaton, one))).toEqual(referenceDecide(ruleSet, one, aliases));
          if (one.category === "file" && /^dev\/(null|tty|pts\/.*)$/.test(one.path?.join("/") ?? "")) reached++;
        }
      }),
      { numRuns: 3_000 },
    );
    expect(reached).toBeGreaterThan(200);
  });
});
