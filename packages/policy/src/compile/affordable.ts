/**
 * As many of the patterns as can be afforded together. Patterns can need states by the power of their number; each attempt has a limit of work, and
 * there are few attempts, so that no rule set takes long.
 */
import type { Automaton } from "@portcullis/model";
import { AutomatonBudgetError } from "../errors.ts";
import { type PatternBudget, PatternsTooCostly } from "../patterns/glob-table.ts";
import { statesOf } from "./states.ts";
import type { Budget } from "./tables.ts";
import type { PlacedPattern, Tree } from "./tree.ts";

const mostAttempts = 8;

type States = Omit<Automaton, "categories">;

/** The states of the tree, and the patterns, as they are written, that are not among them. */
export function affordable(
  tree: Tree,
  budget: Budget,
  patternBudget: PatternBudget,
): { readonly states: States; readonly tooCostly: ReadonlySet<string> } {
  const texts = cheapestFirst([...tree.patterns.values()]);
  const spellings = (kept: readonly string[]): PlacedPattern[] => {
    const wanted = new Set(kept);
    return [...tree.patterns.values()].filter(({ text }) => wanted.has(text));
  };
  const attempt = (kept: readonly string[]) => statesWithin(tree, spellings(kept), budget, patternBudget);

  let best = attempt(texts);
  if (best) return { states: best, tooCostly: new Set() };
  // How many from the beginning can be afforded; the one behind them is left out, and so on with those behind it.
  let kept: readonly string[] = [];
  let rest: readonly string[] = texts;
  for (let attempts = 1; attempts < mostAttempts && rest.length > 0; ) {
    let low = 0;
    let high = rest.length;
    while (high - low > 1 && attempts < mostAttempts) {
      const middle = (low + high) >> 1;
      const states = attempt([...kept, ...rest.slice(0, middle)]);
      attempts++;
      if (states) {
        best = states;
        low = middle;
      } else high = middle;
    }
    kept = [...kept, ...rest.slice(0, low)];
    rest = rest.slice(high);
    const states = attempt([...kept, ...rest]);
    attempts++;
    if (states) {
      best = states;
      kept = [...kept, ...rest];
      rest = [];
    }
  }
  const keptTexts = new Set(kept);
  return {
    states: best ?? statesOf(tree, [], budget, patternBudget),
    tooCostly: new Set(texts.filter((text) => !keptTexts.has(text))),
  };
}

/** The patterns as they are written: what multiplies states least comes first, so that as many as possible are kept. */
function cheapestFirst(patterns: readonly PlacedPattern[]): string[] {
  const costs = new Map<string, number>();
  for (const { text, parts } of patterns)
    costs.set(
      text,
      parts.reduce((sum, { kind }) => sum + (kind === "any" ? 100 : kind === "star" ? 1 : 0), 0),
    );
  return [...costs].sort(([, a], [, b]) => a - b).map(([text]) => text);
}

/** Undefined: they cost too much. What the tree alone costs is not their fault. */
function statesWithin(
  tree: Tree,
  patterns: readonly PlacedPattern[],
  budget: Budget,
  patternBudget: PatternBudget,
): States | undefined {
  try {
    return statesOf(tree, patterns, budget, patternBudget);
  } catch (error) {
    if (error instanceof PatternsTooCostly) return undefined;
    if (error instanceof AutomatonBudgetError && patterns.length > 0) return undefined;
    throw error;
  }
}
