import { describe, expect, it } from "@jest/globals";
import type { Rule, RuleSet } from "@portcullis/model";
import fc from "fast-check";
import { compile } from "../src/compile/automaton.ts";
import { type Candidate, candidatesOf } from "../src/decide/candidates.ts";
import type { Query } from "../src/decide/decide.ts";
import { explain } from "../src/decide/explain.ts";
import { lower } from "../src/lower/lower.ts";
import { buildRuleSet } from "../src/rule-set/rule-set.ts";
import { arbitraryQuery, arbitraryRuleSet } from "./arbitrary.ts";
import { policy } from "./build.ts";
import { inReferenceTerms, type ReferenceVerdict, referenceDecide, specificityForPeer } from "./reference.ts";

const posture = { file: "block", network: "audit", capabilities: "audit" } as const;
const ask = (spec: string, query: Partial<Query> & Pick<Query, "category" | "access">): string[] => {
  const set = buildRuleSet([lower(policy(spec))], { posture })!;
  const found = candidatesOf(set, { path: undefined, source: undefined, isOwner: false, hasTerminal: false, ...query });
  return found.map(({ rule, standing, why }) => `${rule.origin || "base"} ${standing}: ${why}`);
};

describe("the candidates of an operation", () => {
  it("say why a directory, another source and an audit did not decide", () => {
    const spec = `
      file:
        matchPaths: [{path: /srv/key}, {path: /srv/key, fromSource: [{path: /bin/cat}], action: Allow}]
        matchDirectories: [{dir: /srv/, recursive: true, action: Allow}, {dir: /srv/, action: Audit}]`;
    expect(ask(spec, { category: "file", access: "read", path: ["srv", "key"] })).toEqual([
      "spec.file.matchPaths[0] decides: it decides",
      "spec.file.matchDirectories[0] lessSpecific: less specific: a path goes before a directory",
      "spec.file.matchDirectories[1] silent: Audit rules report only what is allowed",
      "spec.file.matchPaths[1] otherSource: the acting program is not its source",
    ]);
    expect(ask(spec, { category: "file", access: "read", path: ["srv", "key"], source: ["bin", "cat"] })).toEqual([
      "spec.file.matchPaths[1] decides: it decides",
      "spec.file.matchPaths[0] withoutSource: a rule with fromSource goes before one without",
      "spec.file.matchDirectories[0] withoutSource: a rule with fromSource goes before one without",
      "spec.file.matchDirectories[1] reports: Audit rules only report, and this one does",
    ]);
  });

  it("say that Block goes before Allow, and which of two conditional rules goes first", () => {
    const spec = `
      file:
        matchPaths: [{path: /a}, {path: /a, action: Allow}, {path: /a, readOnly: true}]`;
    expect(ask(spec, { category: "file", access: "read", path: ["a"] })).toEqual([
      "spec.file.matchPaths[0] decides: it decides",
      "spec.file.matchPaths[2] lessStrict: equally specific: the one with fewer conditions goes first",
      "spec.file.matchPaths[1] lessStrict: equally specific: Block goes before Allow",
    ]);
  });

  it("name the base allowance where it decides, and where it is not needed", () => {
    const spec = "file: {action: Allow, matchDirectories: [{dir: /etc/}]}";
    expect(ask(spec, { category: "file", access: "read", path: ["etc", "localtime"] })).toEqual([
      "spec.file.matchDirectories[0] decides: it decides",
      "base notNeeded: the base allowance is asked where no rule decides",
    ]);
    expect(ask(spec, { category: "file", access: "read", path: ["usr", "lib", "x.so"] })).toEqual([
      "base decides: it decides",
    ]);
    expect(ask(spec, { category: "file", access: "write", path: ["usr", "lib", "x.so"] })).toEqual([
      "base notNeeded: the base allowance permits this for reading alone, or another entry of it does",
    ]);
  });

  it("say that an Allow rule is not asked where a file is mapped", () => {
    const spec = "process: {action: Allow, matchPaths: [{path: /bin/ls}]}";
    expect(ask(spec, { category: "process", access: "map", path: ["bin", "ls"] })).toEqual([
      "spec.process.matchPaths[0] notAsked: only Block rules count where a file is mapped executable",
    ]);
  });
});

