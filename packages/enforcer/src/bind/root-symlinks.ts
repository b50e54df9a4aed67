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
    return this.whyWritable(name) === undefined;
  }

  /** Why the container can have made what has this name, in words; undefined: it cannot. Of a directory of the image: none, whatever lies in it. */
  whyWritable(name: string): string | undefined {
    if (this.#root.ofHost) return undefined;
    const mount = this.#root.mounts.of(name.endsWith("/") ? name.slice(0, -1) : name);
    if (mount === undefined) return "it cannot be told what it lies on";
    if (mount.readOnly) return undefined;
    if (mount.type !== "overlay" && mount.point !== "/")
      return `it lies on the mount ${mount.point}, which the container can write`;
    if (mount.type !== "overlay")
      return `the container's root is ${mount.type} and no overlay, so that it cannot be told what was written in it since it started`;
    return this.#whyWritten(name, mount);
  }

  #whyWritten(name: string, { point, upperDirectory, movesDirectories }: Mount): string | undefined {
    const unknown = `it cannot be told what was written in the overlay at ${point}`;
    if (upperDirectory === undefined || movesDirectories) return unknown;
    if (name.endsWith("/")) return undefined;
    const upper = join(this.#root.nodeRoot, upperDirectory);
    const below = name.slice(point === "/" ? 1 : point.length + 1);
    if (exists(upper) !== true) return unknown;
    const written = exists(join(upper, below));
    return written === undefined ? unknown : written ? "it was written in the container since it started" : undefined;
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
