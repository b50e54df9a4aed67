/**
 * Alerts on their way: appended to segments, read in order, and gone when they were acknowledged and have been kept for a
 * while after. What is on disk survives the process, and a power loss but for the last moments (spool-sync.ts). The spool is
 * bounded: when the limit is reached the oldest segment is dropped, and what it still held is counted.
 *
 *     <dir>/<number of its first record, 16 digits>.alerts    records (spool-records.ts)
 *     <dir>/acknowledged                                      everything before this place is acknowledged (spool-cursor.ts)
 *
 * Appending is one write for a batch of events. The cursor is written now and then; what was acknowledged after it is sent
 * again after a crash, and the message id makes that harmless. While the disk refuses, new segments are in memory.
 *
 * Long because what is appended, read, acknowledged and dropped are four views of one list.
 */

import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { KeptAcknowledged } from "./kept-acknowledged.ts";
import { isBefore, type Position, readCursor, type StreamMark, writeCursor } from "./spool-cursor.ts";
import { findRecord, recordsOf } from "./spool-records.ts";
import { DiskSegment, MemorySegment, type Segment } from "./spool-segment.ts";
import { SpoolSync, type SyncFile } from "./spool-sync.ts";
import { oldSegments } from "./spool-version-1.ts";

/** What the spool tells of itself: everything that is lost here is told here. */
export interface SpoolEvents {
  /** Alerts that nobody has acknowledged were dropped: to stay within the limit, or because the process ends. */
  dropped(count: number, reason: "limit" | "memory"): void;
  /** Damaged records were passed over, so many at least. */
  damaged(records: number, bytes: number): void;
  /** Alerts that were acknowledged were dropped before they had been kept for as long as they should be. */
  keptDropped(count: number): void;
  /** The disk refused, and goes on refusing until `accepted`. */
  refused(error: unknown): void;
  /** The disk takes alerts again. */
  accepted(): void;
  /** So many alerts went to memory because the disk refused. */
  inMemory(count: number): void;
  /** What was written may not survive a power loss. */
  unsynced(error: unknown): void;
}

interface SpoolOptions {
  readonly dir: string;
  readonly maxBytes: number;
  readonly segmentBytes: number;
  /** What may be held in memory while the disk refuses. */
  readonly memoryBytes: number;
  readonly syncDelayMs: number;
  /** How long an alert is kept after it was acknowledged. */
  readonly keepAcknowledgedMs: number;
  readonly events: SpoolEvents;
  /** For tests. */
  readonly sync?: SyncFile | undefined;
  readonly now?: (() => number) | undefined;
}

/** A record and where the next one begins. */
interface Spooled {
  readonly payload: Uint8Array;
  readonly after: Position;
}

/** After so many acknowledgements the cursor is written. */
const acknowledgedUnsaved = 256;
/** A disk that refused is tried again after so long. */
const diskRetryMs = 5_000;

export class Spool {
  readonly #options: SpoolOptions;
  readonly #now: () => number;
  readonly #sync: SpoolSync;
  readonly #kept: KeptAcknowledged;
  /** Oldest first. */
  readonly #segments: Segment[] = [];
  /** The one that is written to. */
  #writing: Segment | undefined;
  /** Number of the next record. */
  #next = 1;
  #acknowledged: Position;
  #mark: StreamMark | undefined;
  #unsaved = 0;
  /** Damage before this place has been told. */
  #told: Position = { segment: 0, offset: 0, sequence: 0 };
  #reading: Segment | undefined;
  #refusedAt: number | undefined;

