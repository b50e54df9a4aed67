/**
 * Records of the rings to events. The kernel writes a name with its last component first, because it climbs from there; here
 * names are turned round. A record that contradicts itself is dropped and counted, and nothing of it is guessed.
 */
import { pc_event_flag as flag, namesByNumber, pc_category, pc_limit, pc_operation } from "../abi/enums.ts";
import { pc_event } from "../abi/structs.ts";
import type { EventRing, KernelEvent } from "./kernel-event.ts";
import { textOf } from "./name-text.ts";

/** Bytes in front of every record: its length and padding (addon/ring.c). */
const recordHeader = 8;

const { PC_ABI_VERSION: abiVersion } = pc_limit;
export const categories = namesByNumber(pc_category, "PC_CATEGORY_") as ReadonlyMap<number, KernelEvent["category"]>;
export const operations = namesByNumber(pc_operation, "PC_OP_");

/** Decodes a batch as the addon delivers it: `count` records, each `u32 length, u32 0, bytes, padding to 8`. */
export function decodeBatch(
  batch: ArrayBuffer,
  count: number,
  ring: EventRing,
): { events: KernelEvent[]; malformed: number } {
  const events: KernelEvent[] = [];
  const sizes = new DataView(batch);
  let at = 0;
  let malformed = 0;
  for (let i = 0; i < count; i++) {
    const length = sizes.getUint32(at, true);
    const event = decodeEvent(new Uint8Array(batch, at + recordHeader, length), ring);
    if (event === undefined) malformed++;
    else events.push(event);
    at += recordHeader + Math.ceil(length / 8) * 8;
  }
  return { events, malformed };
}

/** Decodes one record. undefined: it is too short, of another ABI, or points outside of itself. */
export function decodeEvent(record: Uint8Array, ring: EventRing): KernelEvent | undefined {
  if (record.length < pc_event.size) return undefined;
  const raw = pc_event.decode(new DataView(record.buffer, record.byteOffset, record.length));
  const category = categories.get(raw.category);
  const operation = operations.get(raw.operation);
  if (raw.abi_version !== abiVersion || raw.size > record.length || category === undefined) return undefined;
  if (operation === undefined) return undefined;
  const part = (at: number, length: number) => (at + length <= raw.size ? record.subarray(at, at + length) : undefined);
  const flags = flagsOf(raw.flags);
  // A name without components is the root, except where the root makes no sense: there it is not known.
  const root = flags.unresolvable || flags.pathless ? "" : "/";
  const objectPart = part(raw.object_at, raw.object_len);
  const object = objectIn(category, objectPart, raw.object_at, root);
  const object2 = name(part(raw.object2_at, raw.object2_len), raw.object2_at, "");
  const exe = name(part(raw.exe_at, raw.exe_len), raw.exe_at, "");
  const parentExe = name(part(raw.parent_at, raw.parent_len), raw.parent_at, "");
  const cwd = name(part(raw.cwd_at, raw.cwd_len), raw.cwd_at, "/");
  const args = part(raw.args_at, raw.args_len);
  if (object === undefined || object2 === undefined || exe === undefined) return undefined;
  if (parentExe === undefined || cwd === undefined || args === undefined) return undefined;
  return {
    ring,
    sequence: raw.sequence,
    timeNs: raw.time_ns,
    slot: raw.slot,
    ruleId: raw.rule_id,
    tableId: raw.table_id,
    category,
    operation,
    verdict: raw.verdict,
    ...flags,
    openFlags: category === "file" ? raw.access : 0,
    ...numberOf(category, raw.access),
    ...peerOf(category, objectPart),
    pid: raw.pid,
    tid: raw.tid,
    ppid: raw.ppid,
    nsPid: raw.ns_pid,
    nsPpid: raw.ns_ppid,
    uid: raw.uid,
    gid: raw.gid,
    cgroupId: raw.cgroup_id,
    comm: raw.comm,
    object,
    object2,
    exe,
    parentExe,
    cwd,
    args: splitArguments(args),
    tty: terminal(raw.tty),
    syscall: { nr: raw.syscall_nr, args: raw.syscall_args },
  };
}

/** The object that has no name. */
function numberOf(
  category: KernelEvent["category"],
  access: number,
): Pick<KernelEvent, "socket" | "capability" | "called"> {
  if (category === "syscalls") return { called: { number: access & 0xffff, errno: access >>> 16 } };
  if (category === "capabilities") return { capability: access };
  if (category !== "network" && category !== "dns") return {};
  return { socket: { family: access & 0xff, type: (access >>> 8) & 0xff, protocol: access >>> 16 } };
}

