/** Objects without a name: what a socket is to rules, and capabilities and system calls by their names. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import type { Protocol } from "@portcullis/model";
import fc from "fast-check";
import { capabilitiesIn, capabilityName } from "../src/numbers/capabilities.ts";
import { kindOf, kinds, meansKind, protocolsIn, socketOf, socketWords } from "../src/numbers/sockets.ts";
import { syscallNameOf, syscallNumber } from "../src/numbers/syscalls.ts";

const all = protocolsIn(
  "tcp,udp,icmp,icmpv6,sctp,raw,stream,dgram,rdm,seqpacket,dccp,packet,all",
) as readonly Protocol[];
const meant = (family: number, type: number, protocol: number) =>
  all.filter((one) => meansKind(one, kindOf({ family, type, protocol })));

describe("a socket", () => {
  it.each([
    ["TCP without a number", 2, 1, 0, ["tcp", "stream"]],
    ["TCP with its number, version 6", 10, 1, 6, ["tcp", "stream"]],
    ["MPTCP, which is TCP on the wire", 2, 1, 262, ["tcp", "stream"]],
    ["SMC by its own family", 43, 1, 0, ["tcp", "stream"]],
    ["UDP", 2, 2, 17, ["udp", "dgram"]],
    ["UDP-Lite, which is another protocol", 2, 2, 136, ["dgram"]],
    ["ICMP by a raw socket, which is both", 2, 3, 1, ["icmp", "raw"]],
    ["ICMP as unprivileged ping has it", 2, 2, 1, ["icmp", "dgram"]],
    ["ICMPv6", 10, 3, 58, ["icmpv6", "raw"]],
    ["SCTP, one to many, without a number", 2, 5, 0, ["sctp", "seqpacket"]],
    ["SCTP, one to one", 2, 1, 132, ["sctp", "stream"]],
    ["TCP by a raw socket, which only writes headers", 2, 3, 6, ["raw"]],
    ["packets of the link layer", 17, 2, 768, ["raw", "packet"]],
  ])("%s", (_what, family, type, protocol, words) => {
    expect(meant(family, type, protocol)).toEqual([...words, "all"]);
  });

  it.each([
    ["with a path", 1, 1, 0],
    ["of netlink, though its number is TCP's", 16, 3, 6],
    ["of a virtual machine's host", 40, 1, 0],
  ])("%s is no concern of any rule", (_what, family, type, protocol) => {
    expect(kindOf({ family, type, protocol })).toBe(0);
    expect(meant(family, type, protocol)).toEqual([]);
  });

  it("has a kind for which lists are made, whatever its numbers", () => {
    const number = fc.oneof(fc.nat({ max: 300 }), fc.nat());
    fc.assert(
      fc.property(fc.constantFrom(2, 10, 17, 43), fc.nat({ max: 12 }), number, (family, type, protocol) => {
        expect(kinds).toContain(kindOf({ family, type, protocol }));
      }),
    );
  });

  it.each(all)("of the kind that explain asks about is meant by %s", (protocol) => {
    expect(meansKind(protocol, kindOf(socketOf(protocol)))).toBe(true);
  });

  it("is named as the kernel's programmers name it", () => {
    expect(socketWords({ family: 2, type: 1, protocol: 0 })).toBe("domain=AF_INET type=SOCK_STREAM protocol=0");
    expect(socketWords({ family: 17, type: 3, protocol: 1 })).toBe("domain=AF_PACKET type=SOCK_RAW protocol=1");
    expect(socketWords({ family: 10, type: 9, protocol: 143 })).toBe("domain=AF_INET6 type=9 protocol=143");
    expect(socketWords({ family: 17, type: 10, protocol: 0 }, 0o2000002)).toBe(
      "domain=AF_PACKET type=SOCK_PACKET|SOCK_CLOEXEC protocol=0",
    );
  });
});

describe("system calls", () => {
  /** `#define __NR_read 0` of a header of this machine; numbers may be names of others. */
  function defined(header: string): [name: string, number: number][] {
    const text = readFileSync(header, "utf8");
    const values = new Map(
      [...text.matchAll(/^#define __NR(?:3264)?_(\w+) (\d+)$/gm)].map(([, name, n]) => [name!, Number(n)]),
    );
    return [...values];
  }

  it("have the numbers that the kernel's headers have for x86-64", () => {
    const table = defined("/usr/include/x86_64-linux-gnu/asm/unistd_64.h");
    expect(table.length).toBeGreaterThan(350);
    for (const [name, number] of table) expect([name, syscallNumber(name)]).toEqual([name, number]);
  });

  it("have the names that the kernel's headers have for arm64", () => {
    const others = new Set([
      "arch_specific_syscall",
      "fstatat",
      "syscalls",
      "sync_file_range2",
      "renameat",
      "fstat64",
      "fstatat64",
    ]);
    const table = defined("/usr/include/asm-generic/unistd.h").filter(([name]) => !others.has(name));
    expect(table.length).toBeGreaterThan(250);
    const names32 =
      /64$|_time32$|^(fcntl|statfs|fstatfs|truncate|ftruncate|lseek|sendfile|newfstatat|fstat|mmap|fadvise64)$/;
    for (const [name, number] of table.filter(([name, n]) => !names32.test(name) && (n < 403 || n > 423)))
      expect([number, syscallNameOf(number, "arm64")]).toEqual([number, name]);
  });

  it("are known by one number on every machine, and by each machine's own in its events", () => {
    expect(syscallNumber("unlinkat")).toBe(263);
    expect([syscallNameOf(263, "x64"), syscallNameOf(35, "arm64")]).toEqual(["unlinkat", "unlinkat"]);
    expect(syscallNameOf(4000, "x64")).toBeUndefined();
  });
});

describe("a list", () => {
  it("of protocols is taken in upper and lower case, each once", () => {
    expect(protocolsIn("TCP, udp,tcp")).toEqual(["tcp", "udp"]);
    expect(protocolsIn("tcp,,udp")).toBe('""');
    expect(protocolsIn("tcp constructor")).toBe('"tcp constructor"');
  });

  it("of capabilities is taken with and without cap_, each once, from the first to the last that there is", () => {
    expect(capabilitiesIn("chown,CAP_CHOWN, cap_checkpoint_restore")).toEqual([0, 40]);
    expect(capabilitiesIn("cap_")).toBe('"cap_"');
    expect([capabilityName(13), capabilityName(21), capabilityName(41)]).toEqual([
      "CAP_NET_RAW",
      "CAP_SYS_ADMIN",
      "CAP_41",
    ]);
  });
});
