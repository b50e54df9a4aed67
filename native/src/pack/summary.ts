/**
 * What follows from an automaton's lists alone and spares the kernel work: the flags in the header, by which an operation
 * leaves before its name is walked, and the guards above Block rules.
 */
import type { Automaton, AutomatonCategory, AutomatonEntry, AutomatonState } from "@portcullis/model";
import { pc_category_flag as flag, pc_category } from "../abi/enums.ts";

/** Where an automaton has the category of DNS; in rule tables it is another number, and its flags are apart. */
export const dnsIndex = pc_category.PC_CATEGORIES;

/** The flags of all categories but DNS, as the header has them. */
export function headerFlags(automaton: Automaton): number {
  const shifted = automaton.categories
    .slice(0, dnsIndex)
    .map((_, category) => categoryFlags(automaton, category, automaton.categories[category]!) << (category * 8));
  return shifted.reduce((all, one) => all | one, 0) >>> 0;
}

export function dnsFlags(automaton: Automaton): number {
  return categoryFlags(automaton, pc_category.PC_CATEGORY_DNS, automaton.categories[dnsIndex]!);
}

function categoryFlags(automaton: Automaton, category: number, summary: AutomatonCategory): number {
  const { hasRules, writeOnly, allowList, postureBlock } = summary;
  const holds: readonly (readonly [bit: number, holds: boolean])[] = [
    [flag.PC_HAS_RULES, hasRules],
    [flag.PC_WRITE_ONLY, writeOnly],
    [
      flag.PC_ASKS_ARGS,
      category === pc_category.PC_CATEGORY_PROCESS &&
        someEntry(automaton, category, ({ argumentSet }) => argumentSet !== undefined),
    ],
    [flag.PC_ALLOW_LIST, allowList],
    [flag.PC_POSTURE_BLOCK, postureBlock],
    [flag.PC_HAS_BLOCK, someEntry(automaton, category, ({ effect }) => effect === "block")],
    [flag.PC_EXACT_ONLY, exactOnly(automaton, category)],
    [flag.PC_ASKS_OWNER, someEntry(automaton, category, (entry) => entry.ownerOnly)],
    [flag.PC_ASKS_TTY, someEntry(automaton, category, (entry) => entry.noTerminal)],
  ];
  return holds.reduce((bits, [bit, isSo]) => (isSo ? bits | bit : bits), 0);
}

/**
 * Are there no lists but exact ones of names, and none for "/"? Then a name whose last component is in no rule cannot match. That of a multi-call
 * program is in none.
 */
export function exactOnly({ states, categories, hasApplets }: Automaton, category: number): boolean {
  if (category >= pc_category.PC_NAMED_CATEGORIES) return false;
  if (hasApplets && category === pc_category.PC_CATEGORY_PROCESS) return false;
  if (categories[category]!.patterns) return false;
  return states[0]!.exact[category] === 0 && states.every((s) => s.child[category] === 0 && s.below[category] === 0);
}

/** Has some entry of the category's lists this property? */
function someEntry(automaton: Automaton, category: number, property: (entry: AutomatonEntry) => boolean): boolean {
  return listsOf(automaton, category).some((list) => automaton.lists[list]!.some(property));
}

/** The lists of a category that are not empty, each once. */
function listsOf(automaton: Automaton, category: number): number[] {
  const ofNumbers =
    numberedObjects(automaton)
      .find(([of]) => of === category)?.[1]
      .values() ?? [];
  if (category === pc_category.PC_CATEGORY_DNS) return [...new Set(automaton.domains?.values() ?? [])];
  const ofNames = automaton.states.flatMap((s) => [s.exact[category], s.child[category], s.below[category]]);
  const ofAddresses = category === pc_category.PC_CATEGORY_NETWORK ? addressLists(automaton) : [];
  const ofNoName = category === pc_category.PC_CATEGORY_PROCESS ? [automaton.nameless] : [];
  return [...new Set([...ofNames, ...ofNumbers, ...ofAddresses, ...ofNoName])].filter(
    (list): list is number => list !== undefined && list !== 0,
  );
}

