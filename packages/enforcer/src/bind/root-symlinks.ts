/**
 * The symbolic links of a container's root; each is looked at once, however many names lead through it. At once, as in near.ts: nothing that another machine
 * answers for is asked about here.
 */

import { readlinkSync } from "node:fs";
import { join } from "node:path";
import { isMissing } from "../files.ts";
import type { ContainerRoot } from "./container-root.ts";
import { statsAt } from "./near.ts";

interface Symlink {
  readonly target: string;
  /** The container cannot have made it. What cannot be found out counts as no. */
  readonly fixed: boolean;
}

type Found = Symlink | "other" | "nothing";

/** What is there and cannot be looked at is no symlink that anybody could follow. */
const isUnreadable = (error: unknown): boolean =>
  ["EACCES", "ENAMETOOLONG", "EINVAL"].includes((error as NodeJS.ErrnoException).code ?? "");

export class RootSymlinks {
  readonly #root: ContainerRoot;
  readonly #known = new Map<string, Found>();

  constructor(root: ContainerRoot) {
    this.#root = root;
  }

  /** What is at a name inside the root: a symlink, something other, or nothing. */
  of(name: string): Found {
    const found = this.#known.get(name) ?? this.#look(name);
    this.#known.set(name, found);
    return found;
  }

  #look(name: string): Found {
    try {
      const path = this.#root.path + name.slice(1);
      const stats = statsAt(path);
      if (!stats?.isSymbolicLink()) return stats ? "other" : "nothing";
      return { target: readlinkSync(path), fixed: this.#isFixed(name) };
    } catch (error) {
      if (isMissing(error)) return "nothing";
      if (isUnreadable(error)) return "other";
      throw error;
    }
  }

  isRemote(name: string): boolean {
    return this.#root.mounts.isRemote(name);
  }

  #isFixed(name: string): boolean {
    if (this.#root.ofHost) return true;
    const mount = this.#root.mounts.of(name);
    if (mount === undefined) return false;
    if (mount.readOnly) return true;
    if (mount.type !== "overlay" || mount.upperDirectory === undefined || mount.movesDirectories) return false;
    const upper = join(this.#root.nodeRoot, mount.upperDirectory);
    const below = name.slice(mount.point === "/" ? 1 : mount.point.length + 1);
    return exists(upper) === true && exists(join(upper, below)) === false;
  }
}

/** Undefined when that cannot be found out. */
function exists(path: string): boolean | undefined {
  try {
    return statsAt(path) !== undefined;
  } catch {
    return undefined;
  }
}
