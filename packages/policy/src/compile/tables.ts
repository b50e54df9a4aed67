/** The lists and source sets of an automaton, equal ones stored once, and the budgets they and the states count against. */
import type { AutomatonEntry } from "@portcullis/model";
import { AutomatonBudgetError } from "../errors.ts";
import { type DecisionList, emptyList, entriesOf } from "./decision-list.ts";

/** Largest automaton that is compiled; the defaults are about 64 MiB of rule table each. */
export interface Budget {
  readonly states: number;
  readonly entries: number;
  /** The number of sets times the number of sources. */
  readonly sourceBits: number;
}
export const defaultBudget: Budget = { states: 1 << 20, entries: 1 << 22, sourceBits: 1 << 29 };

/** Stores equal lists once. Two lists are equal when the ids and conditions of their rules are: a link guard has the id of its rule. */
export class ListTable {
  readonly lists: AutomatonEntry[][] = [[]];
  readonly #known = new Map<DecisionList, number>([[emptyList, 0]]);
  readonly #byContent = new Map<string, number>([["", 0]]);
  readonly #budget: Budget;
  #entries = 0;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  index(list: DecisionList): number {
    const known = this.#known.get(list);
    if (known !== undefined) return known;
    const origin = [...list.sourced, ...list.audits][0]?.rule.origin ?? "";
    const index = this.indexOfEntries(entriesOf(list), origin);
    this.#known.set(list, index);
    return index;
  }

  /** `origin`: of a rule of the list, for the error. */
  indexOfEntries(entries: AutomatonEntry[], origin: string): number {
    const content = entries.map(keyOf).join(",");
    const known = this.#byContent.get(content);
    if (known !== undefined) return known;
    const index = this.lists.length;
    this.#entries += entries.length;
    if (this.#entries > this.#budget.entries)
      throw new AutomatonBudgetError("list entries", this.#entries, this.#budget.entries, origin);
    this.lists.push(entries);
    this.#byContent.set(content, index);
    return index;
  }
}

/** In a list of addresses the conditions of an entry follow from its rule. */
const keyOf = ({ ruleId, readOnly, ownerOnly, noTerminal, argumentSet, peers }: AutomatonEntry): string =>
  `${ruleId}${readOnly ? "r" : ""}${ownerOnly ? "o" : ""}${noTerminal ? "t" : ""}${argumentSet ? `a${argumentSet}` : ""}${peers ? "p" : ""}`;

export class SourceTable {
  readonly sets: (readonly number[])[] = [[]];
  readonly #byContent = new Map<string, number>([["", 0]]);
  readonly #budget: Budget;
  readonly #sources: number;

  constructor(budget: Budget, sources: number) {
    this.#budget = budget;
    this.#sources = sources;
  }

  index(set: readonly number[]): number {
    if (set.length === 0) return 0;
    const sorted = [...set].sort((a, b) => a - b);
    const content = sorted.join(",");
    let index = this.#byContent.get(content);
    if (index === undefined) {
      index = this.sets.length;
      const bits = (index + 1) * this.#sources;
      if (bits > this.#budget.sourceBits)
        throw new AutomatonBudgetError("bits of source sets", bits, this.#budget.sourceBits, "fromSource");
      this.sets.push(sorted);
      this.#byContent.set(content, index);
    }
    return index;
  }
}
