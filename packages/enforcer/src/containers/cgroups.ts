/**
 * Which container cgroups exist on the node, from the directories themselves: inotify says at once that something came
 * or went, a rescan every few seconds is the safety net. A directory is watched before it is listed, so that nothing
 * that appears in between is missed. The cgroup id is the directory's inode, which the kernel never uses again.
 */

import { type FSWatcher, watch } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { sleep } from "@portcullis/daemon";
import { isMissing } from "../host/files.ts";
import type { Log } from "../ports.ts";
import { type CgroupName, descends, parseCgroupName } from "./layout.ts";

export interface ContainerCgroup {
  readonly containerId: string;
  readonly podUid: string;
  readonly cgroupId: bigint;
  readonly path: string;
}

interface Directory {
  readonly path: string;
  readonly kind: CgroupName["kind"] | "mount";
  readonly podUid: string;
  watcher: FSWatcher | undefined;
  /** A scan is under way; `again`: something happened meanwhile. */
  scanning: boolean;
  again: boolean;
}

export interface CgroupWatchOptions {
  /** Mount point of cgroup v2. */
  readonly root: string;
  readonly log: Log;
  /** Called after any change of the set, and after every complete rescan. */
  readonly changed: () => void;
  readonly rescanInterval?: number;
}

export class CgroupWatch {
  readonly #options: CgroupWatchOptions;
  readonly #directories = new Map<string, Directory>();
  readonly #containers = new Map<string, ContainerCgroup>();
  #complete = false;
  #watchFailed = false;

  constructor(options: CgroupWatchOptions) {
    this.#options = options;
  }

  /** The containers that exist, by path. */
  get containers(): ReadonlyMap<string, ContainerCgroup> {
    return this.#containers;
  }

  /** True once everything was listed without an error: only then does absence mean "gone". */
  get complete(): boolean {
    return this.#complete;
  }

  /** Scans and watches until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { root, rescanInterval = 5_000 } = this.#options;
    try {
      while (!signal.aborted) {
        this.#complete = await this.#scan(this.#directory(root, "mount", ""));
        this.#options.changed();
        await sleep(rescanInterval, signal);
      }
    } finally {
      for (const path of [...this.#directories.keys()]) this.#forget(path);
    }
  }

  #directory(path: string, kind: Directory["kind"], podUid: string): Directory {
    const known = this.#directories.get(path);
    if (known) return known;
    const directory: Directory = { path, kind, podUid, watcher: undefined, scanning: false, again: false };
    this.#directories.set(path, directory);
    return directory;
  }

  /** Lists a directory and everything below it that matters. False: something could not be read. */
  async #scan(directory: Directory): Promise<boolean> {
    if (directory.scanning) {
      directory.again = true;
      return this.#complete;
    }
    directory.scanning = true;
    try {
      let whole = true;
      do {
        directory.again = false;
        whole = await this.#list(directory);
      } while (directory.again && this.#directories.has(directory.path));
      return whole;
    } finally {
      directory.scanning = false;
    }
  }

  async #list(directory: Directory): Promise<boolean> {
    this.#watch(directory);
    let names: string[];
    try {
      names = (await readdir(directory.path, { withFileTypes: true }))
        .filter((e) => e.isDirectory())
        .map((e) => e.name);
    } catch (error) {
      if (isMissing(error) && directory.kind !== "mount") {
        this.#forget(directory.path);
        return true;
      }
      this.#options.log.error("cgroup directory cannot be read", { path: directory.path, error });
      return false;
    }
    const present = new Set(names.map((name) => join(directory.path, name)));
    for (const path of this.#childrenOf(directory.path)) if (!present.has(path)) this.#forget(path);
    let whole = true;
    for (const name of names) {
      const parsed = parseCgroupName(name);
      if (!descends(directory.kind, parsed.kind)) continue;
      const path = join(directory.path, name);
      if (parsed.kind === "container") whole = (await this.#add(path, parsed.containerId, directory.podUid)) && whole;
      else {
        const podUid = parsed.kind === "pod" ? parsed.podUid : "";
        whole = (await this.#scan(this.#directory(path, parsed.kind, podUid))) && whole;
      }
    }
    return whole;
  }

  async #add(path: string, containerId: string, podUid: string): Promise<boolean> {
    try {
      const { ino } = await stat(path, { bigint: true });
      if (this.#containers.get(path)?.cgroupId === ino) return true;
      this.#containers.set(path, { containerId, podUid, cgroupId: ino, path });
      this.#options.changed();
      return true;
    } catch (error) {
      if (isMissing(error)) return true;
      this.#options.log.error("cgroup cannot be read", { path, error });
      return false;
    }
  }

  #childrenOf(parent: string): string[] {
    const prefix = `${parent}/`;
    const below = (path: string) => path.startsWith(prefix) && !path.includes("/", prefix.length);
    return [...this.#directories.keys(), ...this.#containers.keys()].filter(below);
  }

  #forget(path: string): void {
    const prefix = `${path}/`;
    for (const [known, directory] of this.#directories) {
      if (known !== path && !known.startsWith(prefix)) continue;
      directory.watcher?.close();
      this.#directories.delete(known);
    }
    let changed = false;
    for (const known of this.#containers.keys()) {
      if (known === path || known.startsWith(prefix)) changed = this.#containers.delete(known) || changed;
    }
    if (changed) this.#options.changed();
  }

  #watch(directory: Directory): void {
    if (directory.watcher) return;
    try {
      directory.watcher = watch(directory.path, { persistent: false }, () => void this.#rescan(directory));
      directory.watcher.on("error", () => {
        directory.watcher?.close();
        directory.watcher = undefined; // the next rescan watches again
      });
    } catch (error) {
      if (isMissing(error) || this.#watchFailed) return;
      this.#watchFailed = true;
      this.#options.log.warn("cgroup directories cannot be watched, changes are seen at the next rescan", {
        path: directory.path,
        error,
        remedy: "raise fs.inotify.max_user_watches and max_user_instances",
      });
    }
  }

  /** From inotify: never rejects, because nobody awaits it. */
  async #rescan(directory: Directory): Promise<void> {
    try {
      if (this.#directories.has(directory.path)) await this.#scan(directory);
    } catch (error) {
      this.#options.log.error("cgroup scan failed", { path: directory.path, error });
    }
  }
}