  /** Opens what an earlier process left. Never throws: a directory that cannot be used makes a spool in memory. */
  constructor(options: SpoolOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    const { dir, syncDelayMs, events, sync } = options;
    this.#sync = new SpoolSync({ dir, delayMs: syncDelayMs, failed: (error) => events.unsynced(error), sync });
    const cursor = readCursor(this.#cursorPath);
    this.#acknowledged = cursor?.position ?? { segment: 0, offset: 0, sequence: 1 };
    this.#mark = cursor?.mark;
    this.#next = this.#acknowledged.sequence;
    this.#attempt(() => mkdirSync(dir, { recursive: true, mode: 0o700 }));
    this.#attempt(() => this.#recoverAll());
    // When what is before the cursor was acknowledged is not known: it is kept as if that were now.
    const first = this.#segments[0]?.number ?? this.#next;
    const oldest = { segment: first, offset: 0, sequence: first };
    const settled = isBefore(oldest, this.#acknowledged) ? oldest : this.#acknowledged;
    this.#kept = new KeptAcknowledged(settled, options.keepAcknowledgedMs);
    this.#kept.acknowledged(this.#acknowledged, this.#now());
    this.#attempt(() => this.#takeOver());
  }

  /** Bytes on disk and in memory. */
  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Alerts that are not acknowledged, damaged ones included. */
  get waiting(): number {
    return this.#next - Math.max(this.start.sequence, this.#acknowledged.sequence);
  }

  /** Whether the disk refuses, so that alerts are in memory. */
  get refused(): boolean {
    return this.#refusedAt !== undefined;
  }

  /** Where reading begins: the oldest record that is not acknowledged. */
  get start(): Position {
    const first = this.#segments[0];
    if (!first || first.number <= this.#acknowledged.segment) return this.#acknowledged;
    return { segment: first.number, offset: 0, sequence: first.number };
  }

  /** Appends in order and returns how many were taken: all, because what the disk refuses is taken by memory. Never throws. */
  append(payloads: readonly Uint8Array[]): number {
    if (payloads.length === 0) return 0;
    const records = recordsOf(payloads, this.#next);
    if (!this.#appendToDisk(records, payloads.length)) {
      this.#memoryFor(records.length).append(records, payloads.length);
      this.#options.events.inMemory(payloads.length);
    }
    this.#next += payloads.length;
    this.#limit();
    return payloads.length;
  }

  /** The record at `position`, or the first whole one after it; undefined when there is none yet. */
  read(position: Position): Spooled | undefined {
    for (const segment of this.#segments) {
      if (segment.number < position.segment) continue;
      const here = segment.number === position.segment;
      const offset = here ? position.offset : 0;
      if (offset >= segment.bytes) continue;
      const found = this.#find(segment, offset, here ? position.sequence : segment.number);
      if (found) return found;
    }
    return undefined;
  }

  /** Everything before `position` is stored elsewhere. */
  acknowledge(position: Position): void {
    if (isBefore(position, this.#acknowledged)) return;
    this.#acknowledged = position;
    this.#unsaved += 1;
    this.#kept.acknowledged(position, this.#now());
    this.#dropSettled();
    if (this.#unsaved >= acknowledgedUnsaved) this.#saveCursor();
  }

  /** What is kept with the cursor. A mark of another stream is on disk at once. */
  get mark(): StreamMark | undefined {
    return this.#mark;
  }
  set mark(mark: StreamMark | undefined) {
    const moved = this.#mark?.created !== mark?.created;
    this.#mark = mark;
    this.#unsaved += 1;
    if (moved) this.#saveCursor();
  }

  /** What was acknowledged and is still kept is to be sent again. Returns how many alerts that are. */
  sendKeptAgain(): number {
    const from = this.#kept.settled(this.#now());
    const again = this.#acknowledged.sequence - from.sequence;
    this.#acknowledged = from;
    this.#kept.begin(from);
    this.#unsaved += 1;
    this.#saveCursor();
    return again;
  }

  close(): void {
    const lost = this.#segments
      .filter(({ inMemory }) => inMemory)
      .reduce((sum, segment) => sum + this.#unacknowledgedIn(segment), 0);
    if (lost > 0) this.#options.events.dropped(lost, "memory");
    this.#saveCursor();
    this.#sync.end();
    for (const segment of this.#segments) segment.close();
  }

  #find(segment: Segment, offset: number, expected: number): Spooled | undefined {
    if (this.#reading !== segment) this.#reading?.release();
    this.#reading = segment;
    const { number, bytes, next } = segment;
    try {
      const found = findRecord(segment.view(), offset, expected);
      const lost = found.payload ? found.lost : next - expected;
      this.#tell(number, offset + found.skipped, expected, expected + lost, found.skipped);
      const after = { segment: number, offset: found.end, sequence: found.payload ? found.next : next };
      return found.payload && { payload: found.payload, after };
    } catch {
      // The file cannot be read: what is left of it is lost, and the segments behind it are not.
      this.#tell(number, bytes, expected, next, bytes - offset);
      return undefined;
    }
  }

  /** Tells damage that ends at `end` once, however often the place is read. */
  #tell(segment: number, end: number, from: number, to: number, bytes: number): void {
    const place = { segment, offset: end, sequence: to };
    if (bytes === 0 || !isBefore(this.#told, place)) return;
    const told = this.#told.segment === segment ? this.#told : { offset: 0, sequence: 0 };
    this.#told = place;
    this.#options.events.damaged(to - Math.max(from, told.sequence), Math.min(bytes, end - told.offset));
  }

  /** False: the disk refuses. */
  #appendToDisk(records: Buffer, count: number): boolean {
    if (this.#refusedAt !== undefined && this.#now() - this.#refusedAt < diskRetryMs) return false;
    try {
      const segment = this.#diskFor(records.length);
      segment.append(records, count);
      this.#sync.wrote(segment.file!);
      if (this.#refusedAt !== undefined) this.#options.events.accepted();
      this.#refusedAt = undefined;
      return true;
    } catch (error) {
      this.#refuse(error);
      return false;
    }
  }

  #diskFor(more: number): DiskSegment {
    const writing = this.#writing;
    if (writing instanceof DiskSegment && writing.bytes + more <= this.#options.segmentBytes) return writing;
    this.#finishWriting();
    const segment = DiskSegment.create(this.#path(this.#next), this.#next);
    this.#sync.created();
    this.#begin(segment);
    return segment;
  }

  #memoryFor(more: number): Segment {
    const writing = this.#writing;
    const { memoryBytes, segmentBytes } = this.#options;
    const most = Math.min(segmentBytes, Math.ceil(memoryBytes / 8));
    if (writing?.inMemory && writing.bytes + more <= most) return writing;
    this.#finishWriting();
    const segment = new MemorySegment(this.#next);
    this.#begin(segment);
    return segment;
  }

  #begin(segment: Segment): void {
    this.#writing = segment;
    this.#segments.push(segment);
  }

  #finishWriting(): void {
    const writing = this.#writing;
    this.#writing = undefined;
    if (!writing) return;
    if (writing instanceof DiskSegment && writing.file !== undefined)
      this.#sync.finish(writing.file, () => writing.close());
    // A segment that nothing could be written to has the number that the next one needs.
    if (writing.bytes === 0) this.#remove(writing);
  }

  #refuse(error: unknown): void {
    this.#finishWriting();
    this.#refusedAt = this.#now();
    this.#options.events.refused(error);
  }

  #limit(): void {
    const { maxBytes, memoryBytes } = this.#options;
    this.#limitTo(maxBytes, (segment) => !segment.inMemory, "limit");
    this.#limitTo(memoryBytes, (segment) => segment.inMemory, "memory");
  }

  #limitTo(most: number, counts: (segment: Segment) => boolean, reason: "limit" | "memory"): void {
    const counted = this.#segments.filter(counts);
    let bytes = counted.reduce((sum, segment) => sum + segment.bytes, 0);
    for (const segment of counted) {
      if (bytes <= most || segment === this.#writing) return;
      bytes -= segment.bytes;
      const lost = this.#unacknowledgedIn(segment);
      if (lost > 0) this.#options.events.dropped(lost, reason);
      const kept = segment.next - Math.max(segment.number, this.#kept.settled(this.#now()).sequence) - lost;
      if (kept > 0) this.#options.events.keptDropped(kept);
      this.#remove(segment);
    }
  }

  /** Damaged records that were not reached yet are among them. */
  #unacknowledgedIn(segment: Segment): number {
    return Math.max(0, segment.next - Math.max(segment.number, this.#acknowledged.sequence));
  }

  #dropSettled(): void {
    const settled = this.#kept.settled(this.#now());
    while (this.#segments.length > 0) {
      const first = this.#segments[0]!;
      if (first === this.#writing || first.number >= settled.segment) return;
      this.#remove(first);
    }
  }

  #remove(segment: Segment): void {
    this.#segments.splice(this.#segments.indexOf(segment), 1);
    if (segment instanceof DiskSegment && segment.file !== undefined) this.#sync.forget(segment.file);
    try {
      segment.remove();
    } catch (error) {
      // It comes again after a restart; the message ids make that harmless.
      if (this.#refusedAt === undefined) this.#refuse(error);
    }
  }

  #recoverAll(): void {
    const numbers = readdirSync(this.#options.dir)
      .map((name) => /^(\d{16})\.alerts$/.exec(name)?.[1])
      .filter((name) => name !== undefined)
      .map(Number)
      .sort((a, b) => a - b);
    for (const number of numbers) this.#attempt(() => this.#recover(number));
  }

  /** Finds where a segment ends. What is damaged at its end is told now, because no record behind it will. */
  #recover(number: number): void {
    const segment = DiskSegment.existing(this.#path(number), number);
    this.#segments.push(segment);
    const { end, next, damage } = measure(segment);
    segment.next = next;
    this.#next = Math.max(this.#next, next);
    if (damage.bytes > 0) {
      this.#options.events.damaged(damage.records, damage.bytes);
      segment.bytes = end;
    }
    segment.release();
    if (end === 0) this.#remove(segment);
    else if (damage.bytes > 0) segment.shorten(end);
  }

  /** Appends what an earlier version of this program left, and removes its files once the copy is on disk. */
  #takeOver(): void {
    for (const old of oldSegments(this.#options.dir)) {
      if (old.skipped > 0) this.#options.events.damaged(old.lost, old.skipped);
      this.append(old.payloads);
      if (this.refused) return;
      this.#sync.end();
      old.remove();
    }
  }

  #saveCursor(): void {
    if (this.#unsaved === 0) return;
    this.#unsaved = 0;
    this.#attempt(() => writeCursor(this.#cursorPath, { position: this.#acknowledged, mark: this.#mark }));
  }

  #attempt(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#refuse(error);
    }
  }

  get #cursorPath(): string {
    return join(this.#options.dir, "acknowledged");
  }

  #path(number: number): string {
    return join(this.#options.dir, `${String(number).padStart(16, "0")}.alerts`);
  }
}

/** Where the last whole record of a segment ends, the number behind it, and what is damaged after it. */
function measure(segment: Segment): {
  end: number;
  next: number;
  damage: { records: number; bytes: number };
} {
  const bytes = segment.view();
  let end = 0;
  let next = segment.number;
  while (true) {
    const found = findRecord(bytes, end, next);
    if (!found.payload) return { end, next, damage: { records: found.lost, bytes: found.skipped } };
    ({ end, next } = found);
  }
}
