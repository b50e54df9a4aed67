/**
 * Automata written out, as the policy package would compile them: what the tests of the packer pack. Nothing is compiled
 * here; a test that needs rules compiled is one of the enforcer's or of e2e, which may import the compiler.
 */
import type { Automaton, AutomatonCategory, AutomatonEntry, AutomatonState } from "@portcullis/model";

/** A state; what is not given is 0: no list, no source set. */
export const state = (
  edges: Record<string, number>,
  rest: Partial<Omit<AutomatonState, "edges">> = {},
): AutomatonState => ({
  edges: new Map(Object.entries(edges)),
  exact: [0, 0],
  child: [0, 0],
  below: [0, 0],
  sourceExact: 0,
  sourceChild: 0,
  sourceBelow: 0,
  ...rest,
});

export const entry = (
  ruleId: number,
  effect: AutomatonEntry["effect"],
  rest: Partial<Omit<AutomatonEntry, "ruleId" | "effect">> = {},
): AutomatonEntry => ({
  ruleId,
  effect,
  source: 0,
  readOnly: false,
  ownerOnly: false,
  noTerminal: false,
  quiet: false,
  ...rest,
});

/** What is true of a category. */
export const category = (...true_: (keyof AutomatonCategory)[]): AutomatonCategory => ({
  hasRules: true_.includes("hasRules"),
  writeOnly: true_.includes("writeOnly"),
  allowList: true_.includes("allowList"),
  postureBlock: true_.includes("postureBlock"),
});

const notAscii = "größe";

export const automata: Readonly<Record<string, Automaton>> = {
  exact: {
    states: [
      state({ etc: 1, usr: 3 }),
      state({ shadow: 2 }),
      state({}, { exact: [0, 1] }),
      state({ bin: 4 }),
      state({ sleep: 5 }),
      state({}, { exact: [2, 0] }),
    ],
    lists: [[], [entry(7, "block")], [entry(9, "block")]],
    sourceSets: [[]],
    sources: 0,
    categories: [category("hasRules"), category("hasRules", "writeOnly"), category(), category(), category()],
  },
  directories: {
    states: [
      state({ lab: 1, "a-name-of-exactly-forty-bytes-0123456789": 8 }),
      state({ dir: 2, tree: 3, bin: 5 }),
      state({}, { exact: [0, 1], child: [0, 2] }),
      state({ open: 4 }, { exact: [0, 3], child: [0, 4], below: [0, 5] }),
      state({}, { exact: [0, 6], child: [0, 7], below: [0, 8] }),
      state({ sub: 6 }, { exact: [9, 0], child: [10, 0] }),
      state({ audited: 7 }, { exact: [11, 0] }),
      state({}, { exact: [12, 0] }),
      state({ [notAscii]: 9 }),
      state({}, { exact: [0, 13] }),
    ],
    lists: [
      [],
      [entry(1, "block")],
      [entry(1, "block")],
      [entry(2, "block")],
      [entry(2, "block")],
      [entry(2, "block")],
      [entry(3, "allow"), entry(2, "block")],
      [entry(2, "block")],
      [entry(2, "block")],
      [entry(4, "block")],
      [entry(4, "block")],
      [entry(4, "block")],
      [entry(5, "audit")],
      [entry(6, "block")],
    ],
    sourceSets: [[]],
    sources: 0,
    categories: [category("hasRules"), category("hasRules"), category(), category(), category()],
  },
  sources: {
    states: [
      state({ lab: 1, usr: 4 }),
      state({ data: 2, head: 3, tree: 7, child: 8, callers: 12 }),
      state({}, { exact: [0, 1] }),
      state({}, { exact: [0, 2] }),
      state({ bin: 5 }, { sourceExact: 1, sourceChild: 2, sourceBelow: 3 }),
      state({ env: 6, cat: 9, head: 10, dash: 11 }, { sourceExact: 4, sourceChild: 5, sourceBelow: 6 }),
      state({}, { exact: [3, 0], sourceExact: 7, sourceChild: 8, sourceBelow: 9 }),
      state({}, { exact: [0, 4] }),
      state({}, { exact: [0, 5] }),
      state({}, { sourceExact: 10, sourceChild: 11, sourceBelow: 12 }),
      state({}, { sourceExact: 13, sourceChild: 14, sourceBelow: 15 }),
      state({}, { sourceExact: 16, sourceChild: 17, sourceBelow: 18 }),
      state({}, { sourceExact: 19, sourceChild: 20 }),
    ],
    lists: [
      [],
      [entry(1, "allow", { source: 1 }), entry(2, "block")],
      [entry(3, "block", { source: 2 })],
      [entry(4, "block", { source: 3 })],
      [entry(5, "block", { source: 4 })],
      [entry(6, "block", { source: 5 })],
    ],
    sourceSets: [
      [],
      [3],
      [3],
      [3],
      [3],
      [3],
      [3],
      [3],
      [3],
      [3],
      [0, 3],
      [3],
      [3],
      [1, 3],
      [3],
      [3],
      [2, 3],
      [3],
      [3],
      [4],
      [4],
    ],
    sources: 5,
    categories: [category("hasRules"), category("hasRules"), category(), category(), category()],
  },
  conditions: {
    states: [
      state({ lab: 1 }),
      state({ "read-only": 2, owned: 3, tty: 4, "owned-tty": 5, mine: 6, audited: 7 }),
      state({}, { exact: [0, 1] }),
      state({}, { exact: [0, 2] }),
      state({}, { exact: [0, 3] }),
      state({}, { exact: [0, 4] }),
      state({}, { exact: [5, 0] }),
      state({}, { exact: [0, 6] }),
    ],
    lists: [
      [],
      [entry(1, "block", { readOnly: true })],
      [entry(2, "block", { ownerOnly: true })],
      [entry(3, "block", { noTerminal: true })],
      [entry(4, "allow", { ownerOnly: true, noTerminal: true })],
      [entry(5, "block", { ownerOnly: true })],
      [entry(4000000000, "audit", { readOnly: true })],
    ],
    sourceSets: [[]],
    sources: 0,
    categories: [category("hasRules"), category("hasRules"), category(), category(), category()],
  },
  "allow-list": {
    states: [
      state({ usr: 1, etc: 2, lab: 3 }),
      state({}, { exact: [1, 0], child: [2, 0], below: [3, 0] }),
      state({}, { exact: [0, 4], child: [0, 5], below: [0, 6] }),
      state({ allowed: 4, tree: 5 }),
      state({}, { exact: [0, 7] }),
      state({ blocked: 6 }, { exact: [0, 8], child: [0, 9], below: [0, 10] }),
      state({}, { exact: [0, 11], child: [0, 12], below: [0, 13] }),
    ],
    lists: [
      [],
      [entry(1, "allow")],
      [entry(1, "allow")],
      [entry(1, "allow")],
      [entry(2, "allow", { readOnly: true, quiet: true })],
      [entry(2, "allow", { readOnly: true, quiet: true })],
      [entry(2, "allow", { readOnly: true, quiet: true })],
      [entry(3, "allow")],
      [entry(4, "allow")],
      [entry(4, "allow")],
      [entry(4, "allow")],
      [entry(5, "block"), entry(4, "allow")],
      [entry(4, "allow")],
      [entry(4, "allow")],
    ],
    sourceSets: [[]],
    sources: 0,
    categories: [
      category("hasRules", "allowList", "postureBlock"),
      category("hasRules", "allowList"),
      category(),
      category(),
      category(),
    ],
  },
  empty: {
    states: [state({})],
    lists: [[]],
    sourceSets: [[]],
    sources: 0,
    categories: [category(), category(), category(), category(), category()],
  },
};

