/**
 * Other names of a file that a rule names: hard links that were made before the rule held. Afterwards nobody whom the rule concerns can make one. They
 * are looked for only for files that have several names: what a container has linked lies in the layer of its writes, which is small; what its image has
 * linked, and on other file systems, below the mount that the file lies on. A multi-call binary is left out: its other names are its applets.
 */

import type { Stats } from "node:fs";
import { opendir } from "node:fs/promises";
import { join } from "node:path";
import { LRUCache } from "lru-cache";
import { isMissing } from "../files.ts";
import type { ContainerRoot } from "./container-root.ts";
import { isMultiCall } from "./multi-call.ts";
import { pauses, statsAt } from "./near.ts";

/** The file's other names; with `isCut` there may be more. */
export interface OtherNames {
  readonly names: readonly string[];
  readonly isCut: boolean;
}

/** The other names of files, by name, for those that have others. */
export interface AskedLinks {
  /** Nothing has to be looked for. */
  readonly isKnown: boolean;
  readonly known: ReadonlyMap<string, OtherNames>;
  /** All of them, as soon as they are found. */
  readonly all: () => Promise<ReadonlyMap<string, OtherNames>>;
}

/** So many files are looked at to find those of one file system of a container. */
const mostFiles = 100_000;
const mostRemembered = 4_096;

/** A file, and where its other names are to be looked for. */
interface Searched {
  readonly name: string;
  readonly stats: Stats;
  /** A folder of the node, which is the container's folder `point`. */
  readonly folder: string;
  readonly point: string;
}

export class HardLinks {
  readonly #most: number;
  /** What was found, by the file as it was then: a link that is made or removed changes its time. */
  readonly #found = new LRUCache<string, OtherNames>({ max: mostRemembered });

  #last: Promise<void> = Promise.resolve();

  constructor(most = mostFiles) {
    this.#most = most;
  }

  /** Names are real ones inside the root: no symlink is on the way. */
  asked(root: ContainerRoot, names: readonly string[]): AskedLinks {
    const linked = [...new Set(names)].flatMap((name) => searchedFor(root, name) ?? []);
    const unknown = linked.filter((one) => !this.#found.has(keyOf(root, one)));
    const found = () => {
      const all = linked.map((one) => [one.name, this.#found.get(keyOf(root, one))] as const);
      return new Map(all.filter((entry): entry is [string, OtherNames] => entry[1] !== undefined));
    };
    const all = async () => {
      if (unknown.length > 0) await this.#inTurn(() => this.#searchAll(root, unknown));
      return found();
    };
    return { isKnown: unknown.length === 0, known: found(), all };
  }

  /** One search at a time: each reads as fast as it can. */
  async #inTurn(work: () => Promise<void>): Promise<void> {
    const before = this.#last;
    const mine = before.then(work);
    this.#last = mine.catch(() => undefined);
    await mine;
  }

  async #searchAll(root: ContainerRoot, files: readonly Searched[]): Promise<void> {
    const left = files.filter((one) => !this.#found.has(keyOf(root, one)));
    for (const together of Map.groupBy(left, ({ folder, stats }) => `${folder} ${stats.dev}`).values())
      await this.#search(root, together);
  }

  /** Looks through one folder for all these files at once. */
  async #search(root: ContainerRoot, files: readonly Searched[]): Promise<void> {
    const { folder, point, stats: first } = files[0]!;
    const names = new Map(files.map(({ stats }) => [stats.ino, new Set<string>()]));
    const left = () => files.some(({ stats }) => names.get(stats.ino)!.size < stats.nlink);
    let seen = 0;
    for await (const { below, stats } of filesBelow(folder, (at) => root.mounts.isRemote(join(point, at)))) {
      seen += 1;
      if (stats.dev === first.dev) names.get(stats.ino)?.add(join(point, below));
      if (seen >= this.#most || !left()) break;
    }
    for (const file of files) {
      const all = [...names.get(file.stats.ino)!];
      const isOfApplets = [file.name, ...all].some(isMultiCall);
      const others = isOfApplets ? [] : all.filter((name) => name !== file.name).sort();
      this.#found.set(keyOf(root, file), { names: others, isCut: seen >= this.#most && all.length < file.stats.nlink });
    }
  }
}

const keyOf = ({ identity }: ContainerRoot, { name, stats }: Searched): string =>
  [identity, stats.dev, stats.ino, stats.nlink, stats.ctimeMs, name].join(" ");

/** Undefined: it has no other name, or is no file. */
function searchedFor(root: ContainerRoot, name: string): Searched | undefined {
  if (root.mounts.isRemote(name)) return undefined;
  const stats = linkedFile(join(root.path, name));
  if (stats === undefined) return undefined;
  const { point = "/", upperDirectory } = root.mounts.of(name) ?? {};
  const upper = join(root.nodeRoot, upperDirectory ?? "");
  const written = upperDirectory && linkedFile(join(upper, name.slice(point === "/" ? 0 : point.length)));
  return written
    ? { name, stats: written, folder: upper, point }
    : { name, stats, folder: join(root.path, point), point };
}

function linkedFile(path: string): Stats | undefined {
  const stats = statsOf(path);
  return stats?.isFile() && stats.nlink > 1 ? stats : undefined;
}

/** The files of a folder and of all below it in the same file system, but for folders that another machine answers for. */
async function* filesBelow(
  folder: string,
  isRemote: (below: string) => boolean,
): AsyncIterable<{ below: string; stats: Stats }> {
  const device = statsOf(folder)?.dev;
  const folders = ["/"];
  const pause = pauses();
  for (let at = folders.pop(); at !== undefined; at = folders.pop())
    for await (const { below, isFolder } of entriesOf(folder, at)) {
      await pause();
      const stats = isRemote(below) ? undefined : statsOf(join(folder, below));
      if (!isFolder && stats) yield { below, stats };
      if (isFolder && stats && stats.dev === device) folders.push(below);
    }
}

/** What is in a folder: files and folders alone. One that has gone is empty. */
async function* entriesOf(folder: string, at: string) {
  try {
    for await (const entry of await opendir(join(folder, at), { bufferSize: 256 })) {
      const isFolder = entry.isDirectory();
      if (isFolder || entry.isFile()) yield { below: join(at, entry.name), isFolder };
    }
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}

function statsOf(path: string): Stats | undefined {
  try {
    return statsAt(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

const isAbsent = (error: unknown): boolean => isMissing(error) || (error as NodeJS.ErrnoException).code === "EACCES";
