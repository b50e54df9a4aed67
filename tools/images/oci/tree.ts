/**
 * A file tree in memory: what an image layer is made from. Paths are absolute without the leading slash
 * ("usr/bin/env"). Parent directories come into being by themselves; adding what exists replaces it, adding a
 * directory keeps its children.
 */
import { dirname, join, normalize } from "node:path/posix";

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export type Entry = Owner & { readonly mode: number } & (
    | { readonly kind: "file"; readonly data: Buffer }
    | { readonly kind: "directory" }
    | { readonly kind: "symlink"; readonly target: string }
  );

const root: Owner = { uid: 0, gid: 0 };

export class Tree {
  readonly #entries = new Map<string, Entry>();

  /** Entries sorted by path, so that the same tree is always the same layer. */
  get entries(): readonly (readonly [string, Entry])[] {
    return [...this.#entries].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  get(path: string): Entry | undefined {
    return this.#entries.get(clean(path));
  }

  /** A regular file; `mode` is its permission bits. */
  file(path: string, data: string | Uint8Array, mode = 0o644, owner: Owner = root): this {
    return this.set(path, { kind: "file", data: Buffer.from(data as string), mode, uid: owner.uid, gid: owner.gid });
  }

  directory(path: string, mode = 0o755, owner: Owner = root): this {
    return this.set(path, { kind: "directory", mode, uid: owner.uid, gid: owner.gid });
  }

  /** A symbolic link. */
  symlink(path: string, target: string, owner: Owner = root): this {
    return this.set(path, { kind: "symlink", target, mode: 0o777, uid: owner.uid, gid: owner.gid });
  }

  set(path: string, entry: Entry): this {
    const name = clean(path);
    if (name === "") return this;
    const parent = dirname(name);
    if (parent !== "." && this.#entries.get(parent)?.kind !== "directory") this.directory(parent);
    if (entry.kind !== "directory" && this.#entries.get(name)?.kind === "directory") {
      throw new Error(`/${name} is a directory: a ${entry.kind} of that name would hide what is in it`);
    }
    this.#entries.set(name, entry);
    return this;
  }

  /** Everything of another tree, over what is here. */
  add(other: Tree): this {
    for (const [path, entry] of other.#entries) this.set(path, entry);
    return this;
  }

  /** Moves a file; its old name is gone. */
  move(from: string, to: string): this {
    const entry = this.get(from);
    if (!entry || entry.kind === "directory") throw new Error(`/${clean(from)} is not a file to move`);
    this.#entries.delete(clean(from));
    return this.set(to, entry);
  }

  /** Removes every path that matches, with all below it. */
  remove(...patterns: readonly RegExp[]): this {
    for (const path of [...this.#entries.keys()]) {
      const parts = path.split("/");
      const prefixes = parts.map((_, index) => parts.slice(0, index + 1).join("/"));
      if (prefixes.some((prefix) => patterns.some((pattern) => pattern.test(prefix)))) this.#entries.delete(path);
    }
    return this;
  }

  /** The same tree with each path renamed. */
  renamed(rename: (path: string) => string): Tree {
    const tree = new Tree();
    for (const [path, entry] of this.entries) tree.set(rename(path), entry);
    return tree;
  }

  /** The path a name leads to when symbolic links of this tree are followed; undefined where it leads nowhere. */
  resolve(path: string): string | undefined {
    let name = clean(path);
    for (let hops = 0; hops < 40; hops++) {
      const parts = name.split("/");
      const at = parts.findIndex((_, i) => this.#entries.get(parts.slice(0, i + 1).join("/"))?.kind === "symlink");
      if (at < 0) return this.#entries.has(name) ? name : undefined;
      const symlink = parts.slice(0, at + 1).join("/");
      const entry = this.#entries.get(symlink);
      const target = entry?.kind === "symlink" ? entry.target : "";
      name = clean(join(target.startsWith("/") ? "/" : `/${dirname(symlink)}`, target, ...parts.slice(at + 1)));
    }
    return undefined;
  }

  /** Sum of the sizes of all files, in bytes. */
  get size(): number {
    let sum = 0;
    for (const entry of this.#entries.values()) if (entry.kind === "file") sum += entry.data.length;
    return sum;
  }
}

function clean(path: string): string {
  return normalize(`/${path}`).replace(/^\/|\/$/g, "");
}
