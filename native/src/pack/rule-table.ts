/**
 * The packer: turns an automaton, to which the policy package compiles a rule set, into a rule table, the bytes that the
 * kernel engine reads. The layout is that of include/abi.h, and it is written by the descriptions in src/abi. Nothing is
 * decided here that the compiler has not decided. Long because it is one layout, and all parts of it have their places here.
 */
import type { Automaton, AutomatonEntry, DecidingCategory, PresetName } from "@portcullis/model";
import {
  pc_entry_flag as flag,
  pc_category,
  pc_limit,
  pc_preset,
  pc_state_number,
  pc_syscall_number,
} from "../abi/enums.ts";
import { pc_entry, pc_header, pc_state } from "../abi/structs.ts";
import { NativeError } from "../errors.ts";
import { viewOf } from "../keys.ts";
import { addAddresses, peerBits, rangeElements, writeRanges } from "./addresses.ts";
import { checkAutomaton } from "./check.ts";
import { EdgeTable } from "./edge-table.ts";
import { placesOf, writeGlobs } from "./globs.ts";
import { componentHash, domainNumber, edgeKey, type HashSeed } from "./hash.ts";
import { depth, dnsFlags, exactOnly, guards, headerFlags, numberedObjects, syscallNumbers } from "./summary.ts";

/** A compiled rule set as it goes into the kernel: `elements` elements of PC_BUCKET_SIZE bytes each. */
export interface RuleTable {
  readonly elements: number;
  readonly data: Uint8Array;
}

interface PackOptions {
  /** The node's secret: the engine's seed. */
  readonly seed: HashSeed;
  /** Unique among all rule tables on this node, and not 0. */
  readonly tableId: bigint;
}

const { PC_ABI_VERSION: abiVersion, PC_BUCKET_SIZE: elementSize } = pc_limit;
const { PC_ROOT_STATE: rootState, PC_LEAF_STATE: leafState, PC_CLASS_STATE: classState } = pc_state_number;
const entriesPerElement = elementSize / pc_entry.size;
/** A source set is bits, in words of 64. */
const wordBits = 64;
const wordSize = wordBits / 8;
const wordsPerElement = elementSize / wordSize;

/** Packs an automaton. Throws PackError: IMAGE_COLLISION (choose another seed) or IMAGE_INVALID (a compiler's fault). */
export function packRules(automaton: Automaton, { seed, tableId }: PackOptions): RuleTable {
  checkAutomaton(automaton);
  const { states, lists, sourceSets } = automaton;
  const entryStarts = startsOf(lists);
  const entryTotal = 1 + lists.reduce((sum, list) => sum + list.length, 0);
  const sourceWords = Math.ceil(automaton.sources / wordBits);
  // How much the parts behind the edges take does not depend on them, and edges say how far behind the entries the ranges are.
  const entryElements = Math.ceil(entryTotal / entriesPerElement);
  const sourceElements = Math.ceil((Math.max(sourceSets.length, 1) * sourceWords) / wordsPerElement);
  const rangesBehind = entryElements + sourceElements + placesOf(automaton.globs, 0).elements;
  const edges = collectEdges(automaton, entryStarts, rangesBehind, seed);

  const edgesAt = 1;
  const statesAt = edgesAt + edges.buckets;
  const entriesAt = statesAt + rootState + states.length;
  const sourcesAt = entriesAt + entryElements;
  const globs = placesOf(automaton.globs, sourcesAt + sourceElements);
  const rangesAt = entriesAt + rangesBehind;
  const elements = rangesAt + rangeElements(automaton);
  const data = new Uint8Array(elements * elementSize);
  const view = new DataView(data.buffer);

  pc_header.write(view, 0, {
    abi_version: abiVersion,
    flags: headerFlags(automaton),
    table_id: tableId,
    bucket_mask: edges.buckets - 1,
    states_at: statesAt,
    entries_at: entriesAt,
    sources_at: sourcesAt,
    source_words: sourceWords,
    max_depth: depth(automaton),
    presets: presetBits(automaton),
    dns: dnsFlags(automaton),
    ...globs.places,
  });
  edges.write(view, edgesAt * elementSize);
  writeStates(view, statesAt * elementSize, automaton, entryStarts);
  writeEntries(view, entriesAt * elementSize, lists, entryStarts);
  writeSources(view, sourcesAt * elementSize, sourceSets, sourceWords);
  if (automaton.globs) writeGlobs(view, automaton.globs, globs.places);
  writeRanges(view, rangesAt * elementSize, automaton, entryStarts);
  return { elements, data };
}

/**
 * A copy of a rule table with another id: a rule set is packed once, and bound for many containers. `visible`: categories in which
 * what passes is told, for the container that it is bound for; `recorded`: in which it is recorded as well.
 */
