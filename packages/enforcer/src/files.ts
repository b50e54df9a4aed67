/** Small files that must be whole or absent: they are written beside their place, synced, and renamed into it. */

import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** Replaces `path` in one step. What was written survives a power loss, which costs the milliseconds of an fsync. */
export async function writeAtomically(path: string, data: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const beside = `${path}.new`;
  const file = await open(beside, "w", 0o600);
  try {
    await file.writeFile(data);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
}

/** The content, or undefined when there is no such file. Rejects with any other error. */
export async function readIfPresent(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

export async function removeIfPresent(path: string): Promise<void> {
  await rm(path, { force: true });
}

/** ENOENT, ENOTDIR, and ESRCH, which /proc gives for a process that has just gone. */
export function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === "ENOENT" || code === "ENOTDIR" || code === "ESRCH";
}
