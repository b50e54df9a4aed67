/**
 * The Data field of an alert: the system call that led to it and its arguments, as `syscall=SYS_OPENAT fd=-100
 * flags=O_RDONLY|O_CLOEXEC`. Pointers are not shown: what they point to is in Resource, and may have changed since.
 */

import type { Alert } from "@portcullis/model";
import type { KernelEvent } from "@portcullis/native";
import { calledName, syscallName } from "./syscalls.ts";

type Format = (value: bigint, event: KernelEvent) => string;

const signed: Format = (value) => BigInt.asIntN(32, value).toString();
const octal: Format = (value) => `0${BigInt.asUintN(32, value).toString(8)}`;
const accessModes = ["O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE"];

/** Single bits, lowest first; a name of several bits stands before the bits it holds. */
const openBits: readonly (readonly [number, string])[] = [
  [0o100, "O_CREAT"],
  [0o200, "O_EXCL"],
  [0o400, "O_NOCTTY"],
  [0o1000, "O_TRUNC"],
  [0o2000, "O_APPEND"],
  [0o4000, "O_NONBLOCK"],
  [0o4010000, "O_SYNC"],
  [0o10000, "O_DSYNC"],
  [0o20000, "FASYNC"],
  [0o40000, "O_DIRECT"],
  [0o20200000, "O_TMPFILE"],
  [0o200000, "O_DIRECTORY"],
  [0o400000, "O_NOFOLLOW"],
  [0o1000000, "O_NOATIME"],
  [0o2000000, "O_CLOEXEC"],
  [0o10000000, "O_PATH"],
];
/** O_LARGEFILE, which the kernel sets on every 64-bit open and nobody asks for. */
const ignoredBits = 0o100000;

/** `O_RDONLY|O_CLOEXEC`; bits without a name in octal at the end. */
export function openFlags(flags: number): string {
  return [accessModes[flags & 3]!, ...bitNames(flags & ~3 & ~ignoredBits, openBits, 8)].join("|");
}

const atBits: readonly (readonly [number, string])[] = [
  [0x100, "AT_SYMLINK_NOFOLLOW"],
  [0x200, "AT_REMOVEDIR"],
  [0x400, "AT_SYMLINK_FOLLOW"],
  [0x800, "AT_NO_AUTOMOUNT"],
  [0x1000, "AT_EMPTY_PATH"],
];
const renameBits: readonly (readonly [number, string])[] = [
  [1, "RENAME_NOREPLACE"],
  [2, "RENAME_EXCHANGE"],
  [4, "RENAME_WHITEOUT"],
];
const protBits: readonly (readonly [number, string])[] = [
  [1, "PROT_READ"],
  [2, "PROT_WRITE"],
  [4, "PROT_EXEC"],
];
const mapBits: readonly (readonly [number, string])[] = [
  [3, "MAP_SHARED_VALIDATE"],
  [1, "MAP_SHARED"],
  [2, "MAP_PRIVATE"],
  [0x10, "MAP_FIXED"],
  [0x20, "MAP_ANONYMOUS"],
  [0x800, "MAP_DENYWRITE"],
];

function bitNames(value: number, bits: readonly (readonly [number, string])[], radix: number): string[] {
  const names: string[] = [];
  let rest = value >>> 0;
  for (const [bit, name] of bits) {
    if ((rest & bit) >>> 0 !== bit) continue;
    names.push(name);
    rest = (rest & ~bit) >>> 0;
  }
  if (rest !== 0) names.push(`${radix === 8 ? "0" : "0x"}${rest.toString(radix)}`);
  return names;
}

const flagsOf =
  (bits: readonly (readonly [number, string])[]): Format =>
  (value) =>
    bitNames(Number(BigInt.asUintN(32, value)), bits, 16).join("|") || "0";
const open: Format = (value) => openFlags(Number(BigInt.asUintN(32, value)));
/** openat2 has its flags in memory: those of the opened file are shown. */
const opened: Format = (_, event) => openFlags(event.openFlags);

