/**
 * Alerts on their way, on disk: appended to segment files, read in order, and gone when they were acknowledged. What is
 * in the files survives the process. The spool is bounded: when the limit is reached the oldest segment is dropped, and what it
 * still held is counted.
 *
 *     <dir>/<number, 12 digits>.seg    records (spool-records.ts)
 *     <dir>/cursor                     everything before this place is acknowledged (spool-cursor.ts)
 *
 * Appending is synchronous, one write for a batch of events: an alert that was taken from the kernel's ring buffer is on disk
 * before the next is read. The cursor is written now and then; what was acknowledged after it is sent again after a
 * crash, and the message id makes that harmless.
 */

import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { isBefore, type Position, readCursor, writeCursor } from "./spool-cursor.ts";
import { headerBytes, payloadBytes, recordsOf, scanRecords } from "./spool-records.ts";

interface SpoolOptions {
  readonly dir: string;
  readonly maxBytes: number;
  readonly segmentBytes: number;
  /** Alerts that were dropped, unacknowledged, to stay within the limit or because the disk refused. */
  readonly dropped: (count: number, reason: "limit" | "disk", error?: unknown) => void;
}

/** A record and where the next one begins. */
interface Spooled {
  readonly payload: Uint8Array;
  readonly after: Position;
}

interface Segment {
  readonly number: number;
  bytes: number;
  records: number;
}

/** After so many acknowledgements the cursor is written. */
const acknowledgedUnsaved = 256;

export class Spool {
  readonly #options: SpoolOptions;
  /** Oldest first; the last one is written to. */
  readonly #segments: Segment[] = [];
  #file: number | undefined;
  #acknowledged: Position = { segment: 0, offset: 0 };
  #unsaved = 0;
  /** The segment being read. */
  #reading: { number: number; file: number } | undefined;

  /** Opens what an earlier process left. A torn record at the end of a segment is cut off. */
  constructor(options: SpoolOptions) {
    this.#options = options;
    mkdirSync(options.dir, { recursive: true, mode: 0o700 });
    const numbers = readdirSync(options.dir)
      .map((name) => /^(\d{12})\.seg$/.exec(name)?.[1])
      .filter((name) => name !== undefined)
      .map(Number)
      .sort((a, b) => a - b);
    this.#acknowledged = readCursor(this.#cursorPath) ?? { segment: numbers[0] ?? 1, offset: 0 };
    for (const number of numbers) {
      if (number < this.#acknowledged.segment) this.#remove(number);
      else this.#segments.push(this.#recover(number));
    }
  }

  /** Bytes on disk. */
  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Where reading begins: the oldest record that is not acknowledged. */
  get start(): Position {
    const first = this.#segments[0];
    if (!first || first.number <= this.#acknowledged.segment) return this.#acknowledged;
    return { segment: first.number, offset: 0 };
  }

  /** Appends in order and returns how many were taken. Never throws: what the disk refuses is counted as dropped. */
  append(payloads: readonly Uint8Array[]): number {
    if (payloads.length === 0) return 0;
    const bytes = recordsOf(payloads);
    try {
      const segment = this.#writable(bytes.length);
      const written = writeSync(this.#file!, bytes, 0, bytes.length, segment.bytes);
      if (written !== bytes.length) throw new Error(`wrote ${written} of ${bytes.length} bytes`);
      segment.bytes += bytes.length;
      segment.records += payloads.length;
      this.#limit();
      return payloads.length;
    } catch (error) {
      this.#options.dropped(payloads.length, "disk", error);
      return 0;
    }
  }

  /** The record at `position`, or the first after it; undefined when there is none yet. */
  read(position: Position): Spooled | undefined {
    for (const segment of this.#segments) {
      if (segment.number < position.segment) continue;
      const offset = segment.number === position.segment ? position.offset : 0;
      if (offset >= segment.bytes) continue;
      const length = payloadBytes(this.#read(segment, offset, headerBytes));
      const begin = offset + headerBytes;
      return {
        payload: this.#read(segment, begin, length),
        after: { segment: segment.number, offset: begin + length },
      };
    }
    return undefined;
  }

  /** Everything before `position` has arrived. */
  acknowledge(position: Position): void {
    if (isBefore(position, this.#acknowledged)) return;
    this.#acknowledged = position;
    this.#unsaved += 1;
    while (this.#segments.length > 1 && this.#segments[0]!.number < position.segment) this.#dropFirst();
    if (this.#unsaved >= acknowledgedUnsaved) this.#saveCursor();
  }

  close(): void {
    this.#saveCursor();
    this.#stopReading();
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #writable(more: number): Segment {
    const last = this.#segments.at(-1);
    if (last && this.#file !== undefined && last.bytes + more <= this.#options.segmentBytes) return last;
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    const number = Math.max(last?.number ?? 0, this.#acknowledged.segment) + 1;
    const segment = { number, bytes: 0, records: 0 };
    this.#file = openSync(this.#path(number), "wx", 0o600);
    this.#segments.push(segment);
    return segment;
  }

  #limit(): void {
    while (this.bytes > this.#options.maxBytes && this.#segments.length > 1) {
      const oldest = this.#segments[0]!;
      const lost = this.#recordsAfter(oldest, this.start);
      if (lost > 0) this.#options.dropped(lost, "limit");
      this.#dropFirst();
    }
  }

  #recordsAfter(segment: Segment, position: Position): number {
    if (position.segment > segment.number) return 0;
    if (position.segment < segment.number || position.offset === 0) return segment.records;
    return scanRecords(readFileSync(this.#path(segment.number)), position.offset).records;
  }

  #dropFirst(): void {
    this.#remove(this.#segments.shift()!.number);
  }

  #recover(number: number): Segment {
    const whole = scanRecords(readFileSync(this.#path(number)), 0);
    if (whole.bytes < statSync(this.#path(number)).size) truncateSync(this.#path(number), whole.bytes);
    return { number, ...whole };
  }

  #read(segment: Segment, offset: number, length: number): Buffer {
    if (this.#reading?.number !== segment.number) {
      this.#stopReading();
      this.#reading = { number: segment.number, file: openSync(this.#path(segment.number), "r") };
    }
    const bytes = Buffer.alloc(length);
    const read = readSync(this.#reading.file, bytes, 0, length, offset);
    if (read !== length)
      throw new Error(`segment ${segment.number} ends at ${offset + read}, expected ${offset + length}`);
    return bytes;
  }

  #stopReading(): void {
    if (this.#reading) closeSync(this.#reading.file);
    this.#reading = undefined;
  }

  #saveCursor(): void {
    if (this.#unsaved === 0) return;
    this.#unsaved = 0;
    try {
      writeCursor(this.#cursorPath, this.#acknowledged);
    } catch (error) {
      this.#options.dropped(0, "disk", error);
    }
  }

  #remove(number: number): void {
    rmSync(this.#path(number), { force: true });
  }

  get #cursorPath(): string {
    return join(this.#options.dir, "cursor");
  }

  #path(number: number): string {
    return join(this.#options.dir, `${String(number).padStart(12, "0")}.seg`);
  }
}