export function withTableId(
  table: RuleTable,
  tableId: bigint,
  visible: readonly DecidingCategory[] = [],
  recorded: readonly DecidingCategory[] = [],
): RuleTable {
  const data = table.data.slice();
  const told = { visible: bitsOf(visible), recorded: bitsOf(recorded) };
  pc_header.write(new DataView(data.buffer), 0, { table_id: tableId, ...told });
  return { elements: table.elements, data };
}

function presetBits({ presets = new Map(), hasApplets }: Automaton): number {
  const ofApplets = hasApplets ? 1 << pc_preset.PC_PRESET_NONE : 0;
  return [...presets.keys()].reduce((bits, name) => bits | (1 << presetNumbers[name]), ofApplets);
}

const bitsOf = (categories: readonly DecidingCategory[]): number =>
  categories.reduce((all, category) => all | (1 << categoryNumbers[category]), 0);

const presetNumbers: Readonly<Record<PresetName, number>> = {
  anonymousMapExec: pc_preset.PC_PRESET_ANONYMOUS,
  exec: pc_preset.PC_PRESET_ENTERED,
  imageOnly: pc_preset.PC_PRESET_IMAGE,
  protectEnv: pc_preset.PC_PRESET_ENVIRON,
  protectProc: pc_preset.PC_PRESET_PROC,
};

const categoryNumbers: Readonly<Record<DecidingCategory, number>> = {
  process: pc_category.PC_CATEGORY_PROCESS,
  file: pc_category.PC_CATEGORY_FILE,
  network: pc_category.PC_CATEGORY_NETWORK,
  capabilities: pc_category.PC_CATEGORY_CAPABILITIES,
  dns: pc_category.PC_CATEGORY_DNS,
};

/** Throws NATIVE_ARGUMENT_INVALID for bytes that are no rule table of this build. */
export function checkTable(table: RuleTable): void {
  const wanted = table.elements * elementSize;
  if (!Number.isInteger(table.elements) || table.elements < 1 || table.data.length !== wanted) {
    const message = `a rule table of ${table.elements} elements has ${table.data.length} bytes, not ${wanted}`;
    throw new NativeError("NATIVE_ARGUMENT_INVALID", `${message}: pack it with packRules`);
  }
  const { abi_version } = pc_header.decode(viewOf(table.data));
  if (abi_version !== abiVersion) {
    const message = `the rule table has ABI version ${abi_version}, the engine ${abiVersion}`;
    throw new NativeError("NATIVE_ARGUMENT_INVALID", `${message}: pack it with this build's packRules`);
  }
}

/** The index of each list's first entry. Entry 0 does not exist, because 0 means "no list". */
function startsOf(lists: Automaton["lists"]): number[] {
  let next = 1;
  return lists.map((list) => {
    const start = list.length === 0 ? 0 : next;
    next += list.length;
    return start;
  });
}

/** Categories whose objects have names; those of the others have numbers. */
const namedCategories = [pc_category.PC_CATEGORY_PROCESS, pc_category.PC_CATEGORY_FILE];

function collectEdges(
  automaton: Automaton,
  starts: readonly number[],
  rangesBehind: number,
  seed: HashSeed,
): EdgeTable {
  const hashes = new Map<string, bigint>();
  const hash = (name: string): bigint => {
    const known = hashes.get(name);
    if (known !== undefined) return known;
    const made = componentHash(name, seed);
    hashes.set(name, made);
    return made;
  };
  const table = new EdgeTable();
  for (const [index, state] of automaton.states.entries()) {
    for (const [name, next] of state.edges)
      table.add(edgeKey(rootState + index, hash(name)), rootState + next, `"${name}" after state ${index}`);
    for (const [found, next] of state.glob?.classes ?? []) {
      const key = edgeKey(classState + rootState + index, BigInt(found));
      table.add(key, rootState + next, `class ${found} after state ${index}`);
    }
  }
  for (const category of namedCategories)
    for (const name of leaves(automaton, category))
      table.add(edgeKey(leafState - category, hash(name)), rootState, `last component "${name}"`);
  for (const [category, objects] of numberedObjects(automaton))
    for (const [number, list] of objects)
      table.add(edgeKey(leafState - category, BigInt(number)), starts[list]!, `object ${number} of ${category}`);
  addSyscalls(table, automaton, starts);
  addArguments(table, automaton, hash);
  for (const [name, list] of automaton.presets ?? [])
    table.add(edgeKey(pc_state_number.PC_PRESET_STATE, BigInt(presetNumbers[name])), starts[list]!, `preset ${name}`);
  addDomains(table, automaton, starts, hash);
  addAddresses(table, automaton, starts, rangesBehind);
  table.place();
  return table;
}

function addSyscalls(table: EdgeTable, automaton: Automaton, starts: readonly number[]): void {
  const pseudo = leafState - pc_category.PC_CATEGORY_SYSCALLS;
  for (const { number, list, hasPaths } of syscallNumbers(automaton)) {
    if (list !== 0) table.add(edgeKey(pseudo, BigInt(number)), starts[list]!, `system call ${number}`);
    const key = edgeKey(pseudo, BigInt(number + pc_syscall_number.PC_SYSCALL_HAS_PATHS));
    if (hasPaths) table.add(key, rootState, `system call ${number} with a path`);
  }
}

