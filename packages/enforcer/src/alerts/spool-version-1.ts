/**
 * The spool as earlier versions of this program wrote it, read once, when an upgrade finds it:
 *
 *     <number, 12 digits>.seg    records: u32 length, u32 CRC-32 of the payload, payload; little endian
 *     cursor                     `{"segment": n, "offset": bytes}`, everything before which is acknowledged
 *
 * Such records have no marker. Behind a damaged payload the next record is taken when it is whole; behind a damaged length the
 * rest of the segment is lost.
 */

import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";

const headerBytes = 8;

interface OldSegment {
  /** Not acknowledged, in order. */
  readonly payloads: readonly Buffer[];
  /** Bytes of damaged records, and how many records there are at least. */
  readonly skipped: number;
  readonly lost: number;
  remove(): void;
}

/** The segments of version 1 that lie in a directory, the oldest first, one read at a time. Throws what reading throws. */
export function* oldSegments(dir: string): Generator<OldSegment> {
  const numbers = readdirSync(dir)
    .map((name) => /^(\d{12})\.seg$/.exec(name)?.[1])
    .filter((name) => name !== undefined)
    .sort();
  if (numbers.length === 0) return;
  const cursor = readOldCursor(join(dir, "cursor"));
  for (const number of numbers) {
    const path = join(dir, `${number}.seg`);
    const remove = () => rmSync(path, { force: true });
    const segment = Number(number);
    if (segment < cursor.segment) yield { payloads: [], skipped: 0, lost: 0, remove };
    else yield { ...payloadsOf(readFileSync(path), segment === cursor.segment ? cursor.offset : 0), remove };
  }
  rmSync(join(dir, "cursor"), { force: true });
}

function readOldCursor(path: string): { segment: number; offset: number } {
  try {
    const { segment, offset } = JSON.parse(readFileSync(path, "utf8")) as { segment: number; offset: number };
    if (Number.isSafeInteger(segment) && Number.isSafeInteger(offset)) return { segment, offset };
  } catch {
    // Without a cursor everything that is there is sent again, which does no harm.
  }
  return { segment: 0, offset: 0 };
}

function payloadsOf(bytes: Buffer, from: number): { payloads: Buffer[]; skipped: number; lost: number } {
  const payloads: Buffer[] = [];
  let skipped = 0;
  let lost = 0;
  let at = Math.min(from, bytes.length);
  while (at < bytes.length) {
    const end = recordEnd(bytes, at);
    if (isWhole(bytes, at, end)) {
      payloads.push(bytes.subarray(at + headerBytes, end));
      at = end;
      continue;
    }
    // The length is believed only when a whole record, or the end of the segment, is where it says.
    const believed = end === bytes.length || (end < bytes.length && isWhole(bytes, end, recordEnd(bytes, end)));
    const to = believed ? end : bytes.length;
    skipped += to - at;
    lost += 1;
    at = to;
  }
  return { payloads, skipped, lost };
}

function recordEnd(bytes: Buffer, at: number): number {
  return at + headerBytes <= bytes.length ? at + headerBytes + bytes.readUInt32LE(at) : Number.POSITIVE_INFINITY;
}

function isWhole(bytes: Buffer, at: number, end: number): boolean {
  return end <= bytes.length && crc32(bytes.subarray(at + headerBytes, end)) === bytes.readUInt32LE(at + 4);
}
