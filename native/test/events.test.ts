/** Ring records to events: every field, names turned round, and records that lie. */
import { describe, expect, it } from "@jest/globals";
import { pc_limit } from "../src/abi/enums.ts";
import type { Decoded } from "../src/abi/layout.ts";
import { pc_event } from "../src/abi/structs.ts";
import { decodeBatch, decodeEvent, terminal } from "../src/events/decode.ts";

const { PC_ABI_VERSION: abiVersion } = pc_limit;
type Fixed = Partial<Record<keyof ReturnType<typeof pc_event.decode>, unknown>>;
const parts = ["object", "object2", "exe", "parent", "cwd", "args"] as const;

/** A name as the kernel writes it: leaf first, each component behind its length. */
function leafFirst(path: string): Uint8Array {
  const components = path.split("/").filter((part) => part !== "");
  const bytes = components.reverse().flatMap((part) => {
    const utf8 = [...new TextEncoder().encode(part)];
    return [utf8.length & 0xff, utf8.length >> 8, ...utf8];
  });
  return Uint8Array.from(bytes);
}

/** A whole record: the strings given are laid out behind the fixed part. */
function record(fixed: Fixed, strings: Partial<Record<(typeof parts)[number], Uint8Array>> = {}): Uint8Array {
  const places: Record<string, number> = {};
  let end = pc_event.size;
  for (const part of parts) {
    const bytes = strings[part];
    if (bytes === undefined) continue;
    places[`${part}_at`] = end;
    places[`${part}_len`] = bytes.length;
    end += bytes.length;
  }
  const value = { size: end, abi_version: abiVersion, category: 1, operation: 3, ...places, ...fixed };
  const out = new Uint8Array(end);
  out.set(pc_event.encode(value as Partial<Decoded<never>>));
  for (const part of parts) if (strings[part] !== undefined) out.set(strings[part], places[`${part}_at`]);
  return out;
}

/** Records as the addon packs them. */
function batch(...records: Uint8Array[]): ArrayBuffer {
  const padded = records.map((bytes) => 8 + Math.ceil(bytes.length / 8) * 8);
  const out = new Uint8Array(padded.reduce((sum, size) => sum + size, 0));
  let at = 0;
  records.forEach((bytes, i) => {
    new DataView(out.buffer).setUint32(at, bytes.length, true);
    out.set(bytes, at + 8);
    at += padded[i] ?? 0;
  });
  return out.buffer;
}

