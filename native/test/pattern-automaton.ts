/** An automaton with patterns, written out as the policy package would compile it. */
import type { Automaton } from "@portcullis/model";
import { category, entry, state } from "./automata.ts";

/** Block rules for "/a/*", in which "x" is an edge of its own, and for what ends in "k" below "/b". */
export const patterns: Automaton = {
  states: [
    state({ a: 1, b: 3 }),
    state({ x: 2 }, { any: 4, guard: [0, 1] }),
    state({}, { exact: [0, 1] }),
    state({}, { glob: { row: 1, classes: new Map([[1, 5]]) }, guard: [0, 2] }),
    state({}, { exact: [0, 1], isOfPattern: true }),
    state({}, { exact: [0, 2], isOfPattern: true }),
  ],
  lists: [[], [entry(1, "block")], [entry(2, "block")]],
  sourceSets: [[]],
  sources: 0,
  categories: [category(), { ...category("hasRules"), patterns: true }, category(), category(), category()],
  globs: {
    columns: Uint8Array.from({ length: 256 }, (_, byte) => (byte === 0 || byte === 0x2f ? 0 : byte === 0x6b ? 2 : 1)),
    rows: [
      [0, 0, 0],
      [0, 1, 2],
      [1, 1, 2],
    ],
  },
};
