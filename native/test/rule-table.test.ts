import { describe, expect, it } from "@jest/globals";
import { PackError } from "../src/errors.ts";
import { componentHash, edgeBuckets, edgeKey, type HashSeed } from "../src/pack/hash.ts";
import { packRules } from "../src/pack/rule-table.ts";
import { automatonOf, type SimpleRule } from "./engine-automaton.ts";

const seed: HashSeed = [0x0123456789abcdefn, 0xfedcba9876543210n];
const pack = (rules: readonly SimpleRule[], tableId = 7n) => packRules(automatonOf(rules), { seed, tableId });

/** Reads an image as the kernel does: state reached by these components, 0 = no edge. */
function follow(data: Uint8Array, components: readonly string[]): number {
  const view = new DataView(data.buffer);
  const mask = view.getUint32(16, true);
  let state = 1;
  for (const name of components) {
    const key = edgeKey(state, componentHash(name, seed));
    const [first, second] = edgeBuckets(key, mask);
    const look = (bucket: number): number => {
      for (let at = 64 * (1 + bucket); at < 64 * (2 + bucket); at += 16)
        if (view.getBigUint64(at, true) === key) return view.getUint32(at + 8, true);
      return 0;
    };
    state = look(first) || (view.getUint32(64 * (1 + first) + 12, true) ? look(second) : 0);
    if (state === 0) return 0;
  }
  return state;
}

describe("component hash", () => {
  it("depends on the length, not only on the bytes' words", () => {
    const names = ["a", "ab", "abcdefgh", "abcdefghi", "abcdefgh\u0001", "b"];
    expect(new Set(names.map((name) => componentHash(name, seed))).size).toBe(names.length);
  });
  it("differs from seed to seed", () => {
    expect(componentHash("passwd", seed)).not.toBe(componentHash("passwd", [seed[0] + 1n, seed[1]]));
  });
  it("is the same for a string and its UTF-8 bytes", () => {
    expect(componentHash("größe", seed)).toBe(componentHash(new TextEncoder().encode("größe"), seed));
  });
});

describe("packRules", () => {
  it("leads to a state for every rule and to none for other names", () => {
    const { data } = pack([{ path: "/etc/shadow" }, { path: "/usr/bin/cat", category: "process" }]);
    expect(follow(data, ["etc", "shadow"])).toBeGreaterThan(1);
    expect(follow(data, ["etc", "passwd"])).toBe(0);
    expect(follow(data, ["usr", "bin", "cat"])).toBeGreaterThan(1);
  });
  it("writes the generation and flags that say which category has rules", () => {
    const view = new DataView(pack([{ path: "/etc/shadow" }], 99n).data.buffer);
    expect(view.getBigUint64(8, true)).toBe(99n);
    expect(view.getUint32(4, true) & 0xff).toBe(0x20);
    expect((view.getUint32(4, true) >> 8) & 0xff).toBe(0x01 | 0x10 | 0x20);
  });
  it("marks the directories above a Block rule as guarded", () => {
    const { data } = pack([
      { path: "/a/b/c", id: 5 },
      { path: "/a/z", id: 6, effect: "allow" },
    ]);
    const view = new DataView(data.buffer);
    const guardOf = (...names: string[]) =>
      view.getUint32(64 * (view.getUint32(20, true) + follow(data, names)) + 28, true);
    expect(guardOf("a")).toBe(5);
    expect(guardOf("a", "b")).toBe(5);
    expect(guardOf("a", "z")).toBe(0);
  });
  it("packs ten thousand rules at the price of ten times a thousand and finds each again", () => {
    const path = (i: number) => `/opt/app-${i % 97}/data/${i}/file-${i}.bin`;
    const rules = Array.from({ length: 10_000 }, (_, i) => ({ path: path(i) }));
    const time = (count: number) => {
      const automaton = automatonOf(rules.slice(0, count));
      const begun = performance.now();
      const { data } = packRules(automaton, { seed, tableId: 1n });
      return { data, ms: performance.now() - begun };
    };
    time(1_000); // what is compiled once
    // A ratio within one run, wide enough for a busy machine: a quadratic packer would need a hundred times.
    const thousand = Math.max(time(1_000).ms, time(1_000).ms);
    const { data, ms } = time(10_000);
    expect(ms).toBeLessThan(50 * thousand);
    for (const { path } of rules) expect(follow(data, path.slice(1).split("/"))).toBeGreaterThan(1);
  });
  it("names both components of colliding keys", () => {
    const zero: HashSeed = [0n, 0n];
    const pair = [{ path: "/a" }, { path: "/b" }];
    expect(() => packRules(automatonOf(pair), { seed: zero, tableId: 1n })).toThrow(/"a".*"b"/);
  });
  it("refuses an automaton that contradicts itself", () => {
    const automaton = automatonOf([{ path: "/a" }]);
    expect(() => packRules({ ...automaton, lists: [] }, { seed, tableId: 1n })).toThrow(PackError);
  });
});
