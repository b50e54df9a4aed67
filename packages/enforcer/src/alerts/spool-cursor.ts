/** The spool's cursor on disk: `{"segment": n, "offset": bytes}`, everything before which is acknowledged. */

import { readFileSync, renameSync, writeFileSync } from "node:fs";

/** A place in the spool: a record begins there, or the next one will. */
export interface Position {
  readonly segment: number;
  readonly offset: number;
}

/** Undefined when there is none, or when it is damaged: then everything that is there is sent again. */
export function readCursor(path: string): Position | undefined {
  try {
    const { segment, offset } = JSON.parse(readFileSync(path, "utf8")) as Position;
    return Number.isSafeInteger(segment) && Number.isSafeInteger(offset) ? { segment, offset } : undefined;
  } catch {
    return undefined;
  }
}

export function writeCursor(path: string, { segment, offset }: Position): void {
  writeFileSync(`${path}.new`, JSON.stringify({ segment, offset }), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

export function isBefore(a: Position, b: Position): boolean {
  return a.segment < b.segment || (a.segment === b.segment && a.offset < b.offset);
}
