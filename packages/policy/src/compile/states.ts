/**
 * The states of an automaton: the tree is walked once from the root, and every state gets its lists, which are what its own rules add to what it
 * inherits. Beside the tree go the patterns: a state is a place of the tree, or one below it that has no place of its own, together with what of
 * the patterns is matched there and can go on. Equal lists and sets are stored once.
 * Long because a state is made of all of this at once.
 */
import type { Automaton, AutomatonState } from "@portcullis/model";
import { anyApplet, isAppletComponent } from "../applets.ts";
import {
  type Beginning,
  type ComponentClass,
  GlobTable,
  type PatternBudget,
  PatternsTooCostly,
} from "../patterns/glob-table.ts";
import { addressLists } from "./addresses.ts";
import { type DecisionList, emptyList, extend, type Placed } from "./decision-list.ts";
import { withoutDetours } from "./detours.ts";
import { domainLists, numberedLists, syscallLists } from "./numbered.ts";
import { type Budget, ListTable, SourceTable } from "./tables.ts";
import type { ListIndex, Node, PlacedPattern, Tree } from "./tree.ts";

/** In the order of PlacedLists. */
type Lists = readonly [process: DecisionList, file: DecisionList, syscalls: DecisionList];

/** What the names below a state get from it and its ancestors. */
interface Inherited {
  readonly child: Lists;
  readonly below: Lists;
  readonly sourceChild: readonly number[];
  readonly sourceBelow: readonly number[];
  /** Of file rules: the base allowance alone, which is all that base devices inherit. */
  readonly baseChild: DecisionList;
  readonly baseBelow: DecisionList;
  /** What is directly below is a base device. */
  readonly toDevices?: boolean;
}

const nothing: Inherited = {
  child: [emptyList, emptyList, emptyList],
  below: [emptyList, emptyList, emptyList],
  sourceChild: [],
  sourceBelow: [],
  ...{ baseChild: emptyList, baseBelow: emptyList },
};

/** Where no pattern leads. */
const beyondPatterns: ComponentClass = {
  ...{ number: 0, matched: [] },
  next: { literals: new Map(), row: 0, onTheWay: [] },
};

/** A state that is still to be made: of a place of the tree, or of patterns alone. */
interface Pending {
  readonly index: number;
  readonly node: Node | undefined;
  readonly from: Inherited;
  readonly at: ComponentClass;
}

/** A state before rows have their final numbers. */
type Draft = { -readonly [K in keyof AutomatonState]: AutomatonState[K] };

/** The states of the tree with these patterns. Throws PatternsTooCostly, and AutomatonBudgetError for what the tree alone costs. */
export function statesOf(
  tree: Tree,
  patterns: readonly PlacedPattern[],
  budget: Budget,
  patternBudget: PatternBudget,
): Omit<Automaton, "categories"> {
  return new States(tree, patterns, budget, patternBudget).make();
}

class States {
  readonly #tree: Tree;
  readonly #patterns: readonly PlacedPattern[];
  readonly #patternBudget: PatternBudget;
  readonly #globs: GlobTable;
  readonly #lists: ListTable;
  readonly #sets: SourceTable;
  readonly #states: Draft[];
  readonly #ofPatterns = new Map<string, number>();
  readonly #pending: Pending[] = [];

