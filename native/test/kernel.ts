/** What the tests on the running kernel share: the compiled test objects, a bpffs of their own, and why they cannot run. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Addon, buildDir, loadAddon, mapTypes } from "../src/addon.ts";
import { type AddonError, isAddonError } from "../src/errors.ts";

export const objectPath = (name: string): string => join(buildDir, "test", `${name}.bpf.o`);
export const objectBytes = (name: string): Uint8Array => readFileSync(objectPath(name));

/** Why BPF cannot be used here; undefined when it can. What was not built is an error, not a reason to skip. */
export function whyNoBpf(): string | undefined {
  if (!existsSync(objectPath("probe-points"))) throw new Error("run `node native/build.mjs` first");
  try {
    loadAddon().mapCreate("can_it", mapTypes.array, 4, 4, 1, 0);
    return undefined;
  } catch (error) {
    return `this kernel or account refuses BPF maps: ${(error as Error).message}`;
  }
}

/** A bpffs mounted for the test, and how to take it away. Needs CAP_SYS_ADMIN. */
export function mountBpffs(): { path: string; unmount(): void } {
  const path = mkdtempSync(join(tmpdir(), "portcullis-bpffs-"));
  execFileSync("mount", ["-t", "bpf", "bpf", path]);
  const unmount = () => {
    execFileSync("umount", [path]);
    rmdirSync(path);
  };
  return { path, unmount };
}

/** Two u64: what the programs of probe-points.bpf.c take. */
export const request = (count: number, first: number): Uint8Array =>
  new Uint8Array(new BigUint64Array([BigInt(count), BigInt(first)]).buffer);

export const u32 = (value: number): Uint8Array => new Uint8Array(new Uint32Array([value]).buffer);

export async function until(condition: () => boolean, what: string, milliseconds = 5000): Promise<void> {
  const end = Date.now() + milliseconds;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`not within ${milliseconds} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export function loadTestObject(addon: Addon, name: string) {
  const object = addon.objectOpen(objectBytes(name), name);
  addon.objectLoad(object);
  return object;
}

/** The addon error that this throws. */
export function caught(run: () => unknown): AddonError {
  try {
    run();
  } catch (error) {
    if (isAddonError(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
