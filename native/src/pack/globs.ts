/** The part of a rule table that is about patterns: the columns of bytes, and the rows of the automaton over them. */
import type { Automaton, AutomatonGlobs, AutomatonState } from "@portcullis/model";
import { pc_limit } from "../abi/enums.ts";
import { PackError } from "../errors.ts";

const { PC_BUCKET_SIZE: elementSize } = pc_limit;
const bytes = 256;
const wordSize = 2;
const columnElements = bytes / elementSize;
/** What a word can say. */
const mostRows = 1 << 16;

export interface GlobPlaces {
  readonly columns_at: number;
  readonly rows_at: number;
  readonly row_words: number;
}

/** Where the patterns' part lies if it begins at this element, and how many elements it has; nothing without patterns. */
export function placesOf(globs: AutomatonGlobs | undefined, at: number): { places: GlobPlaces; elements: number } {
  if (!globs) return { places: { columns_at: 0, rows_at: 0, row_words: 0 }, elements: 0 };
  const words = globs.rows[0]!.length;
  const rowElements = Math.ceil((globs.rows.length * words * wordSize) / elementSize);
  const places = { columns_at: at, rows_at: at + columnElements, row_words: words };
  return { places, elements: columnElements + rowElements };
}

export function writeGlobs(view: DataView, { columns, rows }: AutomatonGlobs, places: GlobPlaces): void {
  for (const [byte, column] of columns.entries()) view.setUint8(places.columns_at * elementSize + byte, column);
  for (const [index, row] of rows.entries())
    for (const [word, value] of row.entries()) {
      const at = places.rows_at * elementSize + (index * places.row_words + word) * wordSize;
      view.setUint16(at, value, true);
    }
}

/** Throws IMAGE_INVALID, as checkAutomaton() does. */
export function checkGlobs({ globs, states }: Automaton): void {
  if (globs) checkRows(globs);
  for (const [index, state] of states.entries()) checkGlob(state, `states[${index}]`, states.length, globs);
}

function checkRows({ columns, rows }: AutomatonGlobs): void {
  if (columns.length !== bytes) throw PackError.invalid("globs.columns", columns.length, "expected 256");
  const words = rows[0]?.length ?? 0;
  if (words <= Math.max(...columns)) throw PackError.invalid("globs.rows[0]", words, "it has too few columns");
  if (rows.length > mostRows) throw PackError.invalid("globs.rows", rows.length, `more than ${mostRows}`);
  for (const [index, row] of rows.entries()) {
    if (row.length !== words) throw PackError.invalid(`globs.rows[${index}]`, row.length, `expected ${words} words`);
    if (row.some((value, word) => value < 0 || value >= (word === 0 ? mostRows : rows.length)))
      throw PackError.invalid(`globs.rows[${index}]`, "a word", "no such row or class");
  }
  if (rows[0]!.some((value) => value !== 0)) throw PackError.invalid("globs.rows[0]", "a word", "row 0 leads nowhere");
}

function checkGlob(state: AutomatonState, field: string, states: number, globs: AutomatonGlobs | undefined): void {
  const { any, glob } = state;
  const isState = (next: number) => next > 0 && next < states;
  if (any !== undefined && !isState(any)) throw PackError.invalid(`${field}.any`, any, "no such state");
  if (any !== undefined && !globs) throw PackError.invalid(`${field}.any`, any, "there are no patterns");
  if (glob === undefined) return;
  if (!(glob.row > 0 && globs && glob.row < globs.rows.length))
    throw PackError.invalid(`${field}.glob`, glob.row, "no such row");
  for (const next of glob.classes.values())
    if (!isState(next)) throw PackError.invalid(`${field}.glob`, next, "no such state");
}
