/** Bytes that no pattern tells apart, so that a row has one column for all of them. */
import type { ByteSet } from "./parse.ts";

const slash = 0x2f;

/** Of each of the 256 bytes its column, from 1 on; 0 for the two that no component has. `sets` are the bytes that patterns ask for. */
export function columnsOf(sets: Iterable<ByteSet>): Uint8Array {
  const columns: number[] = Array.from({ length: 256 }, (_, byte) => (byte === 0 || byte === slash ? 0 : 1));
  let count = 2;
  for (const set of sets) {
    // What of each column is in the set becomes a column of its own.
    const split = new Map<number, number>();
    for (const [byte, column] of columns.entries()) {
      if (column === 0 || set[byte] === 0) continue;
      if (!split.has(column)) split.set(column, count++);
      columns[byte] = split.get(column)!;
    }
  }
  const numbers = new Map([[0, 0]]);
  for (const column of columns) if (!numbers.has(column)) numbers.set(column, numbers.size);
  return Uint8Array.from(columns, (column) => numbers.get(column)!);
}
