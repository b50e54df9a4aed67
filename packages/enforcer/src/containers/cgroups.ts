/**
 * Which container cgroups exist on the node, from the directories themselves: inotify says at once that something came
 * or went, and a rescan every few seconds finds what inotify did not say. A directory is watched before it is listed, so that nothing
 * that appears in between is missed. The cgroup id is the directory's inode, which the kernel never uses again.
 */

import { type FSWatcher, watch } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "@portcullis/daemon";
import { isMissing } from "../files.ts";
import { Wake } from "../wake.ts";
import { type CgroupName, descends, holdsPodsAlone, parseCgroupName } from "./layout.ts";

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
  /** The scan that is under way. */
  scan: Promise<boolean> | undefined;
  /** Something happened during the scan, which has to be done again. */
  again: boolean;
}

interface CgroupWatchOptions {
  /** Mount point of cgroup v2. */
  readonly root: string;
  readonly log: Log;
  /** Called after any change of the set, and after every complete rescan. */
  readonly changed: () => void;
  readonly rescanIntervalMs?: number;
}

export class CgroupWatch {
  readonly #options: CgroupWatchOptions;
  readonly #directories = new Map<string, Directory>();
  readonly #containers = new Map<string, ContainerCgroup>();
  /** The cgroups that kubelet makes its pods in, by path. */
  readonly #pods = new Map<string, bigint>();
  readonly #listNow = new Wake();
  #complete = false;
  #watchFailed = false;
  #begun = 0;
  #listed = 0;

  constructor(options: CgroupWatchOptions) {
    this.#options = options;
  }

  /** The containers that exist, by path. */
  get containers(): ReadonlyMap<string, ContainerCgroup> {
    return this.#containers;
  }

  /** Ids of the cgroups below which there are pods and nothing else. */
  get podCgroups(): readonly bigint[] {
    return [...this.#pods.values()];
  }

  /** True once everything was listed without an error: only then does absence mean "gone". */
  get complete(): boolean {
    return this.#complete;
  }

  /** The number of the last listing that was whole; 0: none was. */
  get listed(): number {
    return this.#listed;
  }

  /**
   * Has everything listed anew, at once. Returns the number of that listing: as soon as `listed` is not lower, all that existed at
   * the time of this call is in `containers`.
   */
  list(): number {
    this.#listNow.set();
    return this.#begun + 1;
  }

  /** Scans and watches until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { root, rescanIntervalMs = 5_000 } = this.#options;
    try {
      while (!signal.aborted) {
        this.#begun++;
        this.#complete = await this.#scan(this.#directory(root, "mount", ""));
        if (this.#complete) this.#listed = this.#begun;
        this.#options.changed();
        await this.#listNow.wait(rescanIntervalMs, signal);
      }
    } finally {
      for (const path of [...this.#directories.keys()]) this.#forget(path);
    }
  }

  #directory(path: string, kind: Directory["kind"], podUid: string): Directory {
    const known = this.#directories.get(path);
    if (known) return known;
    const directory: Directory = { path, kind, podUid, watcher: undefined, scan: undefined, again: false };
    this.#directories.set(path, directory);
    return directory;
  }

  /**
   * Lists a directory and everything below it that matters, all of it after this call: a scan that is under way already is waited for and
   * done once more. Resolves to false when something could not be read.
   */
  async #scan(directory: Directory): Promise<boolean> {
    directory.again = true;
    directory.scan ??= this.#scanAgain(directory);
    return await directory.scan;
  }

  async #scanAgain(directory: Directory): Promise<boolean> {
    try {
      let whole = true;
      do {
        directory.again = false;
        whole = await this.#list(directory);
      } while (directory.again && this.#directories.has(directory.path));
      return whole;
    } finally {
      // At once: who asks from here on begins another scan.
      directory.scan = undefined;
    }
  }

  async #list(directory: Directory): Promise<boolean> {
    this.#watch(directory);
    const names = await this.#namesIn(directory);
    if (names === "gone") return true;
    if (names === "unreadable") return false;
    const present = new Set(names.map((name) => join(directory.path, name)));
    for (const path of this.#childrenOf(directory.path)) if (!present.has(path)) this.#forget(path);
    // Side by side: one after the other each would wait for a turn of the event loop, of which a busy node has few.
    const visits = await Promise.all(names.map((name) => this.#visit(directory, name)));
    return visits.every((whole) => whole);
  }

  /** The directories in a directory. A mount point that is missing is not "gone": it may come back with all that is in it. */
  async #namesIn({ path, kind }: Directory): Promise<readonly string[] | "gone" | "unreadable"> {
    try {
      const entries = await readdir(path, { withFileTypes: true });
      return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    } catch (error) {
      if (isMissing(error) && kind !== "mount") {
        this.#forget(path);
        return "gone";
      }
      this.#options.log.error("cgroup directory cannot be read", { path, error });
      return "unreadable";
    }
  }

  /** Takes in one child of a directory, if it is one that matters. Returns false when it could not be read. */
  async #visit(parent: Directory, name: string): Promise<boolean> {
    const parsed = parseCgroupName(name);
    if (!descends(parent.kind, parsed.kind)) return true;
    const path = join(parent.path, name);
    if (parsed.kind === "container") return this.#add(path, parsed.containerId, parent.podUid);
    if (holdsPodsAlone(name)) await this.#note(path);
    return this.#scan(this.#directory(path, parsed.kind, parsed.kind === "pod" ? parsed.podUid : ""));
  }

  /** A failure shows when the directory is listed. */
  async #note(path: string): Promise<void> {
    const found = await stat(path, { bigint: true }).catch(() => undefined);
    if (found === undefined || this.#pods.get(path) === found.ino) return;
    this.#pods.set(path, found.ino);
    this.#options.changed();
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
      this.#pods.delete(known);
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

  /** What inotify calls. Never rejects, because nobody awaits it. */
  async #rescan(directory: Directory): Promise<void> {
    try {
      if (this.#directories.has(directory.path)) await this.#scan(directory);
    } catch (error) {
      this.#options.log.error("cgroup scan failed", { path: directory.path, error });
    }
  }
}
