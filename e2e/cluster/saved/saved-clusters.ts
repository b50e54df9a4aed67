/**
 * Saved clusters: folders below the cache's scratch space, named by level and a hash of everything they are made of. Made once,
 * used many times; a folder that has its final name is whole, because it is made under another name.
 */
import { createHash } from "node:crypto";
import { mkdir, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { lock } from "@portcullis/tools/setup";
import { within } from "../wait.ts";

/** `node`: a guest without a cluster (lone-guest.ts). */
export type Level = "base" | "product" | "node";

/** How many of a level are kept besides the one just used; each takes a gigabyte or two. */
const kept = 2;
/** A run may be about to map the files of one that was used this recently. Later a run holds them open, and they may be removed. */
const freshMs = 5 * 60_000;

export const keyOf = (parts: readonly string[]): string =>
  createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16);

export class SavedClusters {
  readonly #root: string;

  constructor(scratch: string) {
    this.#root = join(scratch, "saved");
  }

  /** The folder of a saved cluster; `make` fills a new one when there is none. Two processes never make the same. */
  async get(
    level: Level,
    key: string,
    make: (directory: string) => Promise<void>,
  ): Promise<{ path: string; made: boolean }> {
    const path = join(this.#root, `${level}-${key}`);
    await mkdir(this.#root, { recursive: true });
    if (await this.#use(path)) return { path, made: false };
    const unlock = await within(`another run to have made ${path}`, 15 * 60_000, lock(path));
    try {
      if (await this.#use(path)) return { path, made: false };
      const making = `${path}.making`;
      await rm(making, { recursive: true, force: true });
      await mkdir(making);
      try {
        await make(making);
        await rename(making, path);
      } finally {
        await rm(making, { recursive: true, force: true });
      }
      await this.#prune(level, path);
      return { path, made: true };
    } finally {
      unlock();
    }
  }

  async #use(path: string): Promise<boolean> {
    const now = new Date();
    return utimes(path, now, now).then(
      () => true,
      () => false,
    );
  }

  async #prune(level: Level, current: string): Promise<void> {
    const names = (await readdir(this.#root)).filter((name) => name.startsWith(`${level}-`) && !name.includes("."));
    const all = await Promise.all(
      names.map(async (name) => ({ path: join(this.#root, name), used: (await stat(join(this.#root, name))).mtimeMs })),
    );
    const others = all.filter(({ path }) => path !== current).sort((a, b) => b.used - a.used);
    for (const { path, used } of others.slice(kept)) {
      if (Date.now() - used > freshMs) await rm(path, { recursive: true, force: true });
    }
  }
}
