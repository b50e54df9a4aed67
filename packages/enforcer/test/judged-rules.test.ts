/** When the kernel is made to judge queries of DNS and addresses, and when it is not any more. */
import { describe, expect, it } from "@jest/globals";
import type { Rule } from "@portcullis/model";
import { accepted, container, ReconcilingNode, selected, sleep } from "./reconciling-node.ts";
import { rule, ruleSet } from "./support.ts";

const ofDomain: Rule = { ...rule(1, "/x"), category: "dns", match: { kind: "domain", domain: "evil.example" } };
const ofAddress: Rule = {
  ...{ ...rule(1, "/x"), category: "network" },
  match: { kind: "address", cidr: "10.0.0.0/8", direction: "egress" },
};

describe.each([
  ["queries of DNS", "dns", ofDomain],
  ["addresses", "addresses", ofAddress],
])("%s", (words, what, blocked) => {
  const about = ruleSet(blocked, rule(2, "/y"));

  /** A bundle that has this rule set as well. */
  const holding = (...containers: Parameters<typeof accepted>) => {
    const of = accepted(...containers);
    const isUsed = containers.some((one) => one.ruleSet === about.digest);
    return isUsed ? { ...of, ruleSets: new Map([...of.ruleSets, [about.digest, about.ruleSet]]) } : of;
  };

  it("are judged before a rule table is bound that is about them", async () => {
    const node = new ReconcilingNode();
    await node.settle(holding(selected(1, about.digest)), [container(1)]);
    expect(node.engine.calls).toEqual([`judge ${what}`, "rules 1", "bind 1001"]);
  });

  it("cost nothing where no rule is about them", async () => {
    const node = new ReconcilingNode();
    await node.settle(accepted(selected(1, sleep.digest)), [container(1)]);
    expect(node.engine.calls).not.toContain(`judge ${what}`);
  });

  it("are judged no more when the last rule has gone, and not before others are bound", async () => {
    const node = new ReconcilingNode();
    await node.settle(holding(selected(1, about.digest)), [container(1)]);
    node.engine.calls.length = 0;
    node.engine.refuse = () => new Error("no memory");
    await node.settle(accepted(selected(1, sleep.digest)), [container(1)]);
    expect(node.engine.judged).toContain(what);
    node.engine.refuse = undefined;
    await node.settle(accepted(selected(1, sleep.digest)), [container(1)]);
    expect(node.engine.calls.at(-1)).toBe(`ignore ${what}`);
  });

  it("that an earlier process had judged are so no more where no rule is about them", async () => {
    const node = new ReconcilingNode();
    node.engine.judged.add(what);
    await node.settle(accepted(selected(1, sleep.digest)), [container(1)]);
    expect(node.engine.judged).not.toContain(what);
  });

  it("that cannot be judged are parts of their policies that are not enforced, and the other rules are bound", async () => {
    const node = new ReconcilingNode();
    node.engine.unjudged = "the kernel says EPERM";
    const outcome = await node.settle(holding(selected(1, about.digest)), [container(1)]);
    expect(outcome.boundRuleSets).toEqual([about.digest]);
    expect(outcome.unenforced).toEqual([
      {
        policy: about.ruleSet.policies[0],
        origin: blocked.origin,
        reason: `${words} cannot be judged on this node: the kernel says EPERM`,
      },
    ]);
  });
});
