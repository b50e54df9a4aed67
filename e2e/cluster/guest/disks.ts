/** The guests' second and third disk, each an erofs file system: programs (stays mounted in saved guests) and what a step brings along. */
import { createHash } from "node:crypto";
import { copyFile, mkdir, mkdtemp, realpath, rename, rm, stat, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Artifacts, GoProgram } from "@portcullis/tools/setup";
import { ClusterError } from "../errors.ts";
import { run } from "../host-command.ts";
import { combined, type Part } from "./image-archives.ts";

const programs: readonly GoProgram[] = ["kubelet", "kube-proxy", "coredns"];

/** The load disk's size never changes, because the driver in a saved guest would not notice. The file is sparse. */
const loadDiskBytes = 8 * 1024 ** 3;

/** Something that changes when the file does: size and time of its last change, of what a symbolic link leads to. */
export async function fileStamp(path: string): Promise<string> {
  const info = await stat(path).catch(() => null);
  if (!info) throw new ClusterError("E2E_ARTIFACT_MISSING", `${path} is not there; \`npm run setup\` makes it`);
  return `${path} ${info.size} ${info.mtimeMs}`;
}

/** The disk with the node's programs; made once for each version of them, shared by all guests. */
export async function programsDisk(artifacts: Artifacts): Promise<string> {
  const files = programs.map((name) => artifacts.program(name));
  const stamps = await Promise.all(files.map(fileStamp));
  return await keptDisk(artifacts, { name: "programs", inputs: stamps }, async (root) => {
    for (const name of programs) await copyFile(await realpath(artifacts.program(name)), join(root, name));
  });
}

export interface KeptDisk {
  readonly name: string;
  /** Everything that the disk is made of: it is made again when one of them changes. */
  readonly inputs: readonly string[];
  /** It becomes a load disk, with the size that all of them have. */
  readonly isLoad?: boolean;
}

/** A disk that is kept beside the other caches, and the folder that becomes it is filled only when there is none yet. */
export async function keptDisk(
  { scratch }: Artifacts,
  { name, inputs, isLoad = false }: KeptDisk,
  fill: (root: string) => Promise<void>,
): Promise<string> {
  const key = createHash("sha256").update(inputs.join("\n")).digest("hex").slice(0, 12);
  const path = join(scratch, "disks", `${name}-${key}.erofs`);
  if (await stat(path).catch(() => null)) return path;
  await mkdir(dirname(path), { recursive: true });
  const made = await makeDisk(`${path}.${process.pid}`, fill);
  if (isLoad) await truncate(made, loadDiskBytes);
  await rename(made, path);
  return path;
}

/** What one step needs on the load disk. */
export interface Load {
  /** Text files by their path on the disk. */
  readonly files?: ReadonlyMap<string, string>;
  /** Becomes `images.tar`. */
  readonly images?: readonly Part[];
}

export async function loadDisk(path: string, { files, images }: Load): Promise<void> {
  if (!files && !images) {
    await writeFile(path, "");
  } else {
    await makeDisk(path, async (root) => {
      for (const [name, text] of files ?? []) {
        await mkdir(dirname(join(root, name)), { recursive: true });
        await writeFile(join(root, name), text);
      }
      if (images) await writeFile(join(root, "images.tar"), await combined(images));
    });
  }
  await truncate(path, loadDiskBytes);
}

/** A saved guest has the disk mounted: one that is made again of the same files must be the same. */
const fixedId = "00000000-0000-4000-8000-000000000001";

async function makeDisk(path: string, fill: (root: string) => Promise<void>): Promise<string> {
  const root = await mkdtemp(`${path}.`);
  try {
    await fill(root);
    await rm(path, { force: true });
    await run("mkfs.erofs", ["--quiet", "-T0", "-U", fixedId, path, root], { timeoutMs: 300_000 });
    return path;
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
