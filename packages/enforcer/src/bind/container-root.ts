/**
 * The root of a container, seen from outside through /proc/<pid>/root of one of its processes. A root is usable once the
 * runtime has pivoted into it: before that the same name still shows the host's own root.
 */

import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { RootUnavailableError } from "../errors.ts";
import { isMissing } from "../files.ts";
import { MountTable } from "./mount-table.ts";

export interface ContainerRoot {
  /** Device and inode of the root directory. */
  readonly identity: string;
  /** `<proc>/<pid>/root` */
  readonly path: string;
  /** Mounts whose look-ups another machine or another process answers are never touched. */
  readonly mounts: MountTable;
  /** The node's own root as the enforcer reaches it, with a last "/": layers of overlays are named in it. */
  readonly nodeRoot: string;
  /** It is the node's own root: what it links to is for the node to say, not for a container. */
  readonly ofHost?: true;
}

/** So many processes are looked at. */
const mostProcesses = 256;

/**
 * Opens the root through the first process of the cgroup that shows it. With `identity` no other root will do: a process may have
 * changed its own by chroot(2), which changes no name. Throws RootUnavailableError.
 */
export async function openRoot(proc: string, cgroupPath: string, identity?: string): Promise<ContainerRoot> {
  const host = await identityOf(join(proc, "1", "root/"));
  let pids: string[];
  try {
    pids = (await readFile(join(cgroupPath, "cgroup.procs"), "utf8")).split("\n").filter((line) => line !== "");
  } catch (error) {
    throw new RootUnavailableError(`the processes of ${cgroupPath} cannot be read`, { cause: error });
  }
  for (const pid of pids.slice(0, mostProcesses)) {
    const path = join(proc, pid, "root/");
    const root = pid === "0" ? undefined : await identityOf(path);
    if (root === undefined || root === host || root !== (identity ?? root)) continue;
    const mounts = new MountTable(await readFile(join(proc, pid, "mountinfo"), "utf8").catch(() => ""));
    return { identity: root, path, mounts, nodeRoot: join(proc, "1", "root/") };
  }
  throw new RootUnavailableError(`no process of ${cgroupPath} shows the container's root (it has ${pids.length})`, {
    empty: pids.length === 0,
  });
}

/** The node's own root, through its first process. Throws RootUnavailableError. */
export async function openHostRoot(proc: string): Promise<ContainerRoot> {
  const path = join(proc, "1", "root/");
  const identity = await identityOf(path);
  if (identity === undefined) throw new RootUnavailableError(`${path} cannot be read`);
  const mounts = new MountTable(await readFile(join(proc, "1", "mountinfo"), "utf8").catch(() => ""));
  return { identity, path, mounts, nodeRoot: path, ofHost: true };
}

async function identityOf(path: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch (error) {
    if (isMissing(error) || (error as NodeJS.ErrnoException).code === "EACCES") return undefined;
    throw error;
  }
}
