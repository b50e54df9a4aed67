import { describe, expect, it } from "@jest/globals";
import type { Unenforced } from "@portcullis/model";
import { fairParts } from "../src/status-parts.ts";

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
