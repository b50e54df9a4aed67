/**
 * The patterns of a rule set, component by component. A component ends in a class: which patterns are matched if the name ends there, and what can
 * go on behind a "/". Components that a pattern names literally are known by their names; for all others there are rows: a deterministic
 * automaton over bytes, made only as far as it is asked for. How much is made, and how much work that is, has a limit.
 */
import type { AutomatonGlobs } from "@portcullis/model";
import { columnsOf } from "./columns.ts";
import type { Part } from "./parse.ts";
import { type PositionSet, Positions } from "./positions.ts";

/** What the patterns of a rule set may cost together. */
export interface PatternBudget {
  readonly rows: number;
  /** States of the rule set's automaton beside those of names. */
  readonly states: number;
  /** Steps of the compiler: in all, and for each pattern beside that. */
  readonly work: number;
  readonly workEach: number;
}
export const defaultPatternBudget: PatternBudget = {
  rows: 1 << 15,
  states: 1 << 16,
  work: 1 << 20,
  workEach: 1 << 11,
};

/** The patterns cost more than they may. It never leaves the compiler, which then leaves patterns out. */
export class PatternsTooCostly extends Error {}

/** Where components begin: all that can go on there. */
export interface Beginning {
  /** Components that are named literally, with the positions that name them. */
  readonly literals: ReadonlyMap<string, PositionSet>;
  /** The row for all others; 0: no other component goes on. */
  readonly row: number;
  /** Patterns for which the directory that ends here is on the way, whatever else it may be. */
  readonly onTheWay: readonly number[];
}

export interface ComponentClass {
  readonly number: number;
  /** Patterns that are matched by a name that ends here. */
  readonly matched: readonly number[];
  readonly next: Beginning;
}

const slash = 0x2f;
const mostLiterals = 64;
const mostChoices = 8;
const longestComponent = 255;

/** A position, and the bytes of the component that led to it. */
interface Spelled {
  readonly at: number;
  readonly bytes: readonly number[];
}

export class GlobTable {
  readonly #positions = new Positions();
  readonly #budget: PatternBudget;
  readonly #mostWork: number;
  #work = 0;
  /** Of each byte the column of a row. */
  readonly #columns: Uint8Array;
  /** Of each column one of its bytes. */
  readonly #bytes: readonly number[];
  readonly #rows: { readonly set: PositionSet; readonly next: number[]; ends: number }[] = [];
  readonly #rowOf = new Map<string, number>();
  readonly #classes: ComponentClass[] = [];
  readonly #classesFrom = new Map<number, readonly ComponentClass[]>();
  readonly #classOf = new Map<string, number>();
  readonly #beginningOf = new Map<string, Beginning>();
  readonly #literalsOf = new Map<number, readonly string[] | undefined>();

  constructor(patterns: readonly (readonly Part[])[], budget: PatternBudget) {
    this.#budget = budget;
    for (const [pattern, parts] of patterns.entries()) this.#positions.add(parts, pattern);
    this.#mostWork = budget.work + budget.workEach * patterns.length;
    this.#columns = columnsOf(this.#positions.byteSets());
    this.#bytes = [...new Set(this.#columns)].sort((a, b) => a - b).map((column) => this.#columns.indexOf(column));
    this.#row([]); // 0
    this.#class([]); // 0
  }

  /** The class of the root. No pattern matches the root itself. */
  root(): ComponentClass {
    const { next } = this.#class(this.#positions.closure([this.#positions.begin]));
    return { number: -1, matched: [], next };
  }

