/**
 * A rule set to its automaton, in two steps. First every rule and source is put into a tree of path components, at each place where one
 * of its names lies (as written, and as the node resolved it). Then the tree is walked once from the root, and every state gets its
 * lists: what its own rules add to what it inherits. Equal lists and sets are stored once.
 */
import type { Automaton, AutomatonCategory, AutomatonState, Match, Rule, RuleSet, Unenforced } from "@portcullis/model";
import { categories } from "../categories.ts";
import { AutomatonBudgetError } from "../errors.ts";
import { components, pathFault, visible } from "../paths.ts";
import { type DecisionList, emptyList, extend, type Placed } from "./decision-list.ts";
import { linkGuards } from "./link-guards.ts";
import { type Budget, defaultBudget, ListTable, SourceTable } from "./tables.ts";

/** From a name as a rule or source writes it (a directory with its last "/") to further names it covers as well. */
export type Aliases = ReadonlyMap<string, readonly string[]>;

export interface KnownAliases {
  readonly aliases: Aliases;
  /** The same for Allow rules and their sources: only what the container cannot have steered, because an alias widens an allow-list. */
  readonly fixedAliases: Aliases;
  /** From a name as a rule writes it to the symbolic links that it leads through, each by its own name. */
  readonly links: Aliases;
}

/** Without `fixedAliases`, `aliases` hold for all rules. */
export interface CompileOptions extends Partial<KnownAliases> {
  readonly budget?: Partial<Budget> | undefined;
}

export interface Compiled {
  readonly automaton: Automaton;
  /** Rules that could not be put into the automaton, for the policies' status. */
  readonly unenforced: readonly Unenforced[];
}

/** A place in the tree while it is built. Pairs are [process, file]. */
interface Node {
  readonly index: number;
  readonly edges: Map<string, number>;
  /** Rules of this very name. */
  readonly exact: [Placed[], Placed[]];
  /** Rules of the directory of this name and its direct children. */
  readonly direct: [Placed[], Placed[]];
  /** Rules of the directory of this name and everything below. */
  readonly recursive: [Placed[], Placed[]];
  readonly sourceExact: number[];
  readonly sourceDirect: number[];
  readonly sourceRecursive: number[];
}

/** The names of all rules and sources, as written, sorted: what the node has to resolve. Directories end in "/". */
export function pathsToResolve(ruleSet: RuleSet): string[] {
  const matches = ruleSet.rules.flatMap((rule) => (rule.source ? [rule.match, rule.source] : [rule.match]));
  return [...new Set(matches.map(nameOf))].sort();
}

/** Compiles `ruleSet`. Throws AutomatonBudgetError, naming the rule. */
export function compile(ruleSet: RuleSet, options: CompileOptions = {}): Compiled {
  const tree = new Tree(options, { ...defaultBudget, ...options.budget });
  const unenforced: Unenforced[] = [];
  const all = [...ruleSet.rules, ...linkGuards(ruleSet.rules, options.links ?? new Map())];
  for (const rule of all) {
    const fault = tree.add(rule);
    const policy = ruleSet.policies[rule.policy];
    if (fault !== undefined && policy !== undefined) unenforced.push({ policy, origin: rule.origin, reason: fault });
  }
  const summaries = categories.map((category): AutomatonCategory => {
    const rules = all.filter((rule) => rule.category === category);
    const allowList = rules.some((rule) => rule.action === "allow" && rule.policy >= 0);
    const writeOnly = category === "file" && !allowList && rules.length > 0 && rules.every(concernsWritesOnly);
    return { hasRules: rules.length > 0, writeOnly, allowList, postureBlock: ruleSet.posture[category] === "block" };
  });
  return { automaton: { ...tree.finish(), categories: summaries }, unenforced };
}

const nameOf = (match: Match): string => (match.kind === "path" ? match.path : match.dir);
const concernsWritesOnly = (rule: Rule): boolean => rule.readOnly && !rule.ownerOnly && !rule.noTerminal;

class Tree {
  readonly #nodes: Node[] = [newNode(0)];
  readonly #sources = new Map<string, number>();
  readonly #aliases: Aliases;
  readonly #fixedAliases: Aliases;
  readonly #budget: Budget;

  constructor({ aliases = new Map(), fixedAliases = aliases }: CompileOptions, budget: Budget) {
    this.#aliases = aliases;
    this.#fixedAliases = fixedAliases;
    this.#budget = budget;
  }

