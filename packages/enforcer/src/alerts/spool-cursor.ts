/** The spool's cursor on disk, as JSON: everything before its position is acknowledged. */

import { readFileSync, renameSync, writeFileSync } from "node:fs";

/** A place in the spool: a record begins there, or the next one will. */
export interface Position {
  /** Number of the first record of its segment, after which the segment is named. */
  readonly segment: number;
  readonly offset: number;
  /** Number of the record that belongs here. */
  readonly sequence: number;
}

/** The alert that was stored last, and the stream that has it. */
export interface StreamMark {
  /** When the stream was made. */
  readonly created: string;
  readonly sequence: number;
  readonly id: string;
}

export interface Cursor {
  readonly position: Position;
  readonly mark: StreamMark | undefined;
}

/** Undefined when there is none, or when it is damaged: then everything that is there is sent again. */
export function readCursor(path: string): Cursor | undefined {
  try {
    const { segment, offset, sequence, mark } = JSON.parse(readFileSync(path, "utf8")) as Position & {
      mark?: StreamMark;
    };
    if (![segment, offset, sequence].every(Number.isSafeInteger)) return undefined;
    return { position: { segment, offset, sequence }, mark };
  } catch {
    return undefined;
  }
}

export function writeCursor(path: string, { position: { segment, offset, sequence }, mark }: Cursor): void {
  writeFileSync(`${path}.new`, JSON.stringify({ segment, offset, sequence, mark }), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

export function isBefore(a: Position, b: Position): boolean {
  return a.segment < b.segment || (a.segment === b.segment && a.offset < b.offset);
}
