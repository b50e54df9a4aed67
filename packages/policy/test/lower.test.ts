import { describe, expect, it } from "@jest/globals";
import { features } from "../src/lower/features.ts";
import { lower } from "../src/lower/lower.ts";
import { policy } from "./build.ts";

const lowered = (spec: string, kind?: string) => lower(policy(spec, kind ? { kind } : {}));
const reasons = (spec: string, kind?: string) => lowered(spec, kind).problems.map((p) => [p.origin, p.reason]);

describe("lowering", () => {
  it("resolves action, severity, tags and message each on its own: rule, category, spec, default", () => {
    const { rules, problems } = lowered(`
      severity: 3
      tags: [spec]
      process:
        action: Audit
        message: category
        matchPaths: [{path: /a}, {path: /b, action: Allow, severity: 9, tags: [rule], message: rule}]
      file:
        matchDirectories: [{dir: /c/, recursive: true}]`);
    expect(problems).toEqual([]);
    expect(rules).toMatchObject([
      { action: "audit", severity: "3", tags: ["spec"], message: "category", origin: "spec.process.matchPaths[0]" },
      { action: "allow", severity: "9", tags: ["rule"], message: "rule", origin: "spec.process.matchPaths[1]" },
      { action: "block", severity: "3", tags: ["spec"], message: "", match: { dir: "/c/", recursive: true } },
    ]);
    expect(lowered("file: {matchPaths: [{path: /a}]}").rules[0]).toMatchObject({ action: "block", severity: "1" });
  });

  it("makes one rule a source, by path, directory and recursive directory", () => {
    const { rules } = lowered(`
      file:
        matchPaths:
        - path: /x
          fromSource: [{path: /bin/a}, {dir: /opt/}, {dir: /srv, recursive: true}]
        - path: /y
          fromSource: null
        - path: /z
          fromSource: []`);
    expect(rules.map((rule) => rule.source)).toEqual([
      { kind: "path", path: "/bin/a" },
      { kind: "directory", dir: "/opt/", recursive: false },
      { kind: "directory", dir: "/srv/", recursive: true },
      undefined,
      undefined,
    ]);
  });

  it("takes readOnly, ownerOnly and pts: false as conditions; pts: true is none", () => {
    const { rules } = lowered(`
      file:
        matchPaths: [{path: /a, readOnly: true, ownerOnly: true, pts: false}, {path: /b, pts: true}]`);
    expect(rules[0]).toMatchObject({ readOnly: true, ownerOnly: true, noTerminal: true });
    expect(rules[1]).toMatchObject({ readOnly: false, ownerOnly: false, noTerminal: false });
  });

  it("names every part that cannot be enforced yet, with a remedy, and binds the rest", () => {
    const spec = `
      process:
        matchPaths: [{path: /ok}]
      apparmor: "profile"`;
    const { rules, problems } = lowered(spec);
    expect(rules.map((rule) => rule.origin)).toEqual(["spec.process.matchPaths[0]"]);
    expect(problems.map((p) => p.origin)).toEqual(["spec.apparmor"]);
    for (const problem of problems) {
      expect(problem.reason).toBe("UnsupportedFeature");
      const feature = /cannot be enforced yet \(([\w.]+)\): \S+/.exec(problem.message)?.[1] ?? problem.message;
      expect(features).toHaveProperty([feature], false);
    }
  });

  it("takes an execname as it is written, and names one that no program can have", () => {
    const { rules, problems } = lowered(`
      process:
        matchPaths:
          - {execname: apt, fromSource: [{path: /bin/sh}]}
          - {execname: "*"}
          - {execname: bin/apt}
          - {execname: ..}
          - {execname: apt, path: /usr/bin/apt}`);
    expect(rules.map(({ category, match, source }) => [category, match, source])).toEqual([
      ["process", { kind: "execname", name: "apt" }, { kind: "path", path: "/bin/sh" }],
      ["process", { kind: "execname", name: "*" }, undefined],
    ]);
    expect(problems.map(({ origin, reason, message }) => `${origin} ${reason}: ${message}`)).toEqual([
      'spec.process.matchPaths[2].execname InvalidPath: execname "bin/apt" has a /: name the program with path instead',
      'spec.process.matchPaths[3].execname InvalidPath: execname ".." is the name of no file: give the last part of a program\'s path',
      'spec.process.matchPaths[4].execname InvalidPath: execname "apt" stands beside a path: give either path or execname',
    ]);
  });

  it("makes one rule for each protocol and capability of a comma list, and for each source", () => {
    const { rules, problems } = lowered(`
      action: Allow
      network:
        matchProtocols: [{protocol: "tcp, UDP,tcp", pts: false, fromSource: [{path: /bin/a}, {dir: /opt/}]}]
      capabilities:
        action: Audit
        matchCapabilities: [{capability: "CAP_NET_RAW,checkpoint_restore", severity: 7}]`);
    expect(problems).toEqual([]);
    expect(rules.map(({ match, source, action }) => [match, source && Object.values(source)[1], action])).toEqual([
      [{ kind: "protocol", protocol: "tcp" }, "/bin/a", "allow"],
      [{ kind: "protocol", protocol: "tcp" }, "/opt/", "allow"],
      [{ kind: "protocol", protocol: "udp" }, "/bin/a", "allow"],
      [{ kind: "protocol", protocol: "udp" }, "/opt/", "allow"],
      [{ kind: "capability", capability: 13 }, undefined, "audit"],
      [{ kind: "capability", capability: 40 }, undefined, "audit"],
    ]);
    expect(rules[0]).toMatchObject({ category: "network", noTerminal: true, origin: "spec.network.matchProtocols[0]" });
    expect(rules[4]).toMatchObject({ category: "capabilities", severity: "7" });
  });

  it("makes one Audit rule for each system call, whatever the policy's action, and a directory of a path that ends in a slash", () => {
    const { rules, problems } = lowered(`
      action: Block
      severity: 2
      syscalls:
        severity: 8
        matchSyscalls: [{syscall: [unlink, rmdir, unlink], fromSource: [{dir: /bin}]}]
        matchPaths:
          - {path: /home/, recursive: true, syscall: [unlink], message: gone}
          - {path: /etc/passwd, syscall: [openat]}
          - {path: /opt, recursive: true, syscall: [mkdir]}
          - {path: /tmp/, syscall: [mkdir]}`);
    expect(problems).toEqual([]);
    expect(rules.map(({ match }) => match)).toEqual([
      { kind: "syscall", syscall: "unlink" },
      { kind: "syscall", syscall: "rmdir" },
      { kind: "syscall", syscall: "unlink", at: { kind: "directory", dir: "/home/", recursive: true } },
      { kind: "syscall", syscall: "openat", at: { kind: "path", path: "/etc/passwd" } },
      { kind: "syscall", syscall: "mkdir", at: { kind: "directory", dir: "/opt/", recursive: true } },
      { kind: "syscall", syscall: "mkdir", at: { kind: "directory", dir: "/tmp/", recursive: false } },
    ]);
    expect(new Set(rules.map(({ action }) => action))).toEqual(new Set(["audit"]));
    expect(rules[0]).toMatchObject({
      category: "syscalls",
      severity: "8",
      source: { kind: "directory", dir: "/bin/" },
    });
    expect(rules[2]).toMatchObject({ message: "gone", origin: "spec.syscalls.matchPaths[0]" });
  });

  it("names a system call that there is not, with the nearest that there is", () => {
    const { rules, problems } = lowered(
      "syscalls: {matchSyscalls: [{syscall: [unlink, unlnik]}, {syscall: []}], matchPaths: [{path: a, syscall: [unlink]}]}",
    );
    expect(rules).toEqual([]);
    expect(problems).toMatchObject([
      {
        origin: "spec.syscalls.matchSyscalls[0].syscall",
        message: 'syscall ["unlink","unlnik"]: "unlnik" is no system call of x86-64 or arm64: did you mean unlink?',
      },
      { origin: "spec.syscalls.matchSyscalls[1].syscall", message: "syscall []: is empty: name a system call" },
      { origin: "spec.syscalls.matchPaths[0].path", reason: "InvalidPath" },
    ]);
  });

  it("leaves out a list in which one word is unknown, and names it", () => {
    const spec =
      "network: {matchProtocols: [{protocol: 'tcp,ftp'}, {}]}\ncapabilities: {matchCapabilities: [{capability: raw}]}";
    const { rules, problems } = lowered(spec);
    expect(rules).toEqual([]);
    expect(problems).toMatchObject([
      { origin: "spec.network.matchProtocols[0].protocol", message: expect.stringContaining('"ftp" is no protocol') },
      { origin: "spec.network.matchProtocols[1].protocol", reason: "InvalidValue" },
      { origin: "spec.capabilities.matchCapabilities[0].capability", message: expect.stringContaining('"raw" is no') },
    ]);
  });

  it("lowers a host policy like others, and names its devices, which are not bound", () => {
    const spec =
      "{nodeSelector: {matchLabels: {a: b}}, process: {matchPaths: [{path: /a}]}, network: {matchProtocols: [{protocol: tcp}]}, device: {matchDevice: [{class: MASS-STORAGE, subClass: 6}]}}";
    expect(lowered(spec, "KubeArmorHostPolicy").rules.map(({ category }) => category)).toEqual(["process", "network"]);
    expect(reasons(spec, "KubeArmorHostPolicy")).toEqual([["spec.device.matchDevice[0].class", "UnsupportedFeature"]]);
  });

  it("leaves out what carries a key nobody knows, as far as the key reaches", () => {
    const inRule = "process: {matchPaths: [{path: /a, fromSorce: [{path: /b}]}, {path: /c}]}";
    expect(reasons(inRule)).toEqual([["spec.process.matchPaths[0].fromSorce", "UnknownField"]]);
    expect(lowered(inRule).rules).toMatchObject([{ match: { path: "/c" } }]);
    const inSource = "process: {matchPaths: [{path: /a, fromSource: [{path: /b, recursiv: true}]}]}";
    expect(reasons(inSource)).toEqual([["spec.process.matchPaths[0].fromSource[0].recursiv", "UnknownField"]]);
    expect(lowered(inSource).rules).toEqual([]);
    const inCategory = "process: {acton: Allow, matchPaths: [{path: /a}]}";
    expect(reasons(inCategory)).toEqual([["spec.process.acton", "UnknownField"]]);
    expect(lowered(inCategory).rules).toEqual([]);
    const inSpec = "{proces: {}, file: {matchPaths: [{path: /a}]}}";
    expect(reasons(inSpec)).toEqual([["spec.proces", "UnknownField"]]);
    expect(lowered(inSpec).rules).toEqual([]);
    const inSelector = "{selectr: {matchLabels: {app: web}}, file: {matchPaths: [{path: /a}]}}";
    expect(lowered(inSelector).rules).toEqual([]); // with its rules bound it would concern every pod of its namespace
    expect(reasons("network: {matchProtocol: []}")).toEqual([["spec.network.matchProtocol", "UnknownField"]]);
  });

  it.each([
    ["a relative path", "file: {matchPaths: [{path: etc/passwd}]}", "begin it with /"],
    ["an empty component", "file: {matchPaths: [{path: /a//b}]}", "empty component"],
    ["a .. component", "file: {matchPaths: [{path: /a/../b}]}", '".."'],
    ["a . component", "file: {matchDirectories: [{dir: /a/./b/}]}", '"."'],
    ["a path that ends in /", "file: {matchPaths: [{path: /a/}]}", "drop the slash"],
    ["a missing path", "file: {matchPaths: [{readOnly: true}]}", "is missing"],
    ["a name longer than the kernel's", `file: {matchPaths: [{path: ${"/abcdefg".repeat(512)}}]}`, "4095 at most"],
    ["a component longer than any", `file: {matchPaths: [{path: /${"é".repeat(128)}}]}`, "255 at most"],
    ["a bad source", "file: {matchPaths: [{path: /a, fromSource: [{path: bin/sh}]}]}", "begin it with /"],
    ["a source with path and dir", "file: {matchPaths: [{path: /a, fromSource: [{path: /b, dir: /c/}]}]}", "not both"],
    ["an empty source", "file: {matchPaths: [{path: /a, fromSource: [{}]}]}", "not neither"],
    ["an unknown action", "file: {matchPaths: [{path: /a, action: constructor}]}", "use Allow, Audit or Block"],
    ["a severity out of range", "file: {matchPaths: [{path: /a, severity: 11}]}", "from 1 to 10"],
  ])("does not bind a rule with %s", (_what, spec, message) => {
    const { rules, problems } = lowered(spec);
    expect(rules).toEqual([]);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toContain(message);
    expect(problems[0]?.origin).toMatch(/^spec\.file\.match/);
  });

  it("takes every path the kernel can hold", () => {
    const longest = `/${Array.from({ length: 16 }, () => "a".repeat(255)).join("/")}`
      .slice(0, 4095)
      .replace(/\/$/, "x");
    const { rules, problems } = lowered(
      `file: {matchPaths: [{path: ${longest}}, {path: /...}, {path: /.a}, {path: /..a}]}`,
    );
    expect(problems).toEqual([]);
    expect(rules).toHaveLength(4);
  });

  it("takes a directory with or without its last slash", () => {
    const { rules } = lowered("file: {matchDirectories: [{dir: /usr/bin}, {dir: /}]}");
    expect(rules.map((rule) => rule.match)).toMatchObject([{ dir: "/usr/bin/" }, { dir: "/" }]);
  });
});