  constructor(tree: Tree, patterns: readonly PlacedPattern[], budget: Budget, patternBudget: PatternBudget) {
    this.#tree = tree;
    this.#patterns = patterns;
    this.#patternBudget = patternBudget;
    this.#globs = new GlobTable(
      patterns.map(({ parts }) => parts),
      patternBudget,
    );
    this.#lists = new ListTable(budget);
    this.#sets = new SourceTable(budget, tree.sources);
    this.#states = new Array(tree.nodes.length);
  }

  make(): Omit<Automaton, "categories"> {
    this.#pending.push({ index: 0, node: this.#tree.nodes[0], from: nothing, at: this.#globs.root() });
    for (let next = this.#pending.pop(); next !== undefined; next = this.#pending.pop()) this.#make(next);
    const objects = numberedLists(this.#tree.numbered, (list) => this.#lists.index(list));
    const syscalls = syscallLists(this.#tree.syscalls, (list) => this.#lists.index(list));
    const domains = domainLists(this.#tree.domains, (list) => this.#lists.index(list));
    const addresses = addressLists(this.#tree.numbered.network, (entries, origin) =>
      this.#lists.indexOfEntries(entries, origin),
    );
    const nameless = this.#lists.index(extend(emptyList, this.#tree.nameless));
    const presets = [...this.#tree.presets].map(
      ([name, placed]) => [name, this.#lists.index(extend(emptyList, placed))] as const,
    );
    const tables = {
      lists: this.#lists.lists,
      sourceSets: this.#sets.sets,
      sources: this.#tree.sources,
      ...(objects && { numbered: objects }),
      ...(domains && { domains }),
      ...(addresses && { addresses }),
      ...(nameless !== 0 && { nameless }),
      ...(presets.length > 0 && { presets: new Map(presets) }),
      ...(this.#tree.hasApplets && { hasApplets: true }),
      ...(syscalls && { syscalls }),
    };
    if (this.#patterns.length === 0) return { states: this.#states, ...tables };
    const states = withoutDetours(this.#states, this.#tree.nodes.length);
    const rows = states.flatMap(({ glob }) => (glob ? [glob.row] : []));
    const { globs, renumbered } = this.#globs.finish(new Set(rows));
    const numbered = states.map((state) =>
      state.glob ? { ...state, glob: { ...state.glob, row: renumbered.get(state.glob.row)! } } : state,
    );
    return { states: numbered, ...tables, globs };
  }

  #make({ index, node, from, at }: Pending): void {
    const own: Inherited = node ? inherit(node, from) : belowOf(from);
    const guard = this.#guard(at);
    const syscalls = [this.#exact(node, from, at, 2), own.child[2], own.below[2]] as const;
    this.#states[index] = {
      edges: new Map(),
      exact: [this.#lists.index(this.#exact(node, from, at, 0)), this.#lists.index(this.#exact(node, from, at, 1))],
      child: [this.#lists.index(own.child[0]), this.#lists.index(own.child[1])],
      below: [this.#lists.index(own.below[0]), this.#lists.index(own.below[1])],
      sourceExact: this.#sets.index(node ? sourcesOf(node, from) : from.sourceChild),
      sourceChild: this.#sets.index(own.sourceChild),
      sourceBelow: this.#sets.index(own.sourceBelow),
      ...(node ? {} : { isOfPattern: true }),
      ...(guard ? { guard } : {}),
      ...(syscalls.every((list) => list === emptyList) ? {} : { syscalls: this.#indexes(syscalls) }),
    };
    this.#leadOn(this.#states[index] as Draft, node, own, at.next);
    if (this.#tree.hasApplets && node?.edges.has(anyApplet))
      this.#leadToApplets(node, this.#forApplets(node, from, at));
  }

  /** An applet has its program's rules, behind its own. */
  #forApplets(node: Node, from: Inherited, at: ComponentClass): Inherited {
    const exact = (c: ListIndex) => this.#exact(node, from, at, c);
    return { ...nothing, child: [exact(0), exact(1), exact(2)], sourceChild: sourcesOf(node, from) };
  }

  #indexes([exact, child, below]: Lists): [number, number, number] {
    return [this.#lists.index(exact), this.#lists.index(child), this.#lists.index(below)];
  }

  /** The edges of a state, and where all other components lead. */
  #leadOn(state: Draft, node: Node | undefined, own: Inherited, next: Beginning): void {
    const edges = new Map<string, number>(node?.edges);
    for (const [name, child] of node?.edges ?? [])
      if (!isAppletComponent(name))
        this.#pending.push({
          index: child,
          node: this.#tree.nodes[child] as Node,
          from: own,
          at: this.#globs.of(next, name),
        });
    const others = next.row === 0 ? [] : this.#globs.classesFrom(next.row);
    for (const name of next.literals.keys()) {
      const at = this.#globs.of(next, name);
      if (!edges.has(name) && !(others.length === 1 && others[0] === at)) edges.set(name, this.#below(own, at));
    }
    state.edges = edges;
    if (others.length === 1 && others[0]!.number !== 0) state.any = this.#below(own, others[0]!);
    if (others.length > 1) {
      const leading = others.filter(({ number }) => number !== 0);
      state.glob = { row: next.row, classes: new Map(leading.map((at) => [at.number, this.#below(own, at)])) };
    }
  }

  #leadToApplets({ edges }: Node, from: Inherited): void {
    for (const [name, child] of edges)
      if (isAppletComponent(name))
        this.#pending.push({ index: child, node: this.#tree.nodes[child] as Node, from, at: beyondPatterns });
  }

  /** The state of a component below that has no place of its own in the tree. */
  #below(from: Inherited, at: ComponentClass): number {
    this.#globs.spend(1 + sizeOf(from.child) + sizeOf(from.below));
    const lists = [...from.child, ...from.below].map((list) => this.#lists.index(list));
    const sets = [this.#sets.index(from.sourceChild), this.#sets.index(from.sourceBelow)];
    const key = [...lists, ...sets, at.number, from.toDevices === true].join(",");
    const known = this.#ofPatterns.get(key);
    if (known !== undefined) return known;
    if (this.#ofPatterns.size >= this.#patternBudget.states) throw new PatternsTooCostly();
    const index = this.#states.push({} as Draft) - 1;
    this.#ofPatterns.set(key, index);
    this.#pending.push({ index, node: undefined, from, at });
    return index;
  }

  /** What decides about a state's own name: what its parent gives its children, the directories of its name, patterns, its exact rules. */
  #exact(node: Node | undefined, from: Inherited, at: ComponentClass, c: ListIndex): DecisionList {
    if (c === 1 && (from.toDevices || node?.holdsNothing === "itself")) return exactOfDevice(node, from);
    let list = from.child[c];
    if (node) list = extend(list, [...node.direct[c], ...node.recursive[c]]);
    for (const rules of this.#matched(at, c)) list = extend(list, rules);
    return node ? extend(list, node.exact[c]) : list;
  }

  /** The rules whose pattern is matched, the least specific first; equally specific ones together. */
  #matched({ matched }: ComponentClass, c: ListIndex): Placed[][] {
    const groups = new Map<number, Set<Placed>>();
    for (const index of matched) {
      const { literal, rules } = this.#patterns[index]!;
      const group = groups.get(literal) ?? new Set();
      for (const placed of rules[c]) group.add(placed);
      groups.set(literal, group);
    }
    return [...groups].sort(([a], [b]) => a - b).map(([, group]) => [...group]);
  }

  /** Ids of Block rules with a pattern for which the state is on the way. None is on the way to what is called so wherever it lies. */
  #guard({ next }: ComponentClass): [number, number] | undefined {
    const guard = ([0, 1] as const).map((c) => {
      const ids = next.onTheWay
        .flatMap((index) => this.#patterns[index]!.rules[c])
        .filter(({ rule }) => rule.action === "block" && rule.match.kind !== "execname")
        .map(({ rule }) => rule.id);
      return ids.length === 0 ? 0 : Math.min(...ids);
    }) as [number, number];
    return guard[0] === 0 && guard[1] === 0 ? undefined : guard;
  }
}

const sizeOf = (lists: Inherited["child"]): number =>
  lists.reduce((sum, { sourced, audits }) => sum + sourced.length + audits.length, 0);

/** Of a base device: the base allowance, and the rules that name it. */
function exactOfDevice(node: Node | undefined, from: Inherited): DecisionList {
  return node
    ? extend(extend(from.baseChild, ofBase(node.direct[1], node.recursive[1])), node.exact[1])
    : from.baseChild;
}

const ofBase = (...lists: readonly Placed[][]): Placed[] => lists.flat().filter(({ rule }) => rule.policy < 0);

const belowOf = (from: Inherited): Inherited => ({
  ...{ child: from.below, below: from.below },
  ...{ sourceChild: from.sourceBelow, sourceBelow: from.sourceBelow },
  ...{ baseChild: from.baseBelow, baseBelow: from.baseBelow },
});

function inherit(node: Node, from: Inherited): Inherited {
  const toDevices = node.holdsNothing === "children";
  const child = (c: ListIndex) => extend(from.below[c], [...node.direct[c], ...node.recursive[c]]);
  const below = (c: ListIndex) => extend(from.below[c], node.recursive[c]);
  const baseChild = extend(from.baseBelow, ofBase(node.direct[1], node.recursive[1]));
  return {
    ...(toDevices ? { toDevices } : {}),
    ...{ baseChild, baseBelow: extend(from.baseBelow, ofBase(node.recursive[1])) },
    child: [child(0), toDevices ? baseChild : child(1), child(2)],
    below: [below(0), below(1), below(2)],
    sourceChild: union(from.sourceBelow, union(node.sourceDirect, node.sourceRecursive)),
    sourceBelow: union(from.sourceBelow, node.sourceRecursive),
  };
}

const sourcesOf = (node: Node, from: Inherited): readonly number[] =>
  union(from.sourceChild, union(node.sourceExact, union(node.sourceDirect, node.sourceRecursive)));

function union(a: readonly number[], b: readonly number[]): readonly number[] {
  if (a.length === 0) return b;
  return b.length === 0 ? a : [...new Set([...a, ...b])];
}
