/**
 * The symbolic links of a container's root; each is looked at once, however many names lead through it. At once, as in near.ts: nothing that another machine
 * answers for is asked about here.
 */

import { readlinkSync } from "node:fs";
import { join } from "node:path";
import { isMissing } from "../files.ts";
import type { ContainerRoot } from "./container-root.ts";
import type { Mount } from "./mount-table.ts";
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
    return mount !== undefined && (mount.readOnly || this.#isWritten(name, mount) === false);
  }

  /**
   * Why the container can have made what has this name, in words; undefined: it cannot, or nobody can tell. Of a directory of the image:
   * it cannot, whatever lies in it.
   */
  whyWritable(name: string): string | undefined {
    const isDirectory = name.endsWith("/");
    const mount = this.#root.mounts.of(isDirectory ? name.slice(0, -1) : name);
    if (this.#root.ofHost || mount === undefined || mount.readOnly) return undefined;
    // Nobody can tell what of a root without layers is the image's, and all of it counts so.
    if (mount.type !== "overlay")
      return mount.point === "/" ? undefined : `it lies on the mount ${mount.point}, which the container can write`;
    if (isDirectory || this.#isWritten(name, mount) !== true) return undefined;
    return "it was written in the container since that started";
  }

  /** Whether the container has something of its own there; undefined where that cannot be found out. */
  #isWritten(name: string, { type, point, upperDirectory, movesDirectories }: Mount): boolean | undefined {
    if (type !== "overlay" || upperDirectory === undefined || movesDirectories) return undefined;
    const upper = join(this.#root.nodeRoot, upperDirectory);
    if (exists(upper) !== true) return undefined;
    return exists(join(upper, name.slice(point === "/" ? 1 : point.length + 1)));
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
