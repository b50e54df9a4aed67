/**
 * The packer: turns a component automaton (what the policy package compiles a rule set to) into an image, the bytes the
 * kernel engine reads. The layout is native/include/abi.h's; nothing is decided here that the compiler has not decided,
 * but for what follows from the lists alone (leaf filter, guards above Block rules, flags).
 */

import type { Automaton, AutomatonEntry, AutomatonState } from "@portcullis/model";
import type { RuleTable } from "./types.ts";
import { componentHash, edgeKey, type HashSeed } from "./hash.ts";
import { EdgeTable } from "./image-edges.ts";
import { PackError } from "./image-errors.ts";

export interface PackOptions {
  /** The node's secret, the same the engine was loaded with. */
  readonly seed: HashSeed;
  /** Unique for every rule table bound on this node, not 0. */
  readonly tableId: bigint;
}

export { PackError } from "./image-errors.ts";

export const abiVersion = 1;
export const elementSize = 64;
const entriesPerElement = 4;
const wordsPerElement = 8;
const categoryCount = 2;
const leafState = 0xffffffff;

const flag = {
  hasRules: 1,
  writeOnly: 2,
  allowList: 4,
  postureBlock: 8,
  hasBlock: 16,
  exactOnly: 32,
  asksOwner: 64,
  asksTty: 128,
};
const entryFlag = { last: 1, block: 2, allow: 4, audit: 8, readOnly: 16, ownerOnly: 32, noTerminal: 64, quiet: 128 };

/** Packs an automaton. Throws PackError: IMAGE_COLLISION (choose another seed) or IMAGE_INVALID (a compiler's fault). */
export function packRules(automaton: Automaton, options: PackOptions): RuleTable {
  check(automaton);
  const { states, lists, sourceSets } = automaton;
  const entryStarts = startsOf(lists);
  const entryTotal = 1 + lists.reduce((sum, list) => sum + list.length, 0);
  const sourceWords = Math.ceil(automaton.sources / 64);
  const edges = collectEdges(automaton, options.seed);

  const statesAt = 1 + edges.buckets;
  const entriesAt = statesAt + 1 + states.length;
  const sourcesAt = entriesAt + Math.ceil(entryTotal / entriesPerElement);
  const elements = sourcesAt + Math.ceil((Math.max(sourceSets.length, 1) * sourceWords) / wordsPerElement);
  const data = new Uint8Array(elements * elementSize);
  const view = new DataView(data.buffer);

  view.setUint32(0, abiVersion, true);
  view.setUint32(4, headerFlags(automaton), true);
  view.setBigUint64(8, options.tableId, true);
  const words = [edges.buckets - 1, statesAt, entriesAt, sourcesAt, sourceWords, depth(states)];
  for (const [index, word] of words.entries()) view.setUint32(16 + index * 4, word, true);
  edges.write(view, elementSize);
  writeStates(view, statesAt * elementSize, automaton, entryStarts);
  writeEntries(view, entriesAt * elementSize, lists, entryStarts);
  writeSources(view, sourcesAt * elementSize, sourceSets, sourceWords);
  return { elements, data };
}

/** A copy of a rule table under another id: what a rule set compiles to is packed once, and bound many times. */
export function withTableId(table: RuleTable, tableId: bigint): RuleTable {
  const data = table.data.slice();
  new DataView(data.buffer).setBigUint64(8, tableId, true);
  return { elements: table.elements, data };
}

function check(automaton: Automaton): void {
  const { states, lists, sourceSets, sources, categories } = automaton;
  if (states.length === 0) throw PackError.invalid("states", "empty", "the root state is missing");
  if (categories.length !== categoryCount)
    throw PackError.invalid("categories", categories.length, `expected ${categoryCount}: process, file`);
  for (const [index, state] of states.entries()) {
    for (const [name, next] of state.edges) {
      if (name === "" || name.includes("/") || name.includes("\0"))
        throw PackError.invalid(`states[${index}].edges`, JSON.stringify(name), "not a path component");
      if (!(next > 0 && next < states.length)) throw PackError.invalid(`states[${index}].edges`, next, "no such state");
    }
    const used = [...state.exact, ...state.child, ...state.below];
    for (const list of used)
      if (list !== 0 && !lists[list]?.length) throw PackError.invalid(`states[${index}]`, list, "no such list");
    for (const set of [state.sourceExact, state.sourceChild, state.sourceBelow])
      if (set !== 0 && !sourceSets[set]) throw PackError.invalid(`states[${index}]`, set, "no such source set");
  }
  for (const [index, list] of lists.entries())
    for (const entry of list)
      if (entry.source > sources) throw PackError.invalid(`lists[${index}].source`, entry.source, "no such source");
  for (const [index, set] of sourceSets.entries())
    for (const source of set)
      if (!(source >= 0 && source < sources)) throw PackError.invalid(`sourceSets[${index}]`, source, "no such source");
}

function startsOf(lists: Automaton["lists"]): number[] {
  let next = 1;
  return lists.map((list) => {
    const start = list.length === 0 ? 0 : next;
    next += list.length;
    return start;
  });
}

/** Deepest state below the root, in components. */
function depth(states: readonly AutomatonState[]): number {
  let deepest = 0;
  const pending: [number, number][] = [[0, 0]];
  for (let item = pending.pop(); item; item = pending.pop()) {
    deepest = Math.max(deepest, item[1]);
    for (const next of states[item[0]]!.edges.values()) pending.push([next, item[1] + 1]);
  }
  return deepest;
}

