/**
 * The folder of one running cluster: sockets, logs, etcd's data. Named by the process that owns it, so that what a killed run
 * left behind is found and removed by the next one.
 */
import { randomBytes } from "node:crypto";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { ClusterError } from "../errors.ts";

/** A unix socket's path may have 107 bytes; ours are up to 20 below the folder. */
const longest = 85;

export class RunFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async make(scratch: string): Promise<RunFolder> {
    const all = join(scratch, "run");
    await mkdir(all, { recursive: true });
    for (const name of await readdir(all)) {
      const owner = Number(name.split("-")[0]);
      if (!(await runs(owner))) await rm(join(all, name), { recursive: true, force: true });
    }
    const path = join(all, `${process.pid}-${randomBytes(2).toString("hex")}`);
    if (path.length > longest) {
      throw new ClusterError("E2E_OPTION", `${path} is too long for sockets: set XDG_CACHE_HOME to a shorter path`);
    }
    await mkdir(path, { mode: 0o700 });
    return new RunFolder(path);
  }

  /** A folder for one more cluster of this run (the making of a saved one). */
  async child(name: string): Promise<string> {
    const path = join(this.path, name);
    await mkdir(path, { recursive: true });
    return path;
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

const runs = (pid: number): Promise<boolean> =>
  readdir(`/proc/${pid}`).then(
    () => true,
    () => false,
  );
