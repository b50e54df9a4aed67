/**
 * What was written to the spool reaches the disk itself within a bounded time: one sync for all that was written since the
 * last one, in the background, so that neither a power loss costs more than that time's alerts nor an event waits for a disk.
 */

import { closeSync, fdatasync, fdatasyncSync, fsyncSync, openSync } from "node:fs";

/** Calls back when what was written to the file is on the disk. */
export type SyncFile = (file: number, done: (error: unknown) => void) => void;

interface SpoolSyncOptions {
  readonly dir: string;
  /** A sync begins at most so long after something was written. */
  readonly delayMs: number;
  readonly failed: (error: unknown) => void;
  /** Default: fdatasync. */
  readonly sync?: SyncFile | undefined;
}

export class SpoolSync {
  readonly #options: SpoolSyncOptions;
  /** Descriptors of files that were written to since their last sync began. */
  readonly #unsynced = new Set<number>();
  /** What closes a file that nothing is written to any more. */
  readonly #closing = new Map<number, () => void>();
  #timer: NodeJS.Timeout | undefined;
  #running: number | undefined;
  #newName = false;

  constructor(options: SpoolSyncOptions) {
    this.#options = options;
  }

  /** Something was written to `file`. */
  wrote(file: number): void {
    this.#unsynced.add(file);
    if (this.#timer === undefined && this.#running === undefined)
      this.#timer = setTimeout(() => void this.#run(), this.#options.delayMs).unref();
  }

  /** A file was made: after a power loss it is there only when its directory was synced too. */
  created(): void {
    this.#newName = true;
  }

  /** Nothing is written to `file` any more: once it is synced `close` is called. */
  finish(file: number, close: () => void): void {
    if (this.#unsynced.has(file) || this.#running === file) this.#closing.set(file, close);
    else close();
  }

  /** The file is removed and need not be synced. */
  forget(file: number): void {
    this.#unsynced.delete(file);
    this.#closing.delete(file);
    if (this.#running === file) this.#running = undefined;
  }

  /** Syncs what is left, now, and waits for it. Files that were finished are closed. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const file of this.#unsynced) this.#attempt(() => fdatasyncSync(file));
    this.#attempt(() => this.#syncName());
    this.#unsynced.clear();
    for (const close of this.#closing.values()) close();
    this.#closing.clear();
  }

  async #run(): Promise<void> {
    this.#timer = undefined;
    const { sync = fdatasync, failed } = this.#options;
    for (const file of [...this.#unsynced]) {
      if (!this.#unsynced.delete(file)) continue; // removed meanwhile
      this.#running = file;
      const error = await new Promise<unknown>((done) => sync(file, done));
      if (error && this.#running === file) failed(error);
      this.#running = undefined;
      if (this.#unsynced.has(file)) continue;
      this.#closing.get(file)?.();
      this.#closing.delete(file);
    }
    this.#attempt(() => this.#syncName());
    const [left] = this.#unsynced;
    if (left !== undefined) this.wrote(left);
  }

  #syncName(): void {
    if (!this.#newName) return;
    this.#newName = false;
    const dir = openSync(this.#options.dir, "r");
    try {
      fsyncSync(dir);
    } finally {
      closeSync(dir);
    }
  }

  #attempt(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#options.failed(error);
    }
  }
}
