/**
 * The numbers of what is throttled, on disk: a process that is killed loses at most what was throttled in the last second. The next one tells them at once.
 */

import { readFileSync, rmSync } from "node:fs";
import { decodeAlert } from "@portcullis/bus";
import { isMissing, removeIfPresent, writeAtomically } from "../files.ts";
import type { Spool } from "./spool.ts";

export const throttledFile = "throttled";

export class ThrottledKept {
  readonly #path: string;
  readonly #unwritable: (error: unknown) => void;
  #wanted: readonly Uint8Array[] | undefined;
  #writing: Promise<void> | undefined;

  constructor(path: string, unwritable: (error: unknown) => void) {
    this.#path = path;
    this.#unwritable = unwritable;
  }

  /** Replaces what is kept, soon; what is given while the disk is busy replaces what waits. Never rejects. */
  keep(payloads: readonly Uint8Array[]): void {
    this.#wanted = payloads;
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
  }

  /** When everything given is on disk. */
  async written(): Promise<void> {
    for (let writing = this.#writing; writing !== undefined; writing = this.#writing) await writing;
  }

  async #write(): Promise<void> {
    for (let payloads = this.#wanted; payloads !== undefined; payloads = this.#wanted) {
      this.#wanted = undefined;
      try {
        if (payloads.length === 0) await removeIfPresent(this.#path);
        else await writeAtomically(this.#path, encode(payloads));
      } catch (error) {
        this.#unwritable(error);
      }
    }
  }
}

/** Spools what a process that was killed has kept. Whoever is told it twice, because there was a kill in between, is told it with the same ids. Throws when it cannot be read. */
export function spoolKept(path: string, spool: Pick<Spool, "append">): number {
  try {
    const payloads = decode(readFileSync(path, "utf8"));
    for (const payload of payloads) decodeAlert(payload);
    return payloads.length > 0 ? spool.append(payloads) : 0;
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  } finally {
    rmSync(path, { force: true });
  }
}

const encode = (payloads: readonly Uint8Array[]): Buffer =>
  Buffer.from(payloads.map((payload) => `${Buffer.from(payload).toString("base64")}\n`).join(""));

const decode = (text: string): Uint8Array[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => Buffer.from(line, "base64"));
