/** What an ELF file asks of the dynamic loader: enough to check that an image holds every library its programs need. */
import type { Tree } from "./tree.ts";

/** Types of program headers. */
const loadType = 1;
const dynamicType = 2;
const interpreterType = 3;
/** Keys of the dynamic section's entries: a library's name, and where the names' text is. */
const neededKey = 1n;
const textKey = 5n;
const entryBytes = 16;

interface ProgramHeader {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

export interface Needs {
  /** Names of shared libraries. */
  readonly libraries: readonly string[];
  /** The loader, for a dynamic program. */
  readonly interpreter?: string;
}

/** Undefined for what is no 64-bit little-endian ELF file. */
export function needsOf(data: Buffer): Needs | undefined {
  if (data.length < 64 || data.readUInt32BE(0) !== 0x7f454c46 || data[4] !== 2 || data[5] !== 1) return undefined;
  const headers = programHeaders(data);
  const text = (at: number) => data.toString("latin1", at, data.indexOf(0, at));
  const interpreter = headers.find(({ type }) => type === interpreterType);
  const entries = dynamicEntries(data, headers);
  const texts = offsetOf(headers, entries.find(({ key }) => key === textKey)?.value);
  const libraries = entries.filter(({ key }) => key === neededKey).map(({ value }) => text(texts + value));
  return { libraries, ...(interpreter && { interpreter: text(interpreter.offset) }) };
}

function programHeaders(data: Buffer): ProgramHeader[] {
  return Array.from({ length: data.readUInt16LE(56) }, (_, index) => {
    const at = Number(data.readBigUInt64LE(32)) + index * data.readUInt16LE(54);
    const number = (offset: number) => Number(data.readBigUInt64LE(at + offset));
    return { type: data.readUInt32LE(at), offset: number(8), address: number(16), size: number(32) };
  });
}

function dynamicEntries(data: Buffer, headers: readonly ProgramHeader[]): { key: bigint; value: number }[] {
  const section = headers.find(({ type }) => type === dynamicType);
  return Array.from({ length: Math.ceil((section?.size ?? 0) / entryBytes) }, (_, index) => {
    const at = (section?.offset ?? 0) + index * entryBytes;
    return { key: data.readBigUInt64LE(at), value: Number(data.readBigUInt64LE(at + 8)) };
  });
}

/** Where an address of the loaded program lies in the file. */
function offsetOf(headers: readonly ProgramHeader[], address: number | undefined): number {
  if (address === undefined) return 0;
  const home = headers.find((h) => h.type === loadType && address >= h.address && address < h.address + h.size);
  return home ? address - home.address + home.offset : 0;
}

/** Folders Debian's loader looks in without a cache. */
const libraryFolders = ["lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu", "lib", "usr/lib"];

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