function collectEdges(automaton: Automaton, seed: HashSeed): EdgeTable {
  const hashes = new Map<string, bigint>();
  const hash = (name: string): bigint => {
    const known = hashes.get(name);
    if (known !== undefined) return known;
    const made = componentHash(name, seed);
    hashes.set(name, made);
    return made;
  };
  const table = new EdgeTable();
  const leaves: [Set<string>, Set<string>] = [new Set(), new Set()];
  for (const [index, state] of automaton.states.entries())
    for (const [name, next] of state.edges) {
      table.add(edgeKey(index + 1, hash(name)), next + 1, `"${name}" after state ${index}`);
      for (const [category, names] of leaves.entries())
        if (automaton.states[next]!.exact[category] !== 0) names.add(name);
    }
  for (const [category, names] of leaves.entries())
    if (exactOnly(automaton, category))
      for (const name of names) table.add(edgeKey(leafState - category, hash(name)), 1, `last component "${name}"`);
  table.place();
  return table;
}

/** No list of the category but exact ones, and none for "/": a name whose last component is in no rule cannot match. */
function exactOnly(automaton: Automaton, category: number): boolean {
  const { states } = automaton;
  return states[0]!.exact[category] === 0 && states.every((s) => s.child[category] === 0 && s.below[category] === 0);
}

function headerFlags(automaton: Automaton): number {
  let flags = 0;
  for (const [index, category] of automaton.categories.entries()) {
    let bits = category.hasRules ? flag.hasRules : 0;
    if (category.writeOnly) bits |= flag.writeOnly;
    if (category.allowList) bits |= flag.allowList;
    if (category.postureBlock) bits |= flag.postureBlock;
    if (automaton.states.some((state) => blockIn(automaton, state, index) !== 0)) bits |= flag.hasBlock;
    if (exactOnly(automaton, index)) bits |= flag.exactOnly;
    if (asks(automaton, index, (entry) => entry.ownerOnly)) bits |= flag.asksOwner;
    if (asks(automaton, index, (entry) => entry.noTerminal)) bits |= flag.asksTty;
    flags |= bits << (index * 8);
  }
  return flags >>> 0;
}

/** Has some entry of the category's lists this property? */
function asks(automaton: Automaton, category: number, property: (entry: AutomatonEntry) => boolean): boolean {
  const used = automaton.states.flatMap((s) => [s.exact[category], s.child[category], s.below[category]]);
  return [...new Set(used)].some((list) => list && automaton.lists[list]!.some(property));
}

/** Id of a Block rule in the state's own lists, 0 = none. */
function blockIn(automaton: Automaton, state: AutomatonState, category: number): number {
  for (const list of [state.exact[category]!, state.child[category]!, state.below[category]!])
    for (const entry of automaton.lists[list] ?? []) if (entry.effect === "block") return entry.ruleId;
  return 0;
}

/** For every state: id of a Block rule for a name strictly below it that needs a state of its own, 0 = none. */
function guards(automaton: Automaton, category: number): Uint32Array {
  const { states } = automaton;
  const found = new Uint32Array(states.length);
  const order: number[] = [];
  const pending = [0];
  for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
    order.push(index);
    pending.push(...states[index]!.edges.values());
  }
  for (const index of order.reverse())
    for (const next of states[index]!.edges.values())
      found[index] ||= blockIn(automaton, states[next]!, category) || found[next]!;
  return found;
}

function writeStates(view: DataView, at: number, automaton: Automaton, starts: readonly number[]): void {
  const guard = [guards(automaton, 0), guards(automaton, 1)] as const;
  for (const [index, state] of automaton.states.entries()) {
    const lists = [...state.exact, ...state.child, ...state.below].map((list) => starts[list] ?? 0);
    const words = [...lists, guard[0][index]!, guard[1][index]!];
    words.push(state.sourceExact, state.sourceChild, state.sourceBelow);
    for (const [place, word] of words.entries()) view.setUint32(at + (index + 1) * elementSize + place * 4, word, true);
  }
}

function writeEntries(view: DataView, at: number, lists: Automaton["lists"], starts: readonly number[]): void {
  for (const [index, list] of lists.entries())
    for (const [place, entry] of list.entries()) {
      let bits = entryFlag[entry.effect];
      if (place === list.length - 1) bits |= entryFlag.last;
      if (entry.readOnly) bits |= entryFlag.readOnly;
      if (entry.ownerOnly) bits |= entryFlag.ownerOnly;
      if (entry.noTerminal) bits |= entryFlag.noTerminal;
      if (entry.quiet) bits |= entryFlag.quiet;
      const offset = at + (starts[index]! + place) * 16;
      view.setUint32(offset, entry.ruleId, true);
      view.setUint32(offset + 4, entry.source, true);
      view.setUint32(offset + 8, bits, true);
    }
}

function writeSources(view: DataView, at: number, sets: Automaton["sourceSets"], words: number): void {
  for (const [index, set] of sets.entries())
    for (const source of set) {
      const offset = at + (index * words + Math.floor(source / 64)) * 8;
      view.setBigUint64(offset, view.getBigUint64(offset, true) | (1n << BigInt(source % 64)), true);
    }
}
