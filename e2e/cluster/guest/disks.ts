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
  const key = createHash("sha256").update(stamps.join("\n")).digest("hex").slice(0, 12);
  const path = join(artifacts.scratch, "disks", `programs-${key}.erofs`);
  if (await stat(path).catch(() => null)) return path;
  await mkdir(dirname(path), { recursive: true });
  const made = await makeDisk(`${path}.${process.pid}`, async (root) => {
    for (const name of programs) await copyFile(await realpath(artifacts.program(name)), join(root, name));
  });
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

async function makeDisk(path: string, fill: (root: string) => Promise<void>): Promise<string> {
  const root = await mkdtemp(`${path}.`);
  try {
    await fill(root);
    await rm(path, { force: true });
    await run("mkfs.erofs", ["--quiet", path, root], { timeoutMs: 300_000 });
    return path;
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
