import { expect, it } from "@jest/globals";
import type { AnyPolicy } from "@portcullis/api";
import { lower } from "@portcullis/policy";
import { PolicyVerdicts } from "../src/lint/policy-verdicts.ts";

it("a policy that is too large for an automaton is refused with the reason, and says nothing else", () => {
  const spec = { file: { matchPaths: [{ path: "/a/b/c" }] } };
  const metadata = { name: "large" };
  const policy = { apiVersion: "security.kubearmor.com/v1", kind: "KubeArmorPolicy", metadata, spec } as AnyPolicy;
  const verdicts = new PolicyVerdicts(lower(policy), { budget: { states: 3 } });
  expect(verdicts.refused).toEqual([
    { origin: "spec", reason: expect.stringMatching(/^rule set needs 4 states, 3 are the most/) },
  ]);
  expect(verdicts.blocker("file", "read", "/a/b/c")).toBeUndefined();
  expect(new PolicyVerdicts(lower(policy)).blocker("file", "read", "/a/b/c")).toBe("spec.file.matchPaths[0]");
});
