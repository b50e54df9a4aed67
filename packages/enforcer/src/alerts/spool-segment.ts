/** A segment of the spool: a file, or a piece of memory while the disk refuses. Both hold records (spool-records.ts). */

import { closeSync, fstatSync, ftruncateSync, openSync, readSync, rmSync, writeSync } from "node:fs";

export abstract class Segment {
  /** Number of its first record. */
  readonly number: number;
  /** Bytes of records in it. */
  bytes = 0;
  /** Number of the record behind its last one. */
  next: number;
  abstract readonly inMemory: boolean;

  constructor(number: number) {
    this.number = number;
    this.next = number;
  }

  /** Appends whole records or throws and appends none. */
  abstract append(records: Buffer, count: number): void;
  /** All its bytes. The result is good until the next call of a method. */
  abstract view(): Buffer;
  /** Lets go of what reading it took. */
  abstract release(): void;
  abstract remove(): void;
  abstract close(): void;
}

export class DiskSegment extends Segment {
  readonly inMemory = false;
  readonly #path: string;
  /** Open while it is written to. */
  #file: number | undefined;
  #read = Buffer.alloc(0);

  private constructor(path: string, number: number) {
    super(number);
    this.#path = path;
  }

  static create(path: string, number: number): DiskSegment {
    const segment = new DiskSegment(path, number);
    segment.#file = openSync(path, "wx+", 0o600);
    return segment;
  }

  /** One that an earlier process wrote. It is not written to any more. */
  static existing(path: string, number: number): DiskSegment {
    const segment = new DiskSegment(path, number);
    const file = openSync(path, "r");
    try {
      segment.bytes = fstatSync(file).size;
    } finally {
      closeSync(file);
    }
    return segment;
  }

  /** The descriptor to sync; undefined when nothing is written to it any more. */
  get file(): number | undefined {
    return this.#file;
  }

  append(records: Buffer, count: number): void {
    const file = this.#file!;
    try {
      const written = writeSync(file, records, 0, records.length, this.bytes);
      if (written !== records.length) throw new Error(`ENOSPC: wrote ${written} of ${records.length} bytes`);
    } catch (error) {
      // What was written of a refused batch must not be read later. If this fails too, the segment is not written to again.
      ftruncateSync(file, this.bytes);
      throw error;
    }
    this.bytes += records.length;
    this.next += count;
  }

  /** Cuts off what lies behind the last whole record. */
  shorten(bytes: number): void {
    this.bytes = bytes;
    const file = openSync(this.#path, "r+");
    try {
      ftruncateSync(file, bytes);
    } finally {
      closeSync(file);
    }
  }

  view(): Buffer {
    const missing = this.bytes - this.#read.length;
    if (missing <= 0) return this.#read.subarray(0, this.bytes);
    const grown = Buffer.alloc(this.bytes);
    this.#read.copy(grown);
    const file = openSync(this.#path, "r");
    try {
      readWhole(file, grown, this.#read.length);
    } finally {
      closeSync(file);
    }
    this.#read = grown;
    return grown;
  }

  release(): void {
    this.#read = Buffer.alloc(0);
  }

  remove(): void {
    this.close();
    rmSync(this.#path, { force: true });
  }

  close(): void {
    this.release();
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}

/** Where the file is shorter than it should be the buffer stays zero, which no record is. */
function readWhole(file: number, into: Buffer, from: number): void {
  for (let at = from; at < into.length; ) {
    const read = readSync(file, into, at, into.length - at, at);
    if (read === 0) return;
    at += read;
  }
}

export class MemorySegment extends Segment {
  readonly inMemory = true;
  readonly #parts: Buffer[] = [];
  #joined = Buffer.alloc(0);

  append(records: Buffer, count: number): void {
    this.#parts.push(records);
    this.bytes += records.length;
    this.next += count;
  }

  view(): Buffer {
    if (this.#parts.length > 0) this.#joined = Buffer.concat([this.#joined, ...this.#parts.splice(0)]);
    return this.#joined;
  }

  release(): void {}
  remove(): void {}
  close(): void {}
}
