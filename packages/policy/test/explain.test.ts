import { describe, expect, it } from "@jest/globals";
import { compile } from "../src/compile/automaton.ts";
import type { Query } from "../src/decide/decide.ts";
import { explain } from "../src/decide/explain.ts";
import { lower } from "../src/lower/lower.ts";
import { buildRuleSet } from "../src/rule-set/rule-set.ts";
import { policy } from "./build.ts";

const spec = `
  process:
    matchPaths: [{path: /bin/ls}]
  file:
    action: Allow
    matchDirectories: [{dir: /srv/, recursive: true}]`;
const posture = { file: "block", network: "audit", capabilities: "audit" } as const;
const set = buildRuleSet([lower(policy(spec, { name: "web", namespace: "shop" }))], { posture })!;
const { automaton } = compile(set);
const why = (query: Pick<Query, "category" | "path" | "access">) =>
  explain(set, automaton, { source: undefined, isOwner: true, hasTerminal: false, ...query }).text;

describe("an explanation", () => {
  it("names the policy and the place in it", () => {
    expect(why({ category: "process", path: ["bin", "ls"], access: "exec" })).toBe(
      "exec /bin/ls: denied, block by KubeArmorPolicy shop/web, spec.process.matchPaths[0]",
    );
    expect(why({ category: "file", path: ["srv", "x"], access: "write" })).toBe(
      "write /srv/x: allowed, allow by KubeArmorPolicy shop/web, spec.file.matchDirectories[0]",
    );
  });

  it("names the posture, the base allowance, or that no rule speaks of it", () => {
    expect(why({ category: "file", path: ["etc", "x"], access: "read" })).toContain(
      "no rule of the allow-list, posture",
    );
    expect(why({ category: "file", path: ["lib", "x"], access: "read" })).toBe("read /lib/x: allowed, base allowance");
    expect(why({ category: "process", path: undefined, access: "exec" })).toBe("exec (no name): allowed, no rule");
  });
});
