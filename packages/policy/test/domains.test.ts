/** Domains as policies write them, and what they come to. */
import { describe, expect, it } from "@jest/globals";
import { compile } from "../src/compile/automaton.ts";
import { decide } from "../src/decide/decide.ts";
import { domainsAbove, domainsIn } from "../src/domains.ts";
import { lower } from "../src/lower/lower.ts";
import { buildRuleSet } from "../src/rule-set/rule-set.ts";
import { policy } from "./build.ts";

describe("a domain", () => {
  it("is in lower case, without dots around it, and each once", () => {
    expect(domainsIn("Google.COM., .example.org,google.com")).toEqual(["google.com", "example.org"]);
  });

  it.each([
    ["*.google.com", /a domain covers its sub-domains/],
    ["", /is empty/],
    [".", /is empty/],
    ["a..b", /empty label/],
    ["größe.example", /xn--/],
    ["a b.example", /xn--/],
    [`${"a".repeat(64)}.example`, /too long/],
    [`${"abcdefg.".repeat(16)}x`, /more than 16 labels/],
  ])("is none that is written %s", (text, why) => expect(domainsIn(text)).toMatch(why));

  it("has above it those that rules can name, the nearest first", () => {
    expect(domainsAbove("A.b.c")).toEqual(["a.b.c", "b.c", "c"]);
    expect(domainsAbove(`${"x.".repeat(20)}y`)).toHaveLength(16);
  });
});

describe("matchDNSQueries", () => {
  const posture = { file: "audit", network: "block", capabilities: "audit" } as const;
  const lowered = (spec: string) => lower(policy(spec));
  const verdict = (spec: string, domain: string, source = "sh") =>
    decide(compile(buildRuleSet([lowered(spec)], { posture })!).automaton, {
      ...{ category: "dns", access: "use", path: undefined, domain, source: ["bin", source] },
      ...{ isOwner: true, hasTerminal: false },
    });

  it("comes to a rule for each domain of its list, with what the entry and its source say", () => {
    const spec = `{severity: 3, network: {matchDNSQueries: [
      {domain: "a.example, B.example", fromSource: [{path: /bin/curl}], severity: 7, action: Audit}]}}`;
    const { rules, problems } = lowered(spec);
    expect(problems).toEqual([]);
    expect(rules.map(({ match }) => match)).toEqual([
      { kind: "domain", domain: "a.example" },
      { kind: "domain", domain: "b.example" },
    ]);
    for (const rule of rules)
      expect(rule).toMatchObject({
        ...{ category: "dns", action: "audit", severity: "7", source: { kind: "path", path: "/bin/curl" } },
        origin: "spec.network.matchDNSQueries[0]",
      });
  });

  it("whose domain is none is left out whole, and the status says why", () => {
    const { rules, problems } = lowered('{network: {matchDNSQueries: [{domain: "a.example,*.b.example"}]}}');
    expect(rules).toEqual([]);
    expect(problems.map(({ origin }) => origin)).toEqual(["spec.network.matchDNSQueries[0].domain"]);
  });

  it("is decided by the nearest domain, and makes an allow-list that is not the network's", () => {
    const spec = `{network: {matchDNSQueries: [
      {domain: example, action: Allow}, {domain: b.example, action: Block}, {domain: c.b.example, action: Allow}]}}`;
    const outcomes = ["example", "x.example", "b.example", "x.b.example", "C.b.example", "other"].map(
      (name) => verdict(spec, name).outcome,
    );
    expect(outcomes).toEqual(["allowed", "allowed", "denied", "denied", "allowed", "denied"]);
    const { automaton } = compile(buildRuleSet([lowered(spec)], { posture })!);
    expect(automaton.categories.map(({ allowList }) => allowList)).toEqual([false, false, false, false, true]);
  });

  it("goes by a source before a nearer domain without one", () => {
    const spec = `{network: {matchDNSQueries: [
      {domain: example, action: Allow, fromSource: [{path: /bin/curl}]}, {domain: a.example, action: Block}]}}`;
    expect(verdict(spec, "a.example", "curl").outcome).toBe("allowed");
    expect(verdict(spec, "a.example").outcome).toBe("denied");
  });
});
