/**
 * The other names of files that have several. A Block rule on a name holds for every hard link that its file has when it is bound, so a file
 * with more than one link is looked for in its file system. Nearly all files have one link and cost nothing. Links that are made later need not
 * be looked for: making them is judged.
 */

import type { Stats } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { basename } from "node:path";
import { LRUCache } from "lru-cache";
import { isMissing } from "../files.ts";
import type { ContainerRoot } from "./container-root.ts";
import { multiCall } from "./multi-call.ts";
import type { ResolvedSymlinks } from "./symlinks.ts";

/** So many files and directories of one mount are looked at. */
const mostEntries = 200_000;
const sideBySide = 16;
/** Files whose names are remembered, so that they are looked for once and not at every look at a container. */
const mostRemembered = 1_000;

/** All names of a file in the container, or that there are too many files to find them. */
type Names = readonly string[] | "not found";

/** Identity of a file → its names so far. */
type Wanted = Map<string, string[]>;

export class HardLinks {
  readonly #mostEntries: number;
  readonly #remembered = new LRUCache<string, Names>({ max: mostRemembered });

  constructor(mostEntriesOfMount = mostEntries) {
    this.#mostEntries = mostEntriesOfMount;
  }

  /** `found` with the hard links of the files that `names` lead to. Allow rules do not get them, because links are easily made. */
  async addTo(root: ContainerRoot, names: readonly string[], found: ResolvedSymlinks): Promise<ResolvedSymlinks> {
    const linked = await this.#linked(root, names, found);
    if (linked.length === 0) return found;
    await this.#look(root, linked);
    const aliases = new Map(found.aliases);
    const refused = new Map(found.refused);
    for (const { name, path, key, links } of linked) {
      const all = this.#remembered.get(key) ?? "not found";
      if (all === "not found") {
        const reason = `${path} has ${links} hard links, and more than ${this.#mostEntries} files are where the others could be: those are not covered`;
        refused.set(name, reason);
      } else if (!all.some((each) => multiCall.test(basename(each)))) {
        const others = all.filter((each) => each !== name && each !== path);
        aliases.set(name, [...(found.aliases.get(name) ?? []), ...others]);
      }
    }
    return { ...found, aliases, refused };
  }

  async #linked(root: ContainerRoot, names: readonly string[], found: ResolvedSymlinks): Promise<Linked[]> {
    const linked: Linked[] = [];
    for (const name of names) {
      const path = found.aliases.get(name)?.[0] ?? name;
      if (name.endsWith("/") || found.refused.has(name) || multiCall.test(basename(path)) || root.mounts.isRemote(path))
        continue;
      const stats = await statsOf(root, path);
      const mount = root.mounts.of(path)?.point;
      if (!stats?.isFile() || stats.nlink < 2 || mount === undefined) continue;
      const file = fileOf(stats);
      linked.push({ name, path, mount, file, links: stats.nlink, key: `${root.identity} ${file}` });
    }
    return linked;
  }

  /** Looks for those that are not known, once a mount. */
  async #look(root: ContainerRoot, linked: readonly Linked[]): Promise<void> {
    const unknown = linked.filter(({ key }) => !this.#remembered.has(key));
    for (const mount of new Set(unknown.map((one) => one.mount))) {
      const here = unknown.filter((one) => one.mount === mount);
      const wanted: Wanted = new Map(here.map(({ file }) => [file, []]));
      const whole = await this.#search(root, mount, wanted);
      for (const { key, file, links } of here) {
        const names = wanted.get(file)!;
        this.#remembered.set(key, whole || names.length === links ? names : "not found");
      }
    }
  }

  /** Walks a mount, without those that lie in it. False: it has too many files. */
  async #search(root: ContainerRoot, mount: string, wanted: Wanted): Promise<boolean> {
    let left = this.#mostEntries;
    const directories = [mount];
    while (directories.length > 0) {
      const some = directories.splice(-sideBySide);
      const entries = (await Promise.all(some.map((directory) => entriesOf(root, directory)))).flat();
      left -= entries.length;
      if (left < 0) return false;
      for (const { name, isDirectory } of entries)
        if (isDirectory && root.mounts.of(name)?.point === mount) directories.push(name);
      const files = entries.filter(({ isFile }) => isFile).map(({ name }) => name);
      for (let next = 0; next < files.length; next += sideBySide)
        await Promise.all(files.slice(next, next + sideBySide).map((name) => note(root, name, wanted)));
    }
    return true;
  }
}

interface Linked {
  /** As a rule writes it. */
  readonly name: string;
  /** What it leads to. */
  readonly path: string;
  readonly mount: string;
  readonly file: string;
  readonly links: number;
  readonly key: string;
}

const fileOf = ({ dev, ino }: Stats): string => `${dev}:${ino}`;

async function note(root: ContainerRoot, name: string, wanted: Wanted): Promise<void> {
  const stats = await statsOf(root, name);
  if (stats && stats.nlink > 1) wanted.get(fileOf(stats))?.push(name);
}

async function statsOf(root: ContainerRoot, name: string): Promise<Stats | undefined> {
  try {
    return await lstat(root.path + name.slice(1));
  } catch (error) {
    if (isUnreadable(error)) return undefined;
    throw error;
  }
}

interface Entry {
  readonly name: string;
  readonly isFile: boolean;
  readonly isDirectory: boolean;
}

async function entriesOf(root: ContainerRoot, directory: string): Promise<Entry[]> {
  try {
    const entries = await readdir(root.path + directory.slice(1), { withFileTypes: true });
    const at = directory === "/" ? "" : directory;
    return entries.map((entry) => ({
      name: `${at}/${entry.name}`,
      isFile: entry.isFile(),
      isDirectory: entry.isDirectory(),
    }));
  } catch (error) {
    if (isUnreadable(error)) return [];
    throw error;
  }
}

/** What goes away meanwhile, or is not a name that can be asked for. */
function isUnreadable(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return isMissing(error) || code === "EACCES" || code === "ENAMETOOLONG" || code === "EINVAL" || code === "ELOOP";
}
