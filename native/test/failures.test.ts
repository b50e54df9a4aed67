/**
 * No failure opens: each row of "What can fail" in the package's README that cannot be made to happen from outside. The engine's
 * own code runs in the running kernel (failures.bpf.c), and what it cannot have is refused to it.
 */
import { statSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { pc_counter, pc_task_state } from "../src/abi/enums.ts";
import { pc_settings } from "../src/abi/structs.ts";
import { type BpfObject, loadAddon } from "../src/addon.ts";
import { firstKey, indexKey, viewOf } from "../src/keys.ts";
import { loadTestObject, whyNoBpf } from "./kernel.ts";

const addon = loadAddon();
const castable = () => addon.btfFunctions("/sys/kernel/btf/vmlinux", "bpf_rdonly_cast").includes("");
const reason = whyNoBpf() ?? (castable() ? undefined : "this kernel has no bpf_rdonly_cast");
const describeBpf = reason === undefined ? describe : describe.skip;
if (reason !== undefined) console.warn(`failures.test.ts skipped: ${reason}`);

const ownNamespace = Number(statSync("/proc/self/ns/mnt").ino);
const { PC_TASK_NONE: none, PC_TASK_HOST: host, PC_TASK_UNRESOLVED: unresolved, PC_TASK_ARMED: armed } = pc_task_state;
const eacces = -13;
const enomem = -12;
const eperm = -1;

describeBpf("a task's state that cannot be had", () => {
  let object: BpfObject;
  beforeAll(() => {
    object = loadTestObject(addon, "failures");
  });
  afterAll(() => addon.close(object));

  interface Asked {
    program:
      | "ask_fork"
      | "ask_exec_begin"
      | "ask_commit"
      | "ask_empty_stub"
      | "ask_signal"
      | "ask_trace"
      | "ask_socket"
      | "ask_capable";
    /** Where the task is: in the host's mount namespace or in another one. */
    at: "host" | "container";
    refuse?: boolean;
    state?: number;
    /** The other task is the enforcer. */
    enforcer?: boolean;
  }

  function update(name: string, value: Uint8Array): void {
    const map = addon.objectMap(object, name);
    addon.mapUpdate(map, firstKey, value, 0);
    addon.close(map);
  }

  function counted(counter: number): number {
    const map = addon.objectMap(object, "counters");
    const view = viewOf(addon.mapLookup(map, indexKey(counter))!);
    addon.close(map);
    let sum = 0;
    for (let at = 0; at < view.byteLength; at += 8) sum += Number(view.getBigUint64(at, true));
    return sum;
  }

  function ask({ program, at, refuse = true, state = none, enforcer = false }: Asked) {
    update("settings", pc_settings.encode({ hash_seed: [1n, 2n], host_mnt_ns: at === "host" ? ownNamespace : 1 }));
    const staged = new Uint32Array([Number(refuse), state, 0, 0, Number(enforcer)]);
    update("fault", new Uint8Array(staged.buffer));
    const handle = addon.objectProgram(object, program);
    const returned = addon.programRun(handle, new Uint8Array(64), 1) | 0;
    addon.close(handle);
    const map = addon.objectMap(object, "fault");
    const after = viewOf(addon.mapLookup(map, firstKey)!);
    addon.close(map);
    return { returned, killed: after.getUint32(8, true) === 1, pending: after.getUint32(12, true) };
  }

  it("refuses a child to what may be an actor, and counts it", () => {
    const before = counted(pc_counter.PC_COUNT_FORK_REFUSED);
    expect(ask({ program: "ask_fork", at: "container" }).returned).toBe(enomem);
    expect(counted(pc_counter.PC_COUNT_FORK_REFUSED)).toBe(before + 1);
  });
  it("leaves the host its children", () => {
    expect(ask({ program: "ask_fork", at: "host" }).returned).toBe(0);
  });
  it("refuses an execution to what may be an actor, and counts it", () => {
    const before = counted(pc_counter.PC_COUNT_TAG_ALLOC_FAILED);
    expect(ask({ program: "ask_exec_begin", at: "container" }).returned).toBe(eacces);
    expect(counted(pc_counter.PC_COUNT_TAG_ALLOC_FAILED)).toBe(before + 1);
  });
  it("leaves the host its executions", () => {
    expect(ask({ program: "ask_exec_begin", at: "host" }).returned).toBe(0);
  });
  it("ends a process whose execution cannot be refused any more", () => {
    expect(ask({ program: "ask_commit", at: "container" }).killed).toBe(true);
    expect(ask({ program: "ask_commit", at: "host" }).killed).toBe(false);
  });
  it("is refused by a stub without a body, except to the host", () => {
    expect(ask({ program: "ask_empty_stub", at: "container" }).returned).toBe(eacces);
    expect(ask({ program: "ask_empty_stub", at: "host" }).returned).toBe(0);
  });

  it.each([
    ["an actor", armed, eacces],
    ["a task that nobody has asked about", none, eacces],
    ["a task of the host", host, 0],
    ["a task that was asked about and is not bound", unresolved, 0],
  ])("a stub without a body: %s", (_who, state, expected) => {
    expect(ask({ program: "ask_empty_stub", at: "container", refuse: false, state }).returned).toBe(expected);
  });
  it.each(["ask_signal", "ask_trace"] as const)(
    "an actor does not get at the enforcer, though its rules cannot be had: %s",
    (program) => {
      const asked = { program, at: "container", refuse: false, enforcer: true } as const;
      expect(ask({ ...asked, state: armed }).returned).toBe(eperm);
      expect(ask({ ...asked, state: host }).returned).toBe(0);
    },
  );
  it.each([
    ["ask_socket", eacces],
    ["ask_capable", eperm],
  ] as const)("an actor whose rules cannot be had makes no socket and uses no capability: %s", (program, denial) => {
    const asked = { program, at: "container", refuse: false } as const;
    expect(ask({ ...asked, state: armed }).returned).toBe(denial);
    expect(ask({ ...asked, state: host }).returned).toBe(0);
    expect(ask({ ...asked, state: unresolved }).returned).toBe(0);
  });
  it("signals to others are nobody's concern", () => {
    expect(ask({ program: "ask_signal", at: "container", refuse: false, state: armed }).returned).toBe(0);
  });
  it("a task that has executed in a container is not the host's by entering its namespace", () => {
    expect(ask({ program: "ask_exec_begin", at: "host", refuse: false, state: unresolved }).pending).toBe(unresolved);
    expect(ask({ program: "ask_exec_begin", at: "host", refuse: false, state: host }).pending).toBe(host);
  });
});
