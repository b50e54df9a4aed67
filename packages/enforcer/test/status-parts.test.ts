import { describe, expect, it } from "@jest/globals";
import type { PolicyNotices, Unenforced } from "@portcullis/model";
import fc from "fast-check";
import { fairParts, fittingNotices } from "../src/status-parts.ts";

const part = (namespace: string, n: number, name = "p"): Unenforced => ({
  policy: { kind: "KubeArmorPolicy", namespace, name },
  origin: `spec.file.matchPaths[${n}]`,
  reason: "over budget",
});

describe("the parts that a node sends", () => {
  it("are all of them, with their number, when they are few", () => {
    const parts = [part("a", 0), part("a", 1), part("b", 0)];
    const sent = fairParts(parts, 256);
    expect(new Set(sent.unenforced)).toEqual(new Set(parts));
    expect(sent.unenforcedInAll).toEqual({ parts: 3, policies: 2 });
    expect(fairParts([], 256)).toEqual({ unenforced: [] });
  });

  it("hold one of every policy before they hold two of one: a tenant cannot hide another's", () => {
    const loud = Array.from({ length: 1_000 }, (_, n) => part("loud", n));
    const { unenforced, unenforcedInAll } = fairParts([...loud, part("quiet", 0), part("quiet", 1)], 256);
    expect(unenforced).toHaveLength(256);
    expect(unenforced.filter(({ policy }) => policy.namespace === "quiet")).toHaveLength(2);
    expect(unenforcedInAll).toEqual({ parts: 1_002, policies: 2 });
  });

  it("say how many policies there are when not even one of each fits", () => {
    const many = Array.from({ length: 300 }, (_, n) => part("a", 0, `p${n}`));
    const { unenforced, unenforcedInAll } = fairParts(many, 256);
    expect(unenforced).toHaveLength(256);
    expect(unenforcedInAll).toEqual({ parts: 300, policies: 300 });
  });
});

describe("the notices that are sent", () => {
  const policy = (name: string) => ({ kind: "KubeArmorPolicy", namespace: "shop", name }) as const;
  const named = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ origin: `spec.file[${i}]`, name: "/x", why: "" }));
  const of = (name: string, count: number): PolicyNotices => ({
    ...{ policy: policy(name), namesNothing: named(count), unprotectedSources: [] },
  });

  it("are all of them where there is room", () =>
    expect(fittingNotices([of("a", 2), of("b", 1)], 3_072)).toEqual({ notices: [of("a", 2), of("b", 1)], cut: false }));

  it("hold something of every policy before more of one, and say that there was more", () => {
    const { notices, cut } = fittingNotices([of("loud", 1_000), of("quiet", 1)], 512);
    expect(cut).toBe(false);
    expect(notices.map(({ policy: { name }, cut: isCut }) => [name, isCut])).toEqual([
      ["loud", true],
      ["quiet", undefined],
    ]);
  });

  it("name the policies that are still looked at last, and say when one is missing", () => {
    const pending = (name: string) => ({ ...of(name, 0), pending: true });
    const { notices, cut } = fittingNotices([pending("a"), of("b", 1), pending("c")], 120);
    expect([notices.map(({ policy: { name } }) => name), cut]).toEqual([["a", "b"], true]);
  });

  it("leave out a name that is too long, and nothing else for it", () => {
    const long = { origin: "spec.file[0]", name: `/${"x".repeat(4_000)}`, why: "" };
    const { notices, cut } = fittingNotices([{ ...of("a", 1), unprotectedSources: [long] }], 3_072);
    expect({ notices, cut }).toEqual({ notices: [{ ...of("a", 1), cut: true }], cut: false });
  });

  it("are never longer than their room", () => {
    const bytes = (value: unknown): number =>
      typeof value === "string" ? value.length : Object.values(value ?? {}).reduce((sum, one) => sum + bytes(one), 0);
    fc.assert(
      fc.property(fc.array(fc.nat(60), { maxLength: 20 }), fc.nat(4_000), (counts, most) => {
        const all = counts.map((count, i) => of(`p${i}`, count));
        expect(bytes(fittingNotices(all, most).notices)).toBeLessThanOrEqual(most);
      }),
    );
  });
});
