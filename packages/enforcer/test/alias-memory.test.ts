import { describe, expect, it } from "@jest/globals";
import { aliasesKey, aliasesOfKey, noAliases } from "../src/bind/alias-memory.ts";
import { fixedAliases } from "./reconciling-node.ts";

describe("the key of aliases", () => {
  it("does not depend on their order", () => {
    const a: [string, string[]] = ["/a", ["/1"]];
    const b: [string, string[]] = ["/b", ["/2"]];
    expect(aliasesKey(fixedAliases(a, b))).toBe(aliasesKey(fixedAliases(b, a)));
    expect(aliasesKey(fixedAliases(a))).not.toBe(aliasesKey(fixedAliases(b)));
  });
  it("says which are fixed, and gives all back", () => {
    const some = {
      aliases: new Map([["/a", ["/1", "/2"]]]),
      fixedAliases: new Map([["/a", ["/2"]]]),
      links: new Map([["/a", ["/0"]]]),
    };
    expect(aliasesKey(some)).not.toBe(aliasesKey(fixedAliases(["/a", ["/1", "/2"]])));
    expect(aliasesOfKey(aliasesKey(some))).toEqual(some);
    expect(aliasesOfKey(aliasesKey(noAliases))).toEqual(noAliases);
  });
});
