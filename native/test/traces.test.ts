/** What the programs that see system calls are told, and which of them stay. Attached they are in guests: engine-cases/syscalls.sh. */
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { loadAddon, mapTypes } from "../src/addon.ts";
import { PinDir } from "../src/load/pins.ts";
import { cookieOf, functionOf, isSeenAtEntry } from "../src/trace/name-arguments.ts";
import { SyscallTraces } from "../src/trace/syscall-traces.ts";
import { mountBpffs, objectPath, whyNoBpf } from "./kernel.ts";

describe("a cookie", () => {
  /** Number, then the places of path, descriptor, second path, second descriptor: an argument's index + 1. */
  const partsOf = (cookie: number) => [cookie & 0xffff, ...[16, 20, 24, 28].map((at) => (cookie >>> at) & 0xf)];
  it.each([
    ["getpid", 39, [0, 0, 0, 0]],
    ["unlink", 87, [1, 0, 0, 0]],
    ["unlinkat", 263, [2, 1, 0, 0]],
    ["symlink", 88, [2, 0, 0, 0]],
    ["symlinkat", 266, [3, 2, 0, 0]],
    ["rename", 82, [1, 0, 2, 0]],
    ["renameat2", 316, [2, 1, 4, 3]],
    ["fchmod", 91, [0, 1, 0, 0]],
    ["mmap", 9, [0, 5, 0, 0]],
  ])("of %s says its number and where its names are", (name, number, places) => {
    expect(partsOf(cookieOf(name, number))).toEqual([number, ...places]);
  });

  it("is for the kernel's function of the call, which has another name at times", () => {
    expect(["unlink", "stat", "umount2", "sendfile"].map(functionOf)).toEqual([
      "unlink",
      "newstat",
      "umount",
      "sendfile64",
    ]);
  });

  it("is for the beginning of what does not return", () => {
    expect(["exit", "exit_group", "execve", "execveat", "unlink"].map(isSeenAtEntry)).toEqual([
      true,
      true,
      true,
      true,
      false,
    ]);
  });
});

const reason = whyNoBpf();
const describeBpf = reason === undefined ? describe : describe.skip;
if (reason !== undefined) console.warn(`traces.test.ts skipped: ${reason}`);

describeBpf("what sees system calls", () => {
  const addon = loadAddon();
  let bpffs: ReturnType<typeof mountBpffs>;
  let pins: PinDir;
  beforeEach(() => {
    bpffs = mountBpffs();
    pins = new PinDir(addon, `${bpffs.path}/portcullis`);
    addon.close(pins.take());
  });
  afterEach(() => {
    pins.remove();
    bpffs.unmount();
  });
  const pin = (name: string) => {
    const map = addon.mapCreate("stands_for_it", mapTypes.array, 4, 4, 1, 0);
    addon.pin(map, pins.syscall(name));
    addon.close(map);
  };
  const traces = () => new SyscallTraces(addon, pins, objectPath("layout"));

  it("stays for the calls that are named, of whatever build, and goes for all others", () => {
    for (const name of [
      "unlink-0123456789ab",
      "open_by_handle_at-0123456789ab",
      "rmdir-0123456789ab",
      "rmdir-ba9876543210",
    ])
      pin(name);
    traces().keep(new Set(["rmdir", "mkdir"]));
    expect(pins.syscallPins().sort()).toEqual(["rmdir-0123456789ab", "rmdir-ba9876543210"]);
    traces().keep(new Set());
    expect(pins.syscallPins()).toEqual([]);
  });

  it("goes with everything else that is pinned", () => {
    pin("unlink-0123456789ab");
    pins.clean();
    expect(pins.syscallPins()).toEqual([]);
  });

  it("is refused for a call that this kernel does not have, with the reason", () => {
    const refused = traces().attach(new Map([["vserver", 236]]));
    expect(refused).toEqual(
      new Map([["vserver", expect.stringMatching(/^this kernel has no function __\w+_sys_vserver$/)]]),
    );
  });

  it("is refused for all calls where its object cannot be had, and nothing is thrown", () => {
    const missing = new SyscallTraces(addon, pins, "/nowhere/portcullis-syscalls.bpf.o");
    const refused = missing.attach(new Map([["unlink", 87]]));
    expect(refused.get("unlink")).toMatch(/ENOENT/);
  });
});
