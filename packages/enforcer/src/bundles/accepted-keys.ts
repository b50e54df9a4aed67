/**
 * Whose bundles this node accepts: the public keys in a file that kubelet mounts from a ConfigMap, and exchanges when that changes. Keys come
 * from there and from nowhere else. What is found there last and can be read counts, also when the file is gone or damaged later.
 */

import { type FSWatcher, watch } from "node:fs";
import { dirname } from "node:path";
import { PublicKeys } from "@portcullis/bus";
import type { Log } from "@portcullis/daemon";
import type { Count } from "../counters.ts";
import { KeysUnreadableError, messageOf } from "../errors.ts";
import { readIfPresent } from "../files.ts";
import { Wake } from "../wake.ts";

interface AcceptedKeysOptions {
  readonly path: string;
  readonly log: Log;
  readonly count: Count;
  /** So often, in milliseconds, the file is read whatever the kernel says of its folder. */
  readonly rereadMs?: number;
}

export class AcceptedKeys {
  readonly #options: AcceptedKeysOptions;
  #keys = new PublicKeys([]);
  /** What the keys were read from; undefined: there was no file yet. */
  #text: string | undefined;
  #problem = "";

  constructor(options: AcceptedKeysOptions) {
    this.#options = options;
  }

  get current(): PublicKeys {
    return this.#keys;
  }

  /** What is wrong with the file; empty when nothing is. */
  get problem(): string {
    return this.#problem;
  }

  /** Reads the file. Returns whether anything is different now: the keys, or what is wrong. */
  async load(): Promise<boolean> {
    const { path, log, count } = this.#options;
    const before = this.#problem;
    try {
      const text = (await readIfPresent(path))?.toString("utf8");
      if (text === undefined) {
        this.#problem = `ENFORCER_KEYS_MISSING: no public keys of the controller are at ${path}`;
        return this.#problem !== before;
      }
      this.#problem = "";
      if (text === this.#text) return before !== "";
      this.#keys = PublicKeys.parse(text);
      this.#text = text;
      log.info("public keys accepted", { keys: this.#keys.ids });
      return true;
    } catch (cause) {
      const error = new KeysUnreadableError(`the public keys at ${path} are not used: ${messageOf(cause)}`, { cause });
      this.#problem = `${error.code}: ${error.message}`;
      if (this.#problem === before) return false;
      count("keys_unreadable");
      log.error("public keys cannot be read, those before are accepted still", { error });
      return true;
    }
  }

  /** Follows the file until the signal aborts; `changed` is called after anything is different, and awaited. */
  async run(changed: () => Promise<void>, signal: AbortSignal): Promise<void> {
    const { rereadMs = 10_000 } = this.#options;
    const wake = new Wake();
    let watcher: FSWatcher | undefined;
    try {
      while (!signal.aborted) {
        watcher ??= this.#watchFolder(wake, () => {
          watcher = undefined;
        });
        if (await this.load()) await changed();
        await wake.wait(rereadMs, signal);
      }
    } finally {
      watcher?.close();
    }
  }

  /** Undefined: there is no such folder yet, or no watch to be had. Then the file is read at intervals. */
  #watchFolder(wake: Wake, lost: () => void): FSWatcher | undefined {
    try {
      // Kubelet renames a link in the folder; the file itself is never written.
      const watcher = watch(dirname(this.#options.path), () => wake.set());
      watcher.on("error", () => {
        watcher.close();
        lost();
      });
      return watcher;
    } catch {
      return undefined;
    }
  }
}