describe("an event", () => {
  it("carries every field over, with names turned round", () => {
    const bytes = record(
      {
        time_ns: 123_456_789_012n,
        sequence: 77n,
        table_id: 9n,
        slot: 17,
        rule_id: 4,
        verdict: -13,
        flags: 0x3f,
        pid: 100,
        tid: 101,
        ppid: 99,
        ns_pid: 2,
        ns_ppid: 1,
        uid: 1000,
        gid: 1001,
        tty: ((136 << 20) | 4) + 1,
        cgroup_id: 2n ** 40n,
        syscall_args: [1n, 2n, 3n, 4n, 5n, 2n ** 64n - 1n],
        syscall_nr: 257,
        access: 0o2000000,
        comm: "cat",
      },
      {
        object: leafFirst("/etc/ssl/schlüssel"),
        object2: leafFirst("/tmp/x"),
        exe: leafFirst("/usr/bin/cat"),
        parent: leafFirst("/bin/sh"),
        cwd: leafFirst("/"),
        args: new TextEncoder().encode("cat\0\0two words\0"),
      },
    );
    expect(decodeEvent(bytes, "denials")).toEqual({
      ring: "denials",
      sequence: 77n,
      timeNs: 123_456_789_012n,
      slot: 17,
      ruleId: 4,
      tableId: 9n,
      category: "file",
      operation: "open",
      verdict: -13,
      unresolvable: true,
      truncated: true,
      guard: true,
      pathless: true,
      visible: false,
      recorded: false,
      write: true,
      second: true,
      openFlags: 0o2000000,
      pid: 100,
      tid: 101,
      ppid: 99,
      nsPid: 2,
      nsPpid: 1,
      uid: 1000,
      gid: 1001,
      cgroupId: 2n ** 40n,
      comm: "cat",
      object: "/etc/ssl/schlüssel",
      object2: "/tmp/x",
      exe: "/usr/bin/cat",
      parentExe: "/bin/sh",
      cwd: "/",
      args: ["cat", "", "two words"],
      tty: "pts4",
      syscall: { nr: 257, args: [1n, 2n, 3n, 4n, 5n, 2n ** 64n - 1n] },
    });
  });

  it("tells an unknown name from the root", () => {
    expect(decodeEvent(record({}), "audits")).toMatchObject({ object: "", cwd: "", args: [], tty: "", ring: "audits" });
  });

  it("takes a name without components for the root where it can be one, else for unknown", () => {
    const none = new Uint8Array(0);
    const all = { object: none, object2: none, exe: none, parent: none, cwd: none };
    const names = { object: "/", object2: "", exe: "", parentExe: "", cwd: "/" };
    expect(decodeEvent(record({}, all), "denials")).toMatchObject(names);
    expect(decodeEvent(record({ flags: 0x01 }, all), "denials")).toMatchObject({ ...names, object: "" });
    expect(decodeEvent(record({ flags: 0x08 }, all), "denials")).toMatchObject({ ...names, object: "" });
  });

  it("has bytes that are no UTF-8 escaped (name-text.test.ts)", () => {
    const event = decodeEvent(record({}, { object: Uint8Array.from([2, 0, 0xff, 0x41]) }), "denials");
    expect(event?.object).toBe("/\\xffA");
  });

  it.each([
    ["is shorter than its fixed part", record({}).subarray(0, 100)],
    ["says it is longer than it is", record({ size: 100_000 })],
    ["has another ABI version", record({ abi_version: abiVersion + 1 })],
    ["has an unknown category", record({ category: 200 })],
    ["has an unknown operation", record({ operation: 0 })],
    ["points outside of itself", record({ object_at: 60_000, object_len: 5 })],
    ["has a component longer than its name", record({}, { object: Uint8Array.from([9, 0, 0x41]) })],
    ["has a name cut inside a length", record({}, { object: Uint8Array.from([1]) })],
  ])("is refused when it %s", (_, bytes) => {
    expect(decodeEvent(bytes, "denials")).toBeUndefined();
  });
});

describe("a batch", () => {
  it("delivers the good records and counts the others", () => {
    const bad = record({ abi_version: 77 });
    const records = batch(record({ sequence: 1n }), bad, record({ sequence: 2n }, { object: leafFirst("/a") }));
    const { events, malformed } = decodeBatch(records, 3, "audits");
    expect(events.map(({ sequence }) => sequence)).toEqual([1n, 2n]);
    expect(malformed).toBe(1);
  });

  it("decodes a thousand records at the price of ten times a hundred", () => {
    const one = record(
      { comm: "cat" },
      { object: leafFirst("/usr/lib/x86_64-linux-gnu/libc.so.6"), exe: leafFirst("/bin/cat") },
    );
    const records = batch(...Array.from({ length: 1000 }, () => one));
    decodeBatch(records, 1000, "denials");
    const time = (count: number) => {
      const start = performance.now();
      expect(decodeBatch(records, count, "denials").events).toHaveLength(count);
      return performance.now() - start;
    };
    // A ratio within one run: the price of an event does not grow with the batch.
    expect(time(1000)).toBeLessThan(100 * Math.max(time(100), time(100), 0.05));
  });
});

describe("a terminal's name", () => {
  const numbered = (major: number, minor: number) => terminal(((major << 20) | minor) + 1);
  it("is the kernel's", () => {
    expect(terminal(0)).toBe("");
    expect(numbered(136, 0)).toBe("pts0");
    expect(numbered(136, 300)).toBe("pts300");
    expect(numbered(137, 1)).toBe("pts257");
    expect(numbered(4, 1)).toBe("tty1");
    expect(numbered(4, 64)).toBe("ttyS0");
    expect(numbered(5, 1)).toBe("console");
    expect(numbered(229, 3)).toBe("tty229:3");
  });
});
