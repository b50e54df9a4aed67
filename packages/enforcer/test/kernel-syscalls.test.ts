/** What the kernel makes of the name that a system call was given, and of its result: the code that sees it, run by BPF_PROG_TEST_RUN. */
import { closeSync, openSync, readlinkSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { RuleSet } from "@portcullis/model";
import { packRules } from "@portcullis/native";
import { KernelVerdicts, whyNoKernelVerdicts } from "@portcullis/native/testing";
import { compile, syscallNumber } from "@portcullis/policy";

const reason = whyNoKernelVerdicts();
const describeBpf = reason === undefined ? describe : describe.skip;
if (reason !== undefined) console.warn(`kernel-syscalls.test.ts skipped: ${reason}`);

const seed = [0x0123456789abcdefn, 0xfedcba9876543210n] as const;
const noRules: RuleSet = { policies: [], rules: [], posture: {} };
const running = readlinkSync("/proc/self/exe").slice(1).split("/");

let tableId = 0n;
const pack = (ruleSet: RuleSet) => {
  tableId += 1n;
  return packRules(compile(ruleSet).automaton, { seed, tableId });
};

describeBpf("the kernel, told the name of a system call,", () => {
  let kernel: KernelVerdicts;
  const at = { kind: "directory", dir: "/watched/", recursive: true } as const;
  const watched: RuleSet = {
    policies: [{ kind: "KubeArmorPolicy", namespace: "n", name: "p" }],
    rules: [
      {
        ...{ id: 1, category: "syscalls", match: { kind: "syscall", syscall: "unlinkat", at }, action: "audit" },
        ...{ readOnly: false, ownerOnly: false, noTerminal: false, policy: 0 },
        ...{ severity: "1", tags: [], message: "", origin: "" },
      },
    ],
    posture: {},
  };
  const cwd = process.cwd();
  /** The object of what is reported; undefined: nothing is. */
  const objectOf = (text: string, more: { descriptor?: number; result?: number } = {}): string | undefined => {
    const syscall = { number: syscallNumber("unlinkat")!, text, ...more };
    const who = { program: running, isOwner: true, hasTerminal: false };
    return kernel.ask({ access: "syscall", syscall, object: undefined, ...who }).events[0]?.object;
  };
  const up = "../".repeat(cwd.split("/").length);
  beforeAll(() => {
    kernel = new KernelVerdicts(seed, pack(noRules));
    kernel.setRules(pack(watched));
  });
  afterAll(() => kernel.close());

  it.each([
    ["an absolute one", "/watched/a/b", "/watched/a/b"],
    ["one with more slashes than it needs", "//watched///a/", "/watched/a"],
    ["one with dots", "/./watched/./a/.", "/watched/a"],
    ["one that goes up and down again", "/x/../watched/a/../b/c/../..", "/watched"],
    ["one that goes above the root", "/../../watched/a", "/watched/a"],
    ["one below the working directory", `${up}watched/a`, "/watched/a"],
    ["the longest component that there is", `/watched/${"x".repeat(255)}`, `/watched/${"x".repeat(255)}`],
    ["one of many components", `/watched${"/d".repeat(200)}`, `/watched${"/d".repeat(200)}`],
    ["another one", "/watchedx/a", undefined],
    ["the root", "/", undefined],
    ["an empty one, which is the working directory", "", undefined],
    ["a component that is too long", `/watched/${"x".repeat(256)}`, undefined],
  ])("knows %s", (_what, text, object) => expect(objectOf(text)).toBe(object));

  it("knows a name that is relative to a descriptor, to none, and to one that is closed", () => {
    const root = openSync("/", "r");
    expect(objectOf("watched/a", { descriptor: root })).toBe("/watched/a");
    closeSync(root);
    expect(objectOf("watched/a", { descriptor: root })).toBeUndefined();
    expect(objectOf("/watched/a", { descriptor: root })).toBe("/watched/a");
    expect(objectOf(`${up}watched/a`, { descriptor: -100 })).toBe("/watched/a");
  });

  it("has the error of a call that failed, and of one that was interrupted", () => {
    const errnoOf = (result: number) => {
      const syscall = { number: syscallNumber("unlinkat")!, text: "/watched/a", result };
      const who = { program: running, isOwner: true, hasTerminal: false };
      return kernel.ask({ access: "syscall", syscall, object: undefined, ...who }).events[0]?.called?.errno;
    };
    expect([0, 5, -2, -13, -512, -4096].map(errnoOf)).toEqual([0, 0, 2, 13, 4, 0]);
  });
});
