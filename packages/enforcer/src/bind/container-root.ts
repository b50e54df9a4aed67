/**
 * The root of a container, seen from outside through /proc/<pid>/root of one of its processes. A root is usable once the
 * runtime has pivoted into it: before that the same name still shows the host's own root.
 */

import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { RootUnavailableError } from "../errors.ts";
import { isMissing } from "../files.ts";

export interface ContainerRoot {
  /** `<proc>/<pid>/root` */
  readonly path: string;
  /** Mount points inside the root whose look-ups another machine or another process answers. They are never touched. */
  readonly remoteMounts: readonly string[];
}

/** Opens the root through the first process of the cgroup that shows it. Throws RootUnavailableError. */
export async function openRoot(proc: string, cgroupPath: string): Promise<ContainerRoot> {
  const host = await identityOf(join(proc, "1", "root/"));
  let pids: string[];
  try {
    pids = (await readFile(join(cgroupPath, "cgroup.procs"), "utf8")).split("\n").filter((line) => line !== "");
  } catch (error) {
    throw new RootUnavailableError(`the processes of ${cgroupPath} cannot be read`, { cause: error });
  }
  for (const pid of pids.slice(0, 16)) {
    const path = join(proc, pid, "root/");
    const root = pid === "0" ? undefined : await identityOf(path);
    if (root === undefined || root === host) continue;
    return { path, remoteMounts: remoteMountsOf(await readFile(join(proc, pid, "mountinfo"), "utf8").catch(() => "")) };
  }
  throw new RootUnavailableError(
    `no process of ${cgroupPath} shows a root other than the host's (${pids.length} looked at)`,
  );
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

const remoteTypes = /^(?:fuse|fuseblk|fuse\..+|nfs4?|cifs|smb3|9p|ceph|afs|glusterfs|lustre|autofs)$/;

/** Mount points of network and FUSE file systems in a mountinfo text, in which spaces are written as octal. */
export function remoteMountsOf(mountinfo: string): string[] {
  const points: string[] = [];
  for (const line of mountinfo.split("\n")) {
    const fields = line.split(" ");
    const separator = fields.indexOf("-");
    if (separator < 0 || !remoteTypes.test(fields[separator + 1] ?? "")) continue;
    const point = (fields[4] ?? "/").replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
    if (point !== "/") points.push(point);
  }
  return points;
}