/** Name, position and form of the arguments worth showing. */
const argumentsOf: Readonly<Record<string, readonly (readonly [string, number, Format])[]>> = {
  SYS_OPEN: [["flags", 1, open]],
  SYS_OPENAT: [
    ["fd", 0, signed],
    ["flags", 2, open],
  ],
  SYS_OPENAT2: [
    ["fd", 0, signed],
    ["flags", 2, opened],
  ],
  SYS_CREAT: [["mode", 1, octal]],
  SYS_EXECVEAT: [
    ["fd", 0, signed],
    ["flag", 4, flagsOf(atBits)],
  ],
  SYS_UNLINKAT: [
    ["fd", 0, signed],
    ["flags", 2, flagsOf(atBits)],
  ],
  SYS_RENAMEAT2: [["flags", 4, flagsOf(renameBits)]],
  SYS_LINKAT: [["flags", 4, flagsOf(atBits)]],
  SYS_MKDIR: [["mode", 1, octal]],
  SYS_MKDIRAT: [
    ["fd", 0, signed],
    ["mode", 2, octal],
  ],
  SYS_MKNOD: [["mode", 1, octal]],
  SYS_MKNODAT: [
    ["fd", 0, signed],
    ["mode", 2, octal],
  ],
  SYS_TRUNCATE: [["length", 1, (value) => BigInt.asIntN(64, value).toString()]],
  SYS_FTRUNCATE: [
    ["fd", 0, signed],
    ["length", 1, (value) => BigInt.asIntN(64, value).toString()],
  ],
  SYS_CHMOD: [["mode", 1, octal]],
  SYS_FCHMOD: [
    ["fd", 0, signed],
    ["mode", 1, octal],
  ],
  SYS_FCHMODAT: [
    ["fd", 0, signed],
    ["mode", 2, octal],
  ],
  SYS_FCHMODAT2: [
    ["fd", 0, signed],
    ["mode", 2, octal],
    ["flags", 3, flagsOf(atBits)],
  ],
  SYS_CHOWN: [
    ["userid", 1, signed],
    ["group", 2, signed],
  ],
  SYS_LCHOWN: [
    ["userid", 1, signed],
    ["group", 2, signed],
  ],
  SYS_FCHOWN: [
    ["fd", 0, signed],
    ["userid", 1, signed],
    ["group", 2, signed],
  ],
  SYS_FCHOWNAT: [
    ["fd", 0, signed],
    ["userid", 2, signed],
    ["group", 3, signed],
    ["flags", 4, flagsOf(atBits)],
  ],
  SYS_MMAP: [
    ["fd", 4, signed],
    ["prot", 2, flagsOf(protBits)],
    ["flags", 3, flagsOf(mapBits)],
  ],
  SYS_MPROTECT: [["prot", 2, flagsOf(protBits)]],
  SYS_CONNECT: [["fd", 0, signed]],
  SYS_BIND: [["fd", 0, signed]],
  SYS_LISTEN: [["fd", 0, signed]],
  SYS_ACCEPT: [["fd", 0, signed]],
  SYS_ACCEPT4: [["fd", 0, signed]],
  SYS_SENDTO: [["fd", 0, signed]],
  SYS_SENDMSG: [["fd", 0, signed]],
  SYS_SENDMMSG: [["fd", 0, signed]],
  SYS_WRITE: [["fd", 0, signed]],
  SYS_WRITEV: [["fd", 0, signed]],
};

/** Operations that have a second name; what others carry there means nothing. */
const twoNames = new Set(["rename", "link"]);

type Entries = readonly (readonly [key: string, value: string])[];

/** The fields of an alert that say this: Data as one text, EventData by names that begin with a capital letter. */
export function dataFields(entries: Entries): Pick<Alert, "data" | "eventData"> {
  return {
    data: entries.map(([key, value]) => `${key}=${value}`).join(" "),
    eventData: Object.fromEntries(entries.map(([key, value]) => [key.charAt(0).toUpperCase() + key.slice(1), value])),
  };
}

/** In place of a system call (native/bpf/incoming.h). */
export const noCall = 0xfffffffe;

/** Key and value of everything Data says, in its order. */
export function dataOf(event: KernelEvent): [string, string][] {
  // A packet has arrived: nobody has called.
  if (event.syscall.nr === noCall) return [["operation", event.operation.toUpperCase()]];
  const name = event.called ? calledName(event.called.number) : syscallName(event.syscall.nr);
  const data: [string, string][] = [["syscall", name ?? "SYS_IO_URING_ENTER"]];
  // Without a system call it was done by a worker of io_uring.
  if (name === undefined) data.push(["operation", event.operation.toUpperCase()]);
  for (const [key, index, format] of argumentsOf[name ?? ""] ?? []) {
    data.push([key, format(event.syscall.args[index] ?? 0n, event)]);
  }
  if (event.category === "dns") data.push(["domain", event.object]);
  if (twoNames.has(event.operation) && event.object2 !== "")
    data.push([event.second ? "oldname" : "newname", event.object2]);
  return data;
}
