/**
 * The records of a spool segment: u32 length, u32 CRC-32 of the payload, payload; little endian. A crash may leave the last one
 * torn; the checksum tells.
 */

import { crc32 } from "node:zlib";

export const headerBytes = 8;

export function recordsOf(payloads: readonly Uint8Array[]): Buffer {
  return Buffer.concat(payloads.flatMap((payload) => [header(payload), payload]));
}

/** Bytes of the payload that the header announces. */
export function payloadBytes(header: Buffer): number {
  return header.readUInt32LE(0);
}

/** How far the records from `from` on are whole, and how many there are. */
export function scanRecords(bytes: Buffer, from: number): { bytes: number; records: number } {
  let at = from;
  let records = 0;
  while (at + headerBytes <= bytes.length) {
    const end = at + headerBytes + payloadBytes(bytes.subarray(at));
    if (end > bytes.length || crc32(bytes.subarray(at + headerBytes, end)) !== bytes.readUInt32LE(at + 4)) break;
    at = end;
    records += 1;
  }
  return { bytes: at, records };
}

function header(payload: Uint8Array): Buffer {
  const bytes = Buffer.alloc(headerBytes);
  bytes.writeUInt32LE(payload.length, 0);
  bytes.writeUInt32LE(crc32(payload), 4);
  return bytes;
}
