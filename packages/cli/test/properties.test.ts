import { describe, expect, it } from "@jest/globals";
import type { AnyPolicy } from "@portcullis/api";
import type { Match, RuleSet } from "@portcullis/model";
import { buildRuleSet, lower } from "@portcullis/policy";
import { arbitraryQuery, arbitraryRuleSet, referenceDecide } from "@portcullis/policy/testing";
import fc from "fast-check";
import { stringify } from "yaml";
import { explainOperation } from "../src/explain/explain-operation.ts";
import { lint } from "../src/lint/lint.ts";

/** As a policy has it: path; dir and recursive; pattern. */
const fieldsOf = ({ kind: _, ...fields }: Match) => fields;
const actionOf = { allow: "Allow", audit: "Audit", block: "Block" };

/** The policies p, q and r, as a user would write the rules of a random rule set. */
function policiesOf({ rules }: RuleSet): AnyPolicy[] {
  return ["p", "q", "r"].map((name, policy) => {
    const own = rules.filter((rule) => rule.policy === policy);
    const listOf = (category: string, kind: string) =>
      own
        .filter((rule) => rule.category === category && rule.match.kind === kind)
        .map(({ match, source, action, readOnly, ownerOnly, noTerminal }) => ({
          ...fieldsOf(match),
          ...(source && { fromSource: [fieldsOf(source)] }),
          action: actionOf[action],
          ...(readOnly && { readOnly }),
          ...(ownerOnly && { ownerOnly }),
          ...(noTerminal && { pts: false }),
        }));
    const section = (category: string) => ({
      matchPaths: listOf(category, "path"),
      matchDirectories: listOf(category, "directory"),
      matchPatterns: listOf(category, "pattern"),
    });
    const spec = { process: section("process"), file: section("file") };
    const metadata = { name, namespace: "n" };
    const whole = { apiVersion: "security.kubearmor.com/v1", kind: "KubeArmorPolicy", metadata, spec };
    return JSON.parse(JSON.stringify(whole)) as AnyPolicy;
  });
}

const posture = { file: "block", network: "audit", capabilities: "audit" } as const;
const filesOf = (policies: readonly AnyPolicy[]) =>
  policies.map((policy) => ({ file: `${policy.metadata?.name}.yaml`, text: stringify(policy) }));

describe("random policies and operations", () => {
  it("are explained as the semantics, read aloud, decide them", () => {
    fc.assert(
      fc.property(arbitraryRuleSet, arbitraryQuery, (random, query) => {
        const policies = policiesOf(random);
        const ruleSet = buildRuleSet(policies.map(lower), { posture });
        const answer = explainOperation({ policies, posture, query });
        const expected = ruleSet
          ? referenceDecide(ruleSet, query)
          : { outcome: "allowed", rule: "none", report: "none", auditing: [] };
        const decided = answer.decided?.rule;
        expect(answer.outcome).toBe(expected.outcome);
        expect(decided === undefined ? "none" : decided.policy < 0 ? "base allowance" : decided.id).toBe(expected.rule);
        const reported = expected.auditing.map((i) => ruleSet?.policies[i]?.name);
        expect(answer.alerts.filter((name) => reported.includes(name)).length).toBe(reported.length);
        expect(answer.alerts.includes("DefaultPosture")).toBe(expected.report === "posture");
      }),
      { numRuns: 500 },
    );
  });

  it("never decide by a rule of which lint says that it does not", () => {
    fc.assert(
      fc.property(arbitraryRuleSet, fc.array(arbitraryQuery, { minLength: 20, maxLength: 20 }), (random, queries) => {
        const policies = policiesOf(random);
        const ruleSet = buildRuleSet(policies.map(lower), { posture, baseAllowance: false });
        if (ruleSet === undefined) return;
        const codes = ["shadowed-rule", "contradiction", "duplicate-rule"];
        const found = lint(filesOf(policies)).findings.filter(({ code }) => codes.includes(code));
        const idle = ruleSet.rules.filter(({ origin, policy }) =>
          found.some(
            (finding) => finding.origin === origin && finding.file === `${ruleSet.policies[policy]?.name}.yaml`,
          ),
        );
        for (const query of queries) {
          const { rule, auditing } = referenceDecide(ruleSet, query);
          expect(idle.map(({ id }) => id)).not.toContain(rule);
          const others = {
            ...ruleSet,
            rules: ruleSet.rules.filter((one) => one.action !== "audit" || !idle.includes(one)),
          };
          expect(referenceDecide(others, query).auditing).toEqual(auditing);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("are not refused by lint", () => {
    fc.assert(
      fc.property(arbitraryRuleSet, (random) => {
        const errors = lint(filesOf(policiesOf(random))).findings.filter(({ severity }) => severity === "error");
        expect(errors.filter(({ code }) => code !== "contradiction")).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});
