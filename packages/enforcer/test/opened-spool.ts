/** A spool for tests, with everything it tells. */

import { Spool, type SpoolEvents } from "../src/alerts/spool.ts";
import type { Position } from "../src/alerts/spool-cursor.ts";
import type { SyncFile } from "../src/alerts/spool-sync.ts";

interface Settings {
  readonly maxBytes?: number;
  readonly segmentBytes?: number;
  readonly memoryBytes?: number;
  readonly syncDelayMs?: number;
  readonly keepAcknowledgedMs?: number;
  readonly sync?: SyncFile;
  readonly now?: () => number;
}

class Told implements SpoolEvents {
  lost: { count: number; reason: string }[] = [];
  records = 0;
  bytes = 0;
  kept = 0;
  refusals: string[] = [];
  acceptances = 0;
  memory = 0;
  syncFailures = 0;
  dropped(count: number, reason: string): void {
    this.lost.push({ count, reason });
  }
  damaged(records: number, bytes: number): void {
    this.records += records;
    this.bytes += bytes;
  }
  keptDropped(count: number): void {
    this.kept += count;
  }
  refused(error: unknown): void {
    this.refusals.push(String(error));
  }
  accepted(): void {
    this.acceptances += 1;
  }
  inMemory(count: number): void {
    this.memory += count;
  }
  unsynced(): void {
    this.syncFailures += 1;
  }
}

export function openSpool(dir: string, settings: Settings = {}): { spool: Spool; told: Told } {
  const told = new Told();
  const { maxBytes = 1 << 20, segmentBytes = 1 << 16, memoryBytes = 1 << 16, ...more } = settings;
  const spool = new Spool({
    dir,
    maxBytes,
    segmentBytes,
    memoryBytes,
    syncDelayMs: 5,
    keepAcknowledgedMs: 0,
    events: told,
    ...more,
  });
  return { spool, told };
}

export const text = (value: string) => Buffer.from(value);

export function readAll(spool: Spool, from: Position = spool.start): string[] {
  const all: string[] = [];
  for (let next = spool.read(from); next; next = spool.read(next.after)) all.push(Buffer.from(next.payload).toString());
  return all;
}