const addressLists = ({ addresses }: Automaton): number[] =>
  addresses ? [...addresses.ranges.map(({ list }) => list), ...addresses.unknown] : [];

const numberedCategories = [
  pc_category.PC_CATEGORY_NETWORK,
  pc_category.PC_CATEGORY_CAPABILITIES,
  pc_category.PC_CATEGORY_DNS,
];

/** The objects that have no name, by the category: each with its list. */
export function numberedObjects({ numbered }: Automaton): [category: number, objects: ReadonlyMap<number, number>][] {
  if (numbered === undefined) return [];
  return [
    [pc_category.PC_CATEGORY_NETWORK, numbered.network],
    [pc_category.PC_CATEGORY_CAPABILITIES, numbered.capabilities],
  ];
}

/** The system calls that rules name: the list of the rules without a path (0: none), and whether there are rules with one. */
export function syscallNumbers({ syscalls }: Automaton): { number: number; list: number; hasPaths: boolean }[] {
  const { lists = new Map<number, number>(), withPaths = new Set<number>() } = syscalls ?? {};
  return [...new Set([...lists.keys(), ...withPaths])].map((number) => ({
    number,
    list: lists.get(number) ?? 0,
    hasPaths: withPaths.has(number),
  }));
}

/** The id of a Block rule in the state's own lists; 0: there is none. */
function blockIn(automaton: Automaton, state: AutomatonState, category: number): number {
  for (const list of [state.exact[category]!, state.child[category]!, state.below[category]!])
    for (const entry of automaton.lists[list] ?? []) if (entry.effect === "block") return entry.ruleId;
  return 0;
}

/**
 * Of each source of a Block rule the id of one such rule. To write to a program is an operation of the file category, which therefore also
 * guards the sources of rules whose objects have no names.
 */
function blockedSources(automaton: Automaton, category: number): Map<number, number> {
  const sources = new Map<number, number>();
  const categories = category === pc_category.PC_CATEGORY_FILE ? [...numberedCategories, category] : [category];
  for (const list of categories.flatMap((one) => listsOf(automaton, one)))
    for (const { effect, source, ruleId } of automaton.lists[list]!)
      if (effect === "block" && source > 0) sources.set(source - 1, ruleId);
  return sources;
}

/**
 * For each state the id of a Block rule that another name would free: for a name below it that has a state of its own, for a pattern that it is
 * on the way to, or for the source that a program of this very name is. 0: there is none.
 */
export function guards(automaton: Automaton, category: number): Uint32Array {
  const states = placesOf(automaton);
  const blocked = blockedSources(automaton, category);
  const found = Uint32Array.from(states, ({ sourceExact }) => {
    const source = blocked.size > 0 && automaton.sourceSets[sourceExact]?.find((index) => blocked.has(index));
    return typeof source === "number" ? blocked.get(source)! : 0;
  });
  const order: number[] = [];
  const pending = [0];
  for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
    order.push(index);
    pending.push(...placesBelow(states, index));
  }
  for (const index of order.reverse())
    for (const next of placesBelow(states, index))
      found[index] ||= blockIn(automaton, states[next]!, category) || found[next]!;
  return Uint32Array.from(automaton.states, ({ guard }, index) => found[index] || guard?.[category] || 0);
}

/** The states that are places in the tree of names. Those of patterns alone are behind them. */
function placesOf({ states }: Automaton): readonly AutomatonState[] {
  const end = states.findIndex(({ isOfPattern }) => isOfPattern);
  return end < 0 ? states : states.slice(0, end);
}

function placesBelow(places: readonly AutomatonState[], index: number): number[] {
  return [...places[index]!.edges.values()].filter((next) => next < places.length);
}

/** The number of components of the deepest name that has a state. */
export function depth(automaton: Automaton): number {
  const states = placesOf(automaton);
  let deepest = 0;
  const pending: [number, number][] = [[0, 0]];
  for (let item = pending.pop(); item; item = pending.pop()) {
    deepest = Math.max(deepest, item[1]);
    for (const next of placesBelow(states, item[0])) pending.push([next, item[1] + 1]);
  }
  return deepest;
}