  /** Puts the rule into the tree. Returns the reason if that cannot be done. */
  add(rule: Rule): string | undefined {
    const names = this.#names(rule.match, rule);
    const sourceNames = rule.source ? this.#names(rule.source, rule) : [];
    for (const match of [rule.match, ...(rule.source ? [rule.source] : [])]) {
      const fault = pathFault(nameOf(match), match.kind === "directory");
      if (fault !== undefined) return `${match.kind} ${JSON.stringify(nameOf(match))} ${fault}`;
    }
    const placed = { rule, source: rule.source ? this.#source(rule.source, sourceNames, rule) : 0 };
    const category = rule.category === "process" ? 0 : 1;
    for (const name of names) {
      const node = this.#node(name, rule);
      const { match } = rule;
      const place = match.kind === "path" ? node.exact : match.recursive ? node.recursive : node.direct;
      place[category].push(placed);
    }
    return undefined;
  }

  /** The name as written and its aliases, each once, as components, and as the kernel sees it in a volume. An alias that is no name is the resolver's mistake and is left out. */
  #names(match: Match, { action }: Rule): (readonly string[])[] {
    const written = nameOf(match);
    const known = action === "allow" ? this.#fixedAliases : this.#aliases;
    const aliases = (known.get(written) ?? []).filter((name) => pathFault(name, true) === undefined);
    const names = [written, ...aliases]
      .map(components)
      .flatMap((name) => [name, visible(name, match.kind === "directory")]);
    const seen = new Set<string>();
    return names.filter((name) => !seen.has(name.join("/")) && seen.add(name.join("/")));
  }

  /** The index of the source + 1. */
  #source(source: Match, names: readonly (readonly string[])[], rule: Rule): number {
    const written = source.kind === "path" ? [source.path] : [source.dir, source.recursive];
    // The same source means less to an Allow rule than to others where its aliases are not all fixed.
    const key = JSON.stringify([written, names]);
    const known = this.#sources.get(key);
    if (known !== undefined) return known + 1;
    const index = this.#sources.size;
    this.#sources.set(key, index);
    for (const name of names) {
      const node = this.#node(name, rule);
      if (source.kind === "path") node.sourceExact.push(index);
      else (source.recursive ? node.sourceRecursive : node.sourceDirect).push(index);
    }
    return index + 1;
  }

  #node(name: readonly string[], rule: Rule): Node {
    let node = this.#nodes[0] as Node;
    for (const component of name) {
      let next = node.edges.get(component);
      if (next === undefined) {
        next = this.#nodes.length;
        if (next >= this.#budget.states)
          throw new AutomatonBudgetError("states", next + 1, this.#budget.states, rule.origin);
        node.edges.set(component, next);
        this.#nodes.push(newNode(next));
      }
      node = this.#nodes[next] as Node;
    }
    return node;
  }

  finish(): Omit<Automaton, "categories"> {
    const lists = new ListTable(this.#budget);
    const sets = new SourceTable(this.#budget, this.#sources.size);
    const states: AutomatonState[] = new Array(this.#nodes.length);
    const none: Inherited = {
      child: [emptyList, emptyList],
      below: [emptyList, emptyList],
      sourceChild: [],
      sourceBelow: [],
    };
    const pending: { node: Node; from: Inherited }[] = [{ node: this.#nodes[0] as Node, from: none }];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const { node, from } = next;
      const own = inherit(node, from);
      states[node.index] = {
        edges: node.edges,
        exact: [lists.index(exactList(node, from, 0)), lists.index(exactList(node, from, 1))],
        child: [lists.index(own.child[0]), lists.index(own.child[1])],
        below: [lists.index(own.below[0]), lists.index(own.below[1])],
        sourceExact: sets.index(
          union(from.sourceChild, union(node.sourceExact, union(node.sourceDirect, node.sourceRecursive))),
        ),
        sourceChild: sets.index(own.sourceChild),
        sourceBelow: sets.index(own.sourceBelow),
      };
      for (const child of node.edges.values()) pending.push({ node: this.#nodes[child] as Node, from: own });
    }
    return { states, lists: lists.lists, sourceSets: sets.sets, sources: this.#sources.size };
  }
}

const newNode = (index: number): Node => ({
  index,
  edges: new Map(),
  exact: [[], []],
  direct: [[], []],
  recursive: [[], []],
  sourceExact: [],
  sourceDirect: [],
  sourceRecursive: [],
});

/** What the names below a state get from it and its ancestors. */
interface Inherited {
  readonly child: readonly [DecisionList, DecisionList];
  readonly below: readonly [DecisionList, DecisionList];
  readonly sourceChild: readonly number[];
  readonly sourceBelow: readonly number[];
}

function inherit(node: Node, from: Inherited): Inherited {
  const child = (c: 0 | 1) => extend(from.below[c], [...node.direct[c], ...node.recursive[c]]);
  const below = (c: 0 | 1) => extend(from.below[c], node.recursive[c]);
  return {
    child: [child(0), child(1)],
    below: [below(0), below(1)],
    sourceChild: union(from.sourceBelow, union(node.sourceDirect, node.sourceRecursive)),
    sourceBelow: union(from.sourceBelow, node.sourceRecursive),
  };
}

/** The state's own name: its exact rules, the directories of its name, what its parent gives its children. */
function exactList(node: Node, from: Inherited, c: 0 | 1): DecisionList {
  return extend(extend(from.child[c], [...node.direct[c], ...node.recursive[c]]), node.exact[c]);
}

function union(a: readonly number[], b: readonly number[]): readonly number[] {
  if (a.length === 0) return b;
  return b.length === 0 ? a : [...new Set([...a, ...b])];
}