/** An automaton in which each of these names has a Block rule of its own, numbered from `firstId`, and nothing else has one. */
export function exactNames(paths: readonly string[], firstId = 1): Automaton {
  const states: (AutomatonState & { edges: Map<string, number>; exact: [number, number] })[] = [];
  const add = () => states.push({ ...state({}), edges: new Map(), exact: [0, 0] }) - 1;
  add();
  const lists: AutomatonEntry[][] = [[]];
  for (const [index, path] of paths.entries()) {
    let at = 0;
    for (const name of path.slice(1).split("/")) {
      const next = states[at]!.edges.get(name) ?? add();
      states[at]!.edges.set(name, next);
      at = next;
    }
    states[at]!.exact[1] = lists.push([entry(firstId + index, "block")]) - 1;
  }
  return {
    states,
    lists,
    sourceSets: [[]],
    sources: 0,
    categories: [category(), category("hasRules"), category(), category(), category()],
  };
}

/** An automaton of one name that only the last of many sources may not touch: its source sets have several words. */
export function manySources(count: number): Automaton {
  const programs = Array.from({ length: count }, (_, index) => `program-${index}`);
  const { states, lists, ...rest } = exactNames(["/data", ...programs.map((name) => `/bin/${name}`)]);
  return {
    ...rest,
    states: states.map((one, index) => (index < 3 ? one : { ...one, exact: [0, 0], sourceExact: index - 2 })),
    lists: [[], [{ ...lists[1]![0]!, source: count }]],
    sourceSets: [[], ...programs.map((_, index) => [index, (index * 7) % count].sort((a, b) => a - b))],
    sources: count,
  };
}
