import { describe, expect, it } from "@jest/globals";
import { dataOf, openFlags } from "../src/alerts/data.ts";
import { syscallName } from "../src/alerts/syscalls.ts";
import { event } from "./support.ts";

describe("the flags of an open", () => {
  it.each([
    [0, "O_RDONLY"],
    [0o101101, "O_WRONLY|O_CREAT|O_TRUNC"],
    [0o2204000, "O_RDONLY|O_NONBLOCK|O_DIRECTORY|O_CLOEXEC"],
    [0o4010002, "O_RDWR|O_SYNC"],
    [0o20200001, "O_WRONLY|O_TMPFILE"],
    [0o40000000, "O_RDONLY|040000000"],
  ])("%i is %s", (flags, text) => expect(openFlags(flags)).toBe(text));
});

describe("the names of system calls", () => {
  it.each([
    [0, "SYS_READ"],
    [59, "SYS_EXECVE"],
    [257, "SYS_OPENAT"],
    [334, "SYS_RSEQ"],
    [424, "SYS_PIDFD_SEND_SIGNAL"],
    [437, "SYS_OPENAT2"],
    [452, "SYS_FCHMODAT2"],
    [4000, "SYS_4000"],
  ])("%i is %s", (nr, name) => expect(syscallName(nr)).toBe(name));

  it("shows openat2's flags as those of the opened file", () => {
    const args = [0xffffff9cn, 0n, 0n, 24n, 0n, 0n];
    expect(dataOf(event({ operation: "open", syscall: { nr: 437, args }, openFlags: 0o2000001 }))).toContainEqual([
      "flags",
      "O_WRONLY|O_CLOEXEC",
    ]);
  });
});
