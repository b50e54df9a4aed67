import { describe, expect, it } from "@jest/globals";
import type { AnyPolicy } from "@portcullis/api";
import { encodeRuleSet } from "@portcullis/bus";
import { buildRuleSet, lower } from "@portcullis/policy";
import fc from "fast-check";

const posture = { file: "block", network: "audit", capabilities: "audit" } as const;

/** Random policies that share names of objects, and equal ones. */
const spec = fc
  .record({
    category: fc.constantFrom("process", "file"),
    action: fc.constantFrom("Allow", "Audit", "Block"),
    paths: fc.array(fc.constantFrom("/a", "/b", "/a/b"), { minLength: 1, maxLength: 3 }),
    sources: fc.constantFrom(undefined, [{ path: "/s" }, { dir: "/t/" }]),
    severity: fc.constantFrom(1, 5),
  })
  .map(({ category, action, paths, sources, severity }) => {
    const matchPaths = paths.map((path) => ({ path, ...(sources && { fromSource: sources }) }));
    return { severity, [category]: { action, matchPaths } };
  });

const policy = (content: object, i: number): AnyPolicy =>
  ({ kind: "KubeArmorPolicy", metadata: { name: `p${i}`, namespace: `n${i % 2}` }, spec: content }) as AnyPolicy;

describe("the bytes of a rule set", () => {
  it("are the same whatever order the policies arrive in, so that every controller gives it one digest", () => {
    const arrival = fc
      .array(spec, { minLength: 1, maxLength: 6 })
      .map((specs) => specs.map((content, i) => lower(policy(content, i))))
      .chain((given) => fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length })));
    fc.assert(
      fc.property(arrival, ([given, shuffled]) => {
        const bytes = (lowered: typeof given) => Buffer.from(encodeRuleSet(buildRuleSet(lowered, { posture })!));
        expect(bytes(shuffled).equals(bytes(given))).toBe(true);
      }),
    );
  });
});
