/** What an ELF file asks of the dynamic loader: enough to check that an image holds every library its programs need. */
import type { Tree } from "./tree.ts";

const DYNAMIC = 2;
const INTERPRETER = 3;
const LOAD = 1;
const NEEDED = 1n;
const STRTAB = 5n;

export interface Needs {
  /** Names of shared libraries. */
  readonly libraries: readonly string[];
  /** The loader, for a dynamic program. */
  readonly interpreter?: string;
}

/** Undefined for what is no 64-bit little-endian ELF file. */
export function needsOf(data: Buffer): Needs | undefined {
  if (data.length < 64 || data.readUInt32BE(0) !== 0x7f454c46 || data[4] !== 2 || data[5] !== 1) return undefined;
  const headers = Array.from({ length: data.readUInt16LE(56) }, (_, index) => {
    const at = Number(data.readBigUInt64LE(32)) + index * data.readUInt16LE(54);
    const number = (offset: number) => Number(data.readBigUInt64LE(at + offset));
    return { type: data.readUInt32LE(at), offset: number(8), address: number(16), size: number(32) };
  });
  const text = (at: number) => data.toString("latin1", at, data.indexOf(0, at));
  const interpreter = headers.find(({ type }) => type === INTERPRETER);
  const dynamic = headers.find(({ type }) => type === DYNAMIC);
  const names: number[] = [];
  let strings = 0;
  if (dynamic) {
    for (let at = dynamic.offset; at < dynamic.offset + dynamic.size; at += 16) {
      const tag = data.readBigUInt64LE(at);
      const value = Number(data.readBigUInt64LE(at + 8));
      if (tag === NEEDED) names.push(value);
      if (tag === STRTAB) {
        const home = headers.find((h) => h.type === LOAD && value >= h.address && value < h.address + h.size);
        strings = home ? value - home.address + home.offset : 0;
      }
    }
  }
  const libraries = names.map((name) => text(strings + name));
  return { libraries, ...(interpreter && { interpreter: text(interpreter.offset) }) };
}

/** Folders Debian's loader looks in without a cache. */
export const libraryFolders = ["lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu", "lib", "usr/lib"];

/** Where the tree holds a library; undefined when it does not. */
export function findLibrary(tree: Tree, name: string): string | undefined {
  for (const folder of libraryFolders) {
    const path = tree.resolve(`${folder}/${name}`);
    if (path) return path;
  }
  return undefined;
}

/** What programs and libraries of the tree ask for and the tree lacks, as `user: missing` lines. */
export function missingLibraries(tree: Tree): readonly string[] {
  const lines: string[] = [];
  for (const [path, entry] of tree.entries) {
    const needs = entry.kind === "file" ? needsOf(entry.data) : undefined;
    if (!needs) continue;
    const lacking = needs.libraries.filter((name) => !findLibrary(tree, name));
    if (needs.interpreter && !tree.resolve(needs.interpreter)) lacking.push(needs.interpreter);
    for (const name of lacking) lines.push(`/${path}: ${name}`);
  }
  return lines;
}
