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

/** Undefined when there is none, or when it is damaged: then everything that is there is sent again. */
export function readCursor(path: string): Position | undefined {
  try {
    const { segment, offset, sequence } = JSON.parse(readFileSync(path, "utf8")) as Position;
    return [segment, offset, sequence].every(Number.isSafeInteger) ? { segment, offset, sequence } : undefined;
  } catch {
    return undefined;
  }
}

export function writeCursor(path: string, { segment, offset, sequence }: Position): void {
  writeFileSync(`${path}.new`, JSON.stringify({ segment, offset, sequence }), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

export function isBefore(a: Position, b: Position): boolean {
  return a.segment < b.segment || (a.segment === b.segment && a.offset < b.offset);
}