  /** The class of a component by its name. */
  of(beginning: Beginning, name: string): ComponentClass {
    if (beginning.row === 0 && beginning.literals.size === 0) return this.#classes[0]!;
    const bytes = Buffer.from(name);
    const ends: number[] = [...this.#rows[this.#run(beginning.row, bytes)]!.set];
    let literal = beginning.literals.get(name);
    for (const byte of literal === undefined ? [] : bytes) literal = this.#step(literal!, byte);
    if (literal !== undefined) ends.push(...literal);
    return this.#class([...new Set(ends)].sort((a, b) => a - b));
  }

  /** The classes that a row leads to by components of at least one byte, each once. */
  classesFrom(row: number): readonly ComponentClass[] {
    const known = this.#classesFrom.get(row);
    if (known) return known;
    const found = new Set<number>();
    for (const at of this.#reachable(row)) found.add(this.#endOf(at));
    const classes = [...found].sort((a, b) => a - b).map((number) => this.#classes[number]!);
    this.#classesFrom.set(row, classes);
    return classes;
  }

  /** Counts work against the budget. */
  spend(steps: number): void {
    this.#work += steps;
    if (this.#work > this.#mostWork) throw new PatternsTooCostly();
  }

  /** The rows that are reached from `starts`, numbered anew, and the new number of each start. */
  finish(starts: ReadonlySet<number>): {
    readonly globs: AutomatonGlobs;
    readonly renumbered: ReadonlyMap<number, number>;
  } {
    const used = new Set([0]);
    for (const start of starts) {
      used.add(start);
      for (const row of this.#reachable(start)) used.add(row);
    }
    const order = [...used].sort((a, b) => a - b);
    const renumbered = new Map(order.map((row, index) => [row, index]));
    const rows = order.map((row) => [
      this.#endOf(row),
      ...this.#bytes.slice(1).map((_, before) => renumbered.get(this.#rows[row]!.next[before + 1] ?? 0)!),
    ]);
    return { globs: { columns: this.#columns, rows }, renumbered };
  }

  /** Every row that is reached from this one by one byte or more. */
  #reachable(row: number): Set<number> {
    const seen = new Set<number>();
    for (let pending = [row], at = pending.pop(); at !== undefined; at = pending.pop())
      for (let column = 1; column < this.#bytes.length; column++) {
        this.spend(1);
        const next = this.#next(at, column);
        if (seen.has(next)) continue;
        seen.add(next);
        pending.push(next);
      }
    return seen;
  }

  #run(row: number, bytes: Uint8Array): number {
    let at = row;
    for (const byte of bytes) at = this.#next(at, this.#columns[byte]!);
    return at;
  }

  #next(row: number, column: number): number {
    const { next, set } = this.#rows[row]!;
    next[column] ??= row === 0 ? 0 : this.#row(this.#step(set, this.#bytes[column]!));
    return next[column];
  }

  #step(set: PositionSet, byte: number): PositionSet {
    this.spend(set.length + 1);
    return this.#positions.step(set, byte);
  }

  #row(set: PositionSet): number {
    const key = set.join(",");
    const known = this.#rowOf.get(key);
    if (known !== undefined) return known;
    if (this.#rows.length >= this.#budget.rows) throw new PatternsTooCostly();
    this.spend(set.length);
    this.#rowOf.set(key, this.#rows.length);
    return this.#rows.push({ set, next: [], ends: -1 }) - 1;
  }

  #endOf(row: number): number {
    const found = this.#rows[row]!;
    if (found.ends < 0) found.ends = this.#class(found.set).number;
    return found.ends;
  }

  /** The class of a component that ends in these positions. */
  #class(set: PositionSet): ComponentClass {
    const matched = this.#positions.matched(set);
    const beginning = this.#positions.beginning(this.#step(set, slash));
    const key = `${matched.join(",")}/${beginning.join(",")}`;
    const known = this.#classOf.get(key);
    if (known !== undefined) return this.#classes[known]!;
    if (this.#classes.length >= this.#budget.rows) throw new PatternsTooCostly();
    const made = { number: this.#classes.length, matched, next: this.#beginning(beginning) };
    this.#classes.push(made);
    this.#classOf.set(key, made.number);
    return made;
  }

  #beginning(set: PositionSet): Beginning {
    const key = set.join(",");
    const known = this.#beginningOf.get(key);
    if (known) return known;
    const literals = new Map<string, number[]>();
    const others: number[] = [];
    for (const position of set) {
      const names = this.#literals(position);
      if (names === undefined) others.push(position);
      for (const name of names ?? []) {
        const naming = literals.get(name);
        if (naming) naming.push(position);
        else literals.set(name, [position]);
      }
    }
    const firm = set.filter((position) => !this.#positions.isLoose(position));
    const onTheWay = this.#positions.reachable(firm);
    const made = { literals, row: others.length === 0 ? 0 : this.#row(others), onTheWay };
    this.#beginningOf.set(key, made);
    return made;
  }

  /** The components that a position can begin, if they are few; undefined: they are not, or are no text. */
  #literals(position: number): readonly string[] | undefined {
    if (this.#literalsOf.has(position)) return this.#literalsOf.get(position);
    const found = this.#literalsFrom(position);
    this.#literalsOf.set(position, found);
    return found;
  }

  #literalsFrom(position: number): readonly string[] | undefined {
    const names = new Set<string>();
    const pending: Spelled[] = [{ at: position, bytes: [] }];
    for (let one = pending.pop(); one !== undefined; one = pending.pop()) {
      this.spend(1);
      const choices = bytesIn(this.#positions.bytesAt(one.at)).filter((byte) => byte !== slash);
      if (choices.length === 0) names.add(Buffer.from(one.bytes).toString("utf8"));
      else if (choices.length > mostChoices || one.bytes.length >= longestComponent) return undefined;
      else pending.push(...this.#spelledOn(one, choices));
      if (names.size + pending.length > mostLiterals) return undefined;
    }
    return [...names].every((name) => name.isWellFormed() && !name.includes("\ufffd")) ? [...names] : undefined;
  }

  #spelledOn({ at, bytes }: Spelled, choices: readonly number[]): Spelled[] {
    return choices.flatMap((byte) => this.#positions.after(at).map((next) => ({ at: next, bytes: [...bytes, byte] })));
  }
}

function bytesIn(set: Uint8Array = new Uint8Array()): number[] {
  return [...set.keys()].filter((byte) => set[byte] === 1);
}
