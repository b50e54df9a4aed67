/**
 * A rule set to its automaton, in two steps: every rule and source is put into a tree of path components (tree.ts), then states are made of the
 * tree and the patterns (states.ts). Patterns that together cost more than they may are left out, one after another, and named.
 */
import type { Automaton, AutomatonCategory, Rule, RuleSet, Unenforced } from "@portcullis/model";
import { categories } from "../categories.ts";
import { defaultPatternBudget, type PatternBudget } from "../patterns/glob-table.ts";
import { namedObject, nameOf } from "../patterns/names.ts";
import { affordable } from "./affordable.ts";
import { conditionsOf } from "./decision-list.ts";
import { linkGuards } from "./link-guards.ts";
import { type Budget, defaultBudget } from "./tables.ts";
import { Tree, textOfPattern } from "./tree.ts";

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
  readonly patternBudget?: Partial<PatternBudget> | undefined;
}

export interface Compiled {
  readonly automaton: Automaton;
  /** Rules that could not be put into the automaton, for the policies' status. */
  readonly unenforced: readonly Unenforced[];
}

/** The names of all rules and sources, as written, sorted: what the node has to resolve. Directories end in "/". Of imageOnly it is the root itself. */
export function pathsToResolve(ruleSet: RuleSet): string[] {
  const root = ruleSet.rules.some(({ match }) => match.kind === "preset" && match.preset === "imageOnly") ? ["/"] : [];
  return [...new Set([...ruleSet.rules.flatMap(namesOf), ...root])].sort();
}

/** The names of a rule's object and source, as written. */
export function namesOf({ match, source }: Rule): string[] {
  return [namedObject(match), source].filter((named) => named !== undefined).map(nameOf);
}

/** Compiles `ruleSet`. Throws AutomatonBudgetError, naming the rule. */
export function compile(ruleSet: RuleSet, options: CompileOptions = {}): Compiled {
  const budget = { ...defaultBudget, ...options.budget };
  const tree = new Tree(options, budget);
  const unenforced: Unenforced[] = [];
  const all = [...ruleSet.rules, ...linkGuards(ruleSet.rules, options.links ?? new Map())];
  const refuse = (rule: Rule, reason: string) => {
    const policy = ruleSet.policies[rule.policy];
    if (policy !== undefined) unenforced.push({ policy, origin: rule.origin, reason });
  };
  for (const rule of all) {
    const fault = tree.add(rule);
    if (fault !== undefined) refuse(rule, fault);
  }
  tree.placeSyscalls();
  tree.placeBaseDevices();
  const { states, tooCostly } = affordable(tree, budget, { ...defaultPatternBudget, ...options.patternBudget });
  const dropped = (rule: Rule) => tooCostly.has(textOfPattern(rule.match));
  for (const rule of all) if (dropped(rule)) refuse(rule, tooCostlyReason(rule));
  const summaries = categories.map((category): AutomatonCategory => {
    const rules = all.filter((rule) => rule.category === category);
    const allowList = rules.some((rule) => rule.action === "allow" && rule.policy >= 0);
    const writeOnly = category === "file" && !allowList && rules.length > 0 && rules.every(concernsWritesOnly);
    const patterns = rules.some((rule) => textOfPattern(rule.match) !== "");
    const postureBlock = ruleSet.posture[category] === "block";
    return { hasRules: rules.length > 0, writeOnly, allowList, postureBlock, ...(patterns && { patterns }) };
  });
  const { sets } = tree.argumentSets;
  const argumentSets = sets.length > 0 && { argumentSets: sets };
  return { automaton: { ...states, ...argumentSets, categories: summaries }, unenforced };
}

function tooCostlyReason({ match }: Rule): string {
  const pattern = textOfPattern(match);
  return `pattern ${JSON.stringify(pattern)} makes the rules of the container too large together with its other patterns: use fewer * and **, or matchDirectories`;
}

const concernsWritesOnly = (rule: Rule): boolean => rule.readOnly && conditionsOf(rule) === 1;
