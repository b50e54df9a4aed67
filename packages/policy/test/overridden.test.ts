/** Rules that never decide because another policy's rule always decides before. */

import { describe, expect, it } from "@jest/globals";
import type { AnyPolicy } from "@portcullis/api";
import fc from "fast-check";
import { compile } from "../src/compile/automaton.ts";
import { type Lowered, lower } from "../src/lower/lower.ts";
import { warningsOf } from "../src/lower/warnings.ts";
import { overriddenIn } from "../src/rule-set/overridden.ts";
import { buildRuleSet } from "../src/rule-set/rule-set.ts";

const policy = (name: string, spec: object): Lowered =>
  lower({ kind: "KubeArmorPolicy", metadata: { name, namespace: "shop" }, spec } as AnyPolicy);
const onFile = (name: string, path: string, action: string, more: object = {}) =>
  policy(name, { file: { matchPaths: [{ path, action, ...more }] } });
const said = (...policies: Lowered[]) =>
  [...overriddenIn(policies)].flatMap(
    ([
      {
        policy: { name },
      },
      rules,
    ]) => [...rules].map((rule) => [name, ...rule]),
  );

const posture = { file: "audit", network: "audit", capabilities: "audit" } as const;

describe("a rule of the same object and source as another policy's", () => {
  const decides = "spec.file.matchPaths[0] of KubeArmorPolicy shop/a";

  it("never decides when that one is stricter, and it is said which one that is", () => {
    const [block, allow] = [onFile("a", "/x", "Block"), onFile("b", "/x", "Allow")];
    expect(said(block, allow)).toEqual([["b", "spec.file.matchPaths[0]", decides]]);
    expect(said(allow, block)).toEqual([["b", "spec.file.matchPaths[0]", decides]]);
  });

  it("never decides when it is equal and of the later policy", () => {
    expect(said(onFile("b", "/x", "Block"), onFile("a", "/x", "Block"))).toEqual([
      ["b", "spec.file.matchPaths[0]", decides],
    ]);
  });

  it("never decides when it is equal and of the policy that the kernel asks later, however many there are", () => {
    const others = Array.from({ length: 12 }, (_, i) =>
      onFile(`p${`${i}`.padStart(2, "0")}`, i === 2 || i === 10 ? "/x" : `/y${i}`, "Block"),
    );
    const ruleSet = buildRuleSet(others, { posture, baseAllowance: false })!;
    const [first, second] = ruleSet.rules.filter(({ match }) => match.kind === "path" && match.path === "/x");
    expect(said(...others)).toEqual([
      [
        ruleSet.policies[second!.policy]?.name,
        second!.origin,
        `${first!.origin} of KubeArmorPolicy shop/${ruleSet.policies[first!.policy]?.name}`,
      ],
    ]);
  });

  it("decides where the object or the source is another, and reports where it is an Audit rule", () => {
    const block = onFile("a", "/x", "Block");
    expect(said(block, onFile("b", "/y", "Block"))).toEqual([]);
    expect(said(block, onFile("b", "/x", "Allow", { fromSource: [{ path: "/s" }] }))).toEqual([]);
    expect(said(block, onFile("b", "/x", "Audit"))).toEqual([]);
    expect(said(block)).toEqual([]);
  });

  it("is not said to never decide while one of its sources still does", () => {
    const sourced = (name: string, ...paths: string[]) =>
      onFile(name, "/x", "Block", { fromSource: paths.map((path) => ({ path })) });
    expect(said(sourced("a", "/s"), sourced("b", "/s", "/t"))).toEqual([]);
    expect(said(sourced("a", "/s", "/t"), sourced("b", "/s", "/t"))).toHaveLength(1);
  });
});

describe("of whatever policies", () => {
  const entry = fc.record(
    {
      path: fc.constantFrom("/a", "/b", "/a/b"),
      action: fc.constantFrom("Allow", "Audit", "Block"),
      readOnly: fc.boolean(),
      ownerOnly: fc.boolean(),
      fromSource: fc.subarray([{ path: "/s" }, { path: "/t" }], { minLength: 1 }),
    },
    { requiredKeys: ["path", "action"] },
  );
  const policies = fc
    .array(fc.array(entry, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 4 })
    .map((all) => all.map((matchPaths, i) => policy(`p${i}`, { severity: i + 1, file: { matchPaths } })));

  /** Places of a policy alone of which the kernel asks no rule. */
  const deadAlone = (rules: Lowered["rules"]): string[] => {
    const own = { policy: { kind: "KubeArmorPolicy", namespace: "shop", name: "p" }, rules, problems: [] } as const;
    const ruleSet = buildRuleSet([own], { posture, baseAllowance: false })!;
    const asked = new Set(
      compile(ruleSet)
        .automaton.lists.flat()
        .map(({ ruleId }) => ruleId),
    );
    const alive = new Set(ruleSet.rules.filter(({ id }) => asked.has(id)).map(({ origin }) => origin));
    return rules.map(({ origin }) => origin).filter((origin) => !alive.has(origin));
  };

  it("no rule that is said to never decide is one that the kernel asks, and the order in which they come makes no difference", () => {
    fc.assert(
      fc.property(policies, (all) => {
        const ruleSet = buildRuleSet(all, { posture, baseAllowance: false })!;
        const asked = new Set(
          compile(ruleSet)
            .automaton.lists.flat()
            .map(({ ruleId }) => ruleId),
        );
        const inForce = ruleSet.rules.filter(({ id, action }) => asked.has(id) && action !== "audit");
        const places = new Set(inForce.map(({ policy: i, origin }) => `${ruleSet.policies[i]?.name} ${origin}`));
        for (const [name, origin] of said(...all)) expect(places).not.toContain(`${name} ${origin}`);
        for (const { rules } of all)
          for (const { origin } of warningsOf({ rules })) expect(deadAlone(rules)).toContain(origin);
        expect(said(...all.toReversed()).sort()).toEqual(said(...all).sort());
      }),
    );
  });
});
