/** The symbolic links of a container's root; each is looked at once, however many names lead through it. */

import { lstat, readlink } from "node:fs/promises";
import { join } from "node:path";
import { isMissing } from "../files.ts";
import type { ContainerRoot } from "./container-root.ts";

export interface Symlink {
  readonly target: string;
  /** The container cannot have made it. What cannot be found out counts as no. */
  readonly fixed: boolean;
}

export class RootSymlinks {
  readonly #root: ContainerRoot;
  readonly #known = new Map<string, Promise<Symlink | "other" | "nothing">>();

  constructor(root: ContainerRoot) {
    this.#root = root;
  }

  /** What is at a name inside the root: a symlink, something other, or nothing. */
  of(name: string): Promise<Symlink | "other" | "nothing"> {
    const known = this.#known.get(name) ?? this.#look(name);
    this.#known.set(name, known);
    return known;
  }

  async #look(name: string): Promise<Symlink | "other" | "nothing"> {
    try {
      const path = this.#root.path + name.slice(1);
      if (!(await lstat(path)).isSymbolicLink()) return "other";
      return { target: await readlink(path), fixed: await this.#isFixed(name) };
    } catch (error) {
      if (isMissing(error)) return "nothing";
      const code = (error as NodeJS.ErrnoException).code;
      if (code !== "EACCES" && code !== "ENAMETOOLONG" && code !== "EINVAL") throw error;
      return "other";
    }
  }

  isRemote(name: string): boolean {
    return this.#root.mounts.isRemote(name);
  }

  async #isFixed(name: string): Promise<boolean> {
    if (this.#root.ofHost) return true;
    const mount = this.#root.mounts.of(name);
    if (mount === undefined) return false;
    if (mount.readOnly) return true;
    if (mount.type !== "overlay" || mount.upperDirectory === undefined || mount.movesDirectories) return false;
    const upper = join(this.#root.nodeRoot, mount.upperDirectory);
    const below = name.slice(mount.point === "/" ? 1 : mount.point.length + 1);
    return (await this.#exists(upper)) === true && (await this.#exists(join(upper, below))) === false;
  }

  /** Undefined when that cannot be found out. */
  async #exists(path: string): Promise<boolean | undefined> {
    try {
      await lstat(path);
      return true;
    } catch (error) {
      return isMissing(error) ? false : undefined;
    }
  }
}