/** The flags that an event and a count have in common. */
export function flagsOf(
  flags: number,
): Pick<
  KernelEvent,
  "unresolvable" | "truncated" | "guard" | "pathless" | "write" | "second" | "visible" | "recorded"
> {
  return {
    unresolvable: (flags & flag.PC_EVENT_UNRESOLVABLE) !== 0,
    truncated: (flags & flag.PC_EVENT_TRUNCATED) !== 0,
    guard: (flags & flag.PC_EVENT_GUARD) !== 0,
    pathless: (flags & flag.PC_EVENT_PATHLESS) !== 0,
    write: (flags & flag.PC_EVENT_WRITE) !== 0,
    second: (flags & flag.PC_EVENT_SECOND) !== 0,
    visible: (flags & flag.PC_EVENT_VISIBLE) !== 0,
    recorded: (flags & flag.PC_EVENT_RECORDED) !== 0,
  };
}

/** Bytes of the object of a rule by address: the address, and the port (native/bpf/addresses.h). */
const addressSize = 16;

function peerOf(category: KernelEvent["category"], bytes: Uint8Array | undefined): Pick<KernelEvent, "peer"> {
  if (category !== "network" || bytes?.length !== addressSize + 2) return {};
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const address = (view.getBigUint64(0) << 64n) | view.getBigUint64(8);
  return { peer: { address, port: view.getUint16(addressSize) } };
}

/** The object's name; undefined: it is none. That of the network is no name, but a peer. */
function objectIn(category: KernelEvent["category"], bytes: Uint8Array | undefined, at: number, empty: string) {
  if (category === "network") return "";
  return category === "dns" ? domain(bytes, at) : name(bytes, at, empty);
}

/** The labels of a name of DNS, each after its length, in their order. As with name(), undefined: a length points outside. */
function domain(bytes: Uint8Array | undefined, at: number): string | undefined {
  if (at === 0) return "";
  return bytes && componentsOf(bytes)?.join(".");
}

/**
 * Turns components, of which the last comes first and each follows its length as one u16, into an absolute path. Where there
 * is no name at all (`at` is 0) the path is "", and for a name without components it is `empty`. undefined: a length points
 * outside.
 */
function name(bytes: Uint8Array | undefined, at: number, empty: string): string | undefined {
  if (at === 0) return "";
  if (bytes === undefined) return undefined;
  if (bytes.length === 0) return empty;
  const components = componentsOf(bytes);
  return components && `/${components.reverse().join("/")}`;
}

function componentsOf(bytes: Uint8Array): string[] | undefined {
  const components: string[] = [];
  for (let i = 0; i < bytes.length; ) {
    if (i + 2 > bytes.length) return undefined;
    const length = bytes[i]! | (bytes[i + 1]! << 8);
    if (i + 2 + length > bytes.length) return undefined;
    components.push(textOf(bytes.subarray(i + 2, i + 2 + length)));
    i += 2 + length;
  }
  return components;
}

/** Arguments are separated by NUL as in the process's memory. The last NUL ends the last one and separates nothing. */
function splitArguments(bytes: Uint8Array): string[] {
  if (bytes.length === 0) return [];
  const end = bytes[bytes.length - 1] === 0 ? bytes.length - 1 : bytes.length;
  return textOf(bytes.subarray(0, end)).split("\0");
}

const ttyMajor = 4;
const consoleMajor = 5;
/** Pseudo terminals have eight majors of 256 minors each; newer kernels go on counting in the minors of the first one. */
const ptsMajors = { first: 136, last: 143 };
const firstSerialMinor = 64;

/** The kernel's name of the terminal (major << 20 | minor) + 1: `pts0`, `tty1`, `ttyS0`, else `tty<major>:<minor>`. */
export function terminal(tty: number): string {
  if (tty === 0) return "";
  const major = (tty - 1) >>> 20;
  const minor = (tty - 1) & 0xfffff;
  if (major >= ptsMajors.first && major <= ptsMajors.last) return `pts${(major - ptsMajors.first) * 256 + minor}`;
  if (major === ttyMajor) return minor < firstSerialMinor ? `tty${minor}` : `ttyS${minor - firstSerialMinor}`;
  return major === consoleMajor && minor === 1 ? "console" : `tty${major}:${minor}`;
}
