/**
 * tar as container layers use it: reads what dpkg-deb writes (ustar and GNU long names), writes ustar with pax
 * headers for long names. Written archives depend on the tree alone: sorted, times 0, numeric owners.
 */
import type { Entry } from "./tree.ts";
import { Tree } from "./tree.ts";

const block = 512;
const kinds = { file: "0", symlink: "2", directory: "5" } as const;

/** One layer. */
export function writeTar(tree: Tree): Buffer {
  const parts: Buffer[] = [];
  for (const [path, entry] of tree.entries) parts.push(...member(path, entry));
  parts.push(Buffer.alloc(2 * block));
  return Buffer.concat(parts);
}

function member(path: string, entry: Entry): Buffer[] {
  const name = entry.kind === "directory" ? `${path}/` : path;
  const target = entry.kind === "symlink" ? entry.target : "";
  const data = entry.kind === "file" ? entry.data : Buffer.alloc(0);
  const long = [
    ...(Buffer.byteLength(name) > 100 ? [["path", name] as const] : []),
    ...(Buffer.byteLength(target) > 100 ? [["linkpath", target] as const] : []),
  ];
  const parts: Buffer[] = [];
  if (long.length > 0) {
    const records = Buffer.from(long.map(([key, value]) => paxRecord(key, value)).join(""));
    const pax = { uid: 0, gid: 0, mode: 0o644, size: records.length, type: "x", target: "" };
    parts.push(header("pax", pax), records, padding(records.length));
  }
  const { uid, gid, mode } = entry;
  parts.push(
    header(name, { uid, gid, mode, size: data.length, type: kinds[entry.kind], target }),
    data,
    padding(data.length),
  );
  return parts;
}

interface Header {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  readonly size: number;
  readonly type: string;
  readonly target: string;
}

function header(name: string, { uid, gid, mode, size, type, target }: Header): Buffer {
  const out = Buffer.alloc(block);
  const octal = (value: number, at: number, length: number) => {
    out.write(`${value.toString(8).padStart(length - 1, "0")}\0`, at, "latin1");
  };
  out.write(name, 0, 100, "utf8");
  octal(mode & 0o7777, 100, 8);
  octal(uid, 108, 8);
  octal(gid, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  out.fill(" ", 148, 156);
  out.write(type, 156, "latin1");
  out.write(target, 157, 100, "utf8");
  out.write("ustar\x0000", 257, "latin1");
  let sum = 0;
  for (const byte of out) sum += byte;
  out.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return out;
}

/** `LENGTH key=value\n`, where LENGTH counts itself. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const size = Buffer.byteLength(rest);
  let length = size + 1;
  while (length !== size + String(length).length) length = size + String(length).length;
  return `${length}${rest}`;
}

const padding = (length: number): Buffer => Buffer.alloc(-length & (block - 1));

/** The tree an archive holds. Devices and sockets are left out: container runtimes make their own. */
export function readTar(archive: Buffer): Tree {
  const tree = new Tree();
  let long: LongNames = {};
  for (let at = 0; at + block <= archive.length && archive[at] !== 0; ) {
    const size = octalField(archive, at + 124, 12);
    const data = archive.subarray(at + block, at + block + size);
    const type = field(archive, at + 156, 1) || "0";
    if (type === "L") long = { ...long, path: cString(data) };
    else if (type === "K") long = { ...long, target: cString(data) };
    else {
      place(tree, { ...headerAt(archive, at, long), type, data });
      long = {};
    }
    at += block + size + (-size & (block - 1));
  }
  return tree;
}

/** Names that are too long for a header stand in front of it. */
interface LongNames {
  readonly path?: string;
  readonly target?: string;
}

interface Member {
  readonly path: string;
  readonly target: string;
  readonly owner: { readonly uid: number; readonly gid: number };
  readonly mode: number;
  readonly type: string;
  readonly data: Buffer;
}

function headerAt(archive: Buffer, at: number, long: LongNames): Omit<Member, "type" | "data"> {
  const hasPrefix = archive.toString("latin1", at + 257, at + 263) === "ustar\0";
  const prefix = hasPrefix ? field(archive, at + 345, 155) : "";
  return {
    path: long.path ?? (prefix ? `${prefix}/` : "") + field(archive, at, 100),
    target: long.target ?? field(archive, at + 157, 100),
    owner: { uid: octalField(archive, at + 108, 8), gid: octalField(archive, at + 116, 8) },
    mode: octalField(archive, at + 100, 8) & 0o7777,
  };
}

function place(tree: Tree, { path, target, owner, mode, type, data }: Member): void {
  if (type === "5") tree.set(path, { kind: "directory", ...owner, mode });
  else if (type === "2") tree.set(path, { kind: "symlink", target, ...owner, mode: 0o777 });
  else if (type === "0") tree.set(path, { kind: "file", data, ...owner, mode });
  else if (type === "1") {
    const first = tree.get(target); // a hard link: a copy, since layers are read-only anyway
    if (first) tree.set(path, first);
  }
}

const field = (archive: Buffer, start: number, length: number): string =>
  cString(archive.subarray(start, start + length));
const octalField = (archive: Buffer, start: number, length: number): number =>
  Number.parseInt(field(archive, start, length).trim() || "0", 8);

function cString(data: Buffer): string {
  const end = data.indexOf(0);
  return data.toString("utf8", 0, end < 0 ? data.length : end);
}