const runs = { numRuns: 400 };
const without = (set: RuleSet, gone: readonly Candidate[]): RuleSet => ({
  ...set,
  rules: set.rules.filter((rule) => !gone.some((candidate) => candidate.rule.id === rule.id)),
});
const isDeciding = ({ rule, standing }: Candidate) => rule.action !== "audit" && standing !== "otherSource";
/** What the rules are asked: of a mapping whether it might be executed; whether the socket may be made, where it may not. */
function asAsked(set: RuleSet, query: Query): Query {
  const { peer, ...made } = query;
  if (peer && referenceDecide(set, made).outcome === "denied") return made;
  return query.access === "map" ? { ...query, access: "exec" } : query;
}
/** The rule of the reference's verdict, with the base allowance as one rule. */
const named = (rule: Rule | undefined): ReferenceVerdict["rule"] =>
  rule === undefined ? "none" : rule.policy < 0 ? "base allowance" : rule.id;

/** The operation, the reference's verdict on it by some rules, and the rule itself as strict as can be. */
interface Asked {
  readonly query: Query;
  readonly deciderOf: (...rules: Rule[]) => ReferenceVerdict["rule"];
  readonly strict: Rule;
}
type Claim = (rule: Rule, first: Rule, asked: Asked) => boolean;
const strictly = (rule: Rule): Rule => ({
  ...rule,
  action: rule.match.kind === "address" && rule.action === "allow" ? "allow" : "block",
  readOnly: false,
  ownerOnly: false,
  noTerminal: false,
  policy: 0,
});
function isAsSpecific(rule: Rule, first: Rule, { query, deciderOf, strict }: Asked): boolean {
  if (query.peer) return specificityForPeer(rule, query) === specificityForPeer(first, query);
  if (rule.match.kind === "address" && first.match.kind === "address") return true;
  return deciderOf(strict, { ...first, action: "allow" }) === rule.id;
}
/** What a standing claims, asked of the reference. */
const claims: Partial<Record<Candidate["standing"], Claim>> = {
  otherSource: (rule, _, { deciderOf, strict }) =>
    deciderOf(strict) === "none" && deciderOf({ ...strict, source: undefined }) === rule.id,
  withoutSource: (rule, first) => rule.source === undefined && first.source !== undefined,
  lessStrict: (rule, first, asked) => isAsSpecific(rule, first, asked),
  lessSpecific: (rule, first, asked) => !isAsSpecific(rule, first, asked),
};

describe("an explanation of random operations", () => {
  it("has the verdict of decide and of the reference, and names the rule that decided first", () => {
    fc.assert(
      fc.property(arbitraryRuleSet, arbitraryQuery, (set, query) => {
        const why = explain(set, compile(set).automaton, query);
        expect(inReferenceTerms(set, why)).toEqual(referenceDecide(set, query));
        const decided = candidatesOf(set, query).find(({ standing }) => standing === "decides");
        expect(named(decided?.rule)).toBe(inReferenceTerms(set, why).rule);
      }),
      runs,
    );
  });

  it("orders candidates as they would decide if those before were not there, and has no others", () => {
    fc.assert(
      fc.property(arbitraryRuleSet, arbitraryQuery, (set, query) => {
        const asked = asAsked(set, query);
        const candidates = candidatesOf(set, query);
        const deciding = candidates.filter((candidate) => isDeciding(candidate) && candidate.rule.policy >= 0);
        for (const [i, { rule }] of deciding.entries())
          expect(referenceDecide(without(set, deciding.slice(0, i)), asked).rule).toBe(rule.id);
        const left = referenceDecide(without(set, deciding), asked).rule;
        expect(["none", "base allowance"]).toContain(left);
      }),
      runs,
    );
  });

  it("tells truly which reason a rule lost for", () => {
    fc.assert(
      fc.property(arbitraryRuleSet, arbitraryQuery, (set, query) => {
        const candidates = candidatesOf(set, query);
        const first = candidates.find(isDeciding)?.rule;
        const asked = asAsked(set, query);
        for (const { rule, standing } of candidates) {
          const deciderOf = (...rules: Rule[]) => referenceDecide({ ...set, rules }, asked).rule;
          const claim = claims[standing];
          if (claim) {
            const holds = claim(rule, first ?? rule, { query: asked, deciderOf, strict: strictly(rule) });
            expect([standing, holds]).toEqual([standing, true]);
          }
        }
      }),
      runs,
    );
  });
});
