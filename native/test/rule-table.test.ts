/** Rule tables, read as the kernel reads them; what the kernel makes of them is in the enforcer's kernel-verdicts.test.ts. */
import { describe, expect, it } from "@jest/globals";
import type { Automaton } from "@portcullis/model";
import { pc_category_flag as flag, pc_limit, pc_state_number } from "../src/abi/enums.ts";
import { pc_bucket, pc_header, pc_state } from "../src/abi/structs.ts";
import { PackError } from "../src/errors.ts";
import { componentHash, edgeBuckets, edgeKey, type HashSeed } from "../src/pack/hash.ts";
import { packRules } from "../src/pack/rule-table.ts";
import { automata, exactNames } from "./automata.ts";
import { patterns } from "./pattern-automaton.ts";

const seed: HashSeed = [0x0123456789abcdefn, 0xfedcba9876543210n];
const { PC_BUCKET_SIZE: elementSize } = pc_limit;
const { PC_ROOT_STATE: rootState } = pc_state_number;
const pack = (automaton: Automaton, tableId = 7n) => new DataView(packRules(automaton, { seed, tableId }).data.buffer);
const bucketAt = (table: DataView, index: number) => pc_bucket.decode(table, elementSize * (1 + index)).edges;

/** The state that these components lead to; 0: there is no edge. */
function follow(table: DataView, components: readonly string[]): number {
  const { bucket_mask } = pc_header.decode(table);
  let state: number = rootState;
  for (const name of components) {
    const key = edgeKey(state, componentHash(name, seed));
    const [first, second] = edgeBuckets(key, bucket_mask).map((index) => bucketAt(table, index));
    const reachable = [...first!, ...(first![0]!.overflow ? second! : [])];
    state = reachable.find((edge) => edge.key === key)?.next ?? 0;
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
    const table = pack(automata.exact!);
    expect(follow(table, ["etc", "shadow"])).toBeGreaterThan(rootState);
    expect(follow(table, ["etc", "passwd"])).toBe(0);
    expect(follow(table, ["usr", "bin", "sleep"])).toBeGreaterThan(rootState);
  });
  it("writes the table's id and flags that say which category has rules", () => {
    const { table_id, flags } = pc_header.decode(pack(exactNames(["/etc/shadow"]), 99n));
    expect(table_id).toBe(99n);
    expect(flags & 0xff).toBe(flag.PC_EXACT_ONLY);
    expect((flags >> 8) & 0xff).toBe(flag.PC_HAS_RULES | flag.PC_HAS_BLOCK | flag.PC_EXACT_ONLY);
  });
  it("marks the directories above a Block rule as guarded", () => {
    const blocked = exactNames(["/a/z", "/a/b/c"], 5);
    const [none, first, second] = blocked.lists;
    const table = pack({ ...blocked, lists: [none!, [{ ...first![0]!, effect: "allow" }], second!] });
    const guardOf = (...names: string[]) => {
      const { states_at } = pc_header.decode(table);
      return pc_state.decode(table, elementSize * (states_at + follow(table, names))).guard[1];
    };
    expect(guardOf("a")).toBe(6);
    expect(guardOf("a", "b")).toBe(6);
    expect(guardOf("a", "z")).toBe(0);
  });
  it("guards the program that is the source of a Block rule, and no other source", () => {
    const plain = exactNames(["/a", "/b", "/c"], 5);
    const entry = plain.lists[1]![0]!;
    const automaton = {
      ...plain,
      states: plain.states.map((state, index) => ({ ...state, sourceExact: index })),
      lists: [
        plain.lists[0]!,
        [{ ...entry, source: 1 }],
        [{ ...entry, source: 2, effect: "allow" as const }],
        [{ ...entry, effect: "allow" as const }],
      ],
      sourceSets: [[], [0], [1], [0, 1]],
      sources: 2,
    };
    const table = pack(automaton);
    const guardOf = (name: string) =>
      pc_state.decode(table, elementSize * (pc_header.decode(table).states_at + follow(table, [name]))).guard[1];
    expect(["a", "b", "c"].map(guardOf)).toEqual([entry.ruleId, 0, entry.ruleId]);
  });
  it("packs ten thousand rules at the price of ten times a thousand and finds each again", () => {
    const paths = Array.from({ length: 10_000 }, (_, i) => `/opt/app-${i % 97}/data/${i}/file-${i}.bin`);
    const time = (count: number) => {
      const automaton = exactNames(paths.slice(0, count));
      const begun = performance.now();
      const table = pack(automaton);
      return { table, ms: performance.now() - begun };
    };
    time(1_000); // what is compiled once
    // A ratio within one run, wide enough for a busy machine: a quadratic packer would need a hundred times.
    const thousand = Math.max(time(1_000).ms, time(1_000).ms);
    const { table, ms } = time(10_000);
    expect(ms).toBeLessThan(50 * thousand);
    for (const path of paths) expect(follow(table, path.slice(1).split("/"))).toBeGreaterThan(rootState);
  });
  it("names both components of colliding keys", () => {
    const zero: HashSeed = [0n, 0n];
    expect(() => packRules(exactNames(["/a", "/b"]), { seed: zero, tableId: 1n })).toThrow(/"a".*"b"/);
  });
  it("refuses an automaton that contradicts itself", () => {
    const automaton = exactNames(["/a"]);
    const [root, leaf] = automaton.states;
    const edges = (name: string, next: number) => [{ ...root!, edges: new Map([[name, next]]) }, leaf!];
    const broken: [what: RegExp, automaton: Automaton][] = [
      [/states = empty/, { ...automaton, states: [] }],
      [/categories = 4/, { ...automaton, categories: automaton.categories.slice(1) }],
      [/states\[1\] = 1: no such list/, { ...automaton, lists: [] }],
      [/states\[0\].edges = "a\/b": not a path component/, { ...automaton, states: edges("a/b", 1) }],
      [/states\[0\].edges = 2: no such state/, { ...automaton, states: edges("a", 2) }],
      [/states\[0\] = 3: no such source set/, { ...automaton, states: [{ ...root!, sourceChild: 3 }, leaf!] }],
      [
        /lists\[1\].source = 1: no such source/,
        { ...automaton, lists: [[], [{ ...automaton.lists[1]![0]!, source: 1 }]] },
      ],
      [/sourceSets\[1\] = 0: no such source/, { ...automaton, sourceSets: [[], [0]] }],
    ];
    for (const [what, given] of broken) {
      expect(() => packRules(given, { seed, tableId: 1n })).toThrow(PackError);
      expect(() => packRules(given, { seed, tableId: 1n })).toThrow(what);
    }
  });

  it("writes of patterns the columns, the rows, and where each class leads", () => {
    const table = pack(patterns);
    const { columns_at, rows_at, row_words, states_at, flags, bucket_mask } = pc_header.decode(table);
    const stateAt = (index: number) => pc_state.decode(table, elementSize * (states_at + index));
    expect((flags >> 8) & 0xff).toBe(flag.PC_HAS_RULES | flag.PC_HAS_BLOCK);
    expect(["j", "k"].map((letter) => table.getUint8(elementSize * columns_at + letter.charCodeAt(0)))).toEqual([1, 2]);
    const words = Array.from({ length: 9 }, (_, i) => table.getUint16(elementSize * rows_at + 2 * i, true));
    expect([row_words, words]).toEqual([3, [0, 0, 0, 0, 1, 2, 1, 1, 2]]);
    expect([stateAt(rootState + 1).any, stateAt(rootState + 3).glob]).toEqual([rootState + 4, 1]);
    expect([1, 3, 4].map((index) => stateAt(rootState + index).guard[1])).toEqual([1, 2, 0]);
    const key = edgeKey(pc_state_number.PC_CLASS_STATE + rootState + 3, 1n);
    const found = edgeBuckets(key, bucket_mask).flatMap((index) => bucketAt(table, index));
    expect(found.find((edge) => edge.key === key)?.next).toBe(rootState + 5);
  });
  it("refuses patterns that contradict themselves", () => {
    const globs = patterns.globs!;
    const changed = (index: number, change: Partial<Automaton["states"][number]>): Automaton => ({
      ...patterns,
      states: patterns.states.map((state, at) => (at === index ? { ...state, ...change } : state)),
    });
    const broken: [what: RegExp, automaton: Automaton][] = [
      [/globs.columns = 3/, { ...patterns, globs: { ...globs, columns: new Uint8Array(3) } }],
      [/globs.rows\[0\] = 2: it has too few columns/, { ...patterns, globs: { ...globs, rows: [[0, 0]] } }],
      [/globs.rows\[1\] = 1: expected 3 words/, { ...patterns, globs: { ...globs, rows: [[0, 0, 0], [1]] } }],
      [/globs.rows\[0\] = a word: row 0 leads/, { ...patterns, globs: { ...globs, rows: [[1, 0, 0]] } }],
      [
        /globs.rows\[1\] = a word: no such row/,
        {
          ...patterns,
          globs: {
            ...globs,
            rows: [
              [0, 0, 0],
              [0, 2, 0],
            ],
          },
        },
      ],
      [/states\[1\].any = 9: no such state/, changed(1, { any: 9 })],
      [/states\[3\].glob = 7: no such row/, changed(3, { glob: { row: 7, classes: new Map() } })],
      [/states\[3\].glob = 9: no such state/, changed(3, { glob: { row: 1, classes: new Map([[1, 9]]) } })],
      [/states\[1\].any = 4: there are no patterns/, { ...patterns, globs: undefined }],
    ];
    for (const [what, given] of broken) expect(() => packRules(given, { seed, tableId: 1n })).toThrow(what);
  });
});
