/**
 * The records of a spool segment, in an order of bytes that lets a reader find the next whole record behind damage:
 *
 *     3 bytes  marker           bytes that no UTF-8 text contains, so that no name or argument in an alert looks like one
 *     1 byte   version          2; version 1 had no marker (spool-version-1.ts)
 *     u64      sequence         number of the alert in this spool, so that what is missing can be counted
 *     u32      length           of the payload
 *     u32      CRC-32           of the payload
 *     u32      CRC-32           of the 20 bytes before it
 *
 * Numbers are little endian. The payload follows. Where the header is whole its length is right, and a damaged payload costs
 * this record alone. Where the header is damaged the next marker is looked for.
 */

import { crc32 } from "node:zlib";

const headerBytes = 24;
const checkedBytes = 20;
const recordVersion = 2;
const marker = Buffer.from([0xff, 0xfe, 0xf7, recordVersion]);

/** Records of consecutive numbers, beginning with `sequence`. */
export function recordsOf(payloads: readonly Uint8Array[], sequence: number): Buffer {
  return Buffer.concat(payloads.flatMap((payload, index) => [headerOf(payload, sequence + index), payload]));
}

function headerOf(payload: Uint8Array, sequence: number): Buffer {
  const bytes = Buffer.alloc(headerBytes);
  marker.copy(bytes);
  bytes.writeBigUInt64LE(BigInt(sequence), 4);
  bytes.writeUInt32LE(payload.length, 12);
  bytes.writeUInt32LE(crc32(payload), 16);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, checkedBytes)), checkedBytes);
  return bytes;
}

/** The next whole record of a segment and what lies damaged before it. */
interface Found {
  /** Undefined: there is no further record. */
  readonly payload: Buffer | undefined;
  /** Where the record ends; without one, where the segment ends. */
  readonly end: number;
  /** The number that the record behind this one has. */
  readonly next: number;
  /** Bytes that were passed over. */
  readonly skipped: number;
  /** Records that were passed over. At the end of a segment it is what can be told at least. */
  readonly lost: number;
}

/** Looks for a whole record from `from` on, where the one with the number `expected` should begin. */
export function findRecord(segment: Buffer, from: number, expected: number): Found {
  let at = from;
  let next = expected;
  while (at + headerBytes <= segment.length) {
    const header = readHeader(segment, at);
    const end = header ? at + headerBytes + header.length : at;
    if (header && header.sequence >= expected && end <= segment.length) {
      const payload = segment.subarray(at + headerBytes, end);
      if (crc32(payload) === header.crc)
        return {
          payload,
          end,
          next: header.sequence + 1,
          skipped: at - from,
          lost: header.sequence - expected,
        };
      next = header.sequence + 1;
      at = end;
      continue;
    }
    // A record lies here that is torn, or whose number cannot be read.
    next = header && header.sequence >= expected ? header.sequence + 1 : next + 1;
    const marked = segment.indexOf(marker, at + 1);
    at = marked < 0 ? segment.length : marked;
  }
  if (at < segment.length) next += 1; // less than a header is left
  return {
    payload: undefined,
    end: segment.length,
    next,
    skipped: segment.length - from,
    lost: next - expected,
  };
}

/** Undefined: no whole header begins here. */
function readHeader(segment: Buffer, at: number): { sequence: number; length: number; crc: number } | undefined {
  if (segment.compare(marker, 0, marker.length, at, at + marker.length) !== 0) return undefined;
  if (crc32(segment.subarray(at, at + checkedBytes)) !== segment.readUInt32LE(at + checkedBytes)) return undefined;
  return {
    sequence: Number(segment.readBigUInt64LE(at + 4)),
    length: segment.readUInt32LE(at + 12),
    crc: segment.readUInt32LE(at + 16),
  };
}