function addDomains(
  table: EdgeTable,
  { domains = new Map() }: Automaton,
  starts: readonly number[],
  hash: (name: string) => bigint,
): void {
  for (const [domain, list] of domains) {
    const labels = domain.split(".").reverse();
    const number = labels.reduce((above, label) => domainNumber(above, hash(label)), 0n);
    table.add(edgeKey(leafState - pc_category.PC_CATEGORY_DNS, number), starts[list]!, `domain ${domain}`);
  }
}

/** Each argument that some set has leads to the bits of those sets, 32 for each of two pseudo states. */
function addArguments(table: EdgeTable, { argumentSets = [] }: Automaton, hash: (name: string) => bigint): void {
  const bits = new Map<string, bigint>();
  for (const [index, set] of argumentSets.entries())
    for (const one of set) bits.set(one, (bits.get(one) ?? 0n) | (1n << BigInt(index)));
  for (const [one, sets] of bits) {
    const halves = [
      [pc_state_number.PC_ARGUMENT_STATE, Number(sets & 0xffffffffn)],
      [pc_state_number.PC_ARGUMENT_STATE_HIGH, Number(sets >> 32n)],
    ] as const;
    for (const [state, half] of halves)
      if (half !== 0) table.add(edgeKey(state, hash(one)), half, `argument ${JSON.stringify(one)}`);
  }
}

/** The last components of all exact names of a category; none if they do not tell whether a name can match. */
function leaves(automaton: Automaton, category: number): Set<string> {
  const names = new Set<string>();
  if (!exactOnly(automaton, category)) return names;
  for (const state of automaton.states)
    for (const [name, next] of state.edges) if (automaton.states[next]!.exact[category] !== 0) names.add(name);
  return names;
}

function writeStates(view: DataView, at: number, automaton: Automaton, starts: readonly number[]): void {
  const startOf = (list: number) => starts[list] ?? 0;
  // The state that does not exist has what is meant for programs without a name.
  pc_state.write(view, at, { exact: [startOf(automaton.nameless ?? 0), 0] });
  const guardsOf = namedCategories.map((category) => guards(automaton, category));
  for (const [index, state] of automaton.states.entries())
    pc_state.write(view, at + (rootState + index) * elementSize, {
      exact: state.exact.map(startOf),
      child: state.child.map(startOf),
      below: state.below.map(startOf),
      guard: guardsOf.map((guard) => guard[index]!),
      source_exact: state.sourceExact,
      source_child: state.sourceChild,
      source_below: state.sourceBelow,
      any: state.any === undefined ? 0 : rootState + state.any,
      glob: state.glob?.row ?? 0,
      syscalls: (state.syscalls ?? [0, 0, 0]).map(startOf),
    });
}

function writeEntries(view: DataView, at: number, lists: Automaton["lists"], starts: readonly number[]): void {
  for (const [index, list] of lists.entries())
    for (const [place, entry] of list.entries()) {
      const last = place === list.length - 1 ? flag.PC_ENTRY_LAST : 0;
      const peers = peerBits(entry);
      const offset = at + (starts[index]! + place) * pc_entry.size;
      pc_entry.write(view, offset, {
        rule_id: entry.ruleId,
        source: entry.source,
        flags: entryFlags(entry) + last + peers.flags,
        number: numberOf(entry) + peers.number,
      });
    }
}

const numberOf = ({ syscall, argumentSet = 0 }: AutomatonEntry): number =>
  syscall === undefined
    ? argumentSet
    : syscall.number + 1 + (syscall.anyPath ? pc_syscall_number.PC_SYSCALL_ANY_PATH : 0);

const effectFlag = { block: flag.PC_ENTRY_BLOCK, allow: flag.PC_ENTRY_ALLOW, audit: flag.PC_ENTRY_AUDIT };

function entryFlags(entry: AutomatonEntry): number {
  let flags: number = effectFlag[entry.effect];
  if (entry.readOnly) flags |= flag.PC_ENTRY_READ_ONLY;
  if (entry.ownerOnly) flags |= flag.PC_ENTRY_OWNER_ONLY;
  if (entry.noTerminal) flags |= flag.PC_ENTRY_NO_TTY;
  if (entry.quiet) flags |= flag.PC_ENTRY_QUIET;
  if (entry.argumentSet !== undefined) flags |= flag.PC_ENTRY_ARGS;
  return flags;
}

function writeSources(view: DataView, at: number, sets: Automaton["sourceSets"], words: number): void {
  for (const [index, set] of sets.entries())
    for (const source of set) {
      const offset = at + (index * words + Math.floor(source / wordBits)) * wordSize;
      view.setBigUint64(offset, view.getBigUint64(offset, true) | (1n << BigInt(source % wordBits)), true);
    }
}
