/**
 * Whose a task is while host policies are in force: the kernel's own code (host.bpf.c), asked about the test's own process in control
 * groups that the test makes. What real programs come to is in test/engine-cases/host.sh.
 */
import { mkdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { pc_host, pc_limit, pc_task_state } from "../src/abi/enums.ts";
import { pc_header, pc_settings } from "../src/abi/structs.ts";
import { BPF_F_INNER_MAP, type BpfObject, loadAddon, mapTypes } from "../src/addon.ts";
import { cgroupKey, firstKey, indexKey, viewOf } from "../src/keys.ts";
import { loadTestObject, mountBpffs, whyNoBpf } from "./kernel.ts";

const mounts = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"];
const mount = mounts.find((path) => {
  try {
    return statSync(join(path, "cgroup.controllers")).isFile();
  } catch {
    return false;
  }
});
const reason = whyNoBpf() ?? (mount === undefined ? "there is no cgroup v2" : undefined);
const describeBpf = reason === undefined ? describe : describe.skip;
if (reason !== undefined) console.warn(`host.test.ts skipped: ${reason}`);

const { PC_TASK_NONE: none, PC_TASK_HOST: host, PC_TASK_UNRESOLVED: unresolved, PC_TASK_ARMED: armed } = pc_task_state;
const { PC_HOST_SLOT: hostSlot, PC_HOST_CGROUP: root, PC_POD_SLOT: podSlot } = pc_host;
const ownNamespace = Number(statSync("/proc/self/ns/mnt").ino);
const boundSlot = 5;

describeBpf("while a host policy is in force", () => {
  const base = join(mount ?? "", `portcullis-host-${process.pid}`);
  const folders = [base, ...["pods", "pods/bound", "pods/free", "service"].map((name) => join(base, name))];
  const addon = loadAddon();
  let object: BpfObject;

  function withMap<T>(name: string, use: (map: ReturnType<typeof addon.objectMap>) => T): T {
    const map = addon.objectMap(object, name);
    try {
      return use(map);
    } finally {
      addon.close(map);
    }
  }
  const bind = (id: bigint, slot: number) =>
    withMap("cgroups", (map) => addon.mapUpdate(map, cgroupKey(id), indexKey(slot), 0));
  const unbindHost = () => withMap("cgroups", (map) => addon.mapDelete(map, cgroupKey(BigInt(root))));
  const idOf = (name: string) => statSync(join(base, name), { bigint: true }).ino;

  /** A rule table without a rule. */
  function fill(slot: number): void {
    const table = addon.mapCreate("table", mapTypes.array, 4, pc_limit.PC_BUCKET_SIZE, 1, BPF_F_INNER_MAP);
    addon.mapFill(table, 0, pc_header.encode({ abi_version: pc_limit.PC_ABI_VERSION, table_id: 1n }));
    withMap("slots", (map) => addon.mapSetHandle(map, indexKey(slot), table));
    addon.close(table);
  }

  beforeAll(() => {
    for (const folder of folders) mkdirSync(folder);
    object = loadTestObject(addon, "host");
    for (const slot of [hostSlot, boundSlot]) fill(slot);
    withMap("pods", (map) => addon.mapUpdate(map, cgroupKey(idOf("pods")), indexKey(1), 0));
    bind(idOf("pods/bound"), boundSlot);
  });
  afterAll(() => {
    writeFileSync(join(mount!, "cgroup.procs"), String(process.pid));
    for (const folder of folders.reverse()) rmdirSync(folder);
    addon.close(object);
  });
  beforeEach(() => bind(BigInt(root), hostSlot));

  interface Asked {
    program: "at_hook" | "at_exec" | "stage_task" | "look_at_task";
    /** The control group; empty: the root. */
    cgroup?: string;
    namespace?: "host" | "other";
    state?: number;
    slot?: number;
    /** The control group in which it was last found to be the host's. */
    lastCgroup?: bigint;
  }

  function ask({ program, cgroup = "", namespace = "host", state = none, slot = 0, lastCgroup = 0n }: Asked) {
    writeFileSync(join(cgroup === "" ? mount! : join(base, cgroup), "cgroup.procs"), String(process.pid));
    const host_mnt_ns = namespace === "host" ? ownNamespace : 1;
    withMap("settings", (map) =>
      addon.mapUpdate(map, firstKey, pc_settings.encode({ hash_seed: [1n, 2n], host_mnt_ns }), 0),
    );
    const given = new Uint8Array(32);
    new Uint32Array(given.buffer).set([state, slot]);
    viewOf(given).setBigUint64(24, lastCgroup, true);
    withMap("stage", (map) => addon.mapUpdate(map, firstKey, given, 0));
    const handle = addon.objectProgram(object, program);
    expect(addon.programRun(handle, new Uint8Array(64), 1)).toBe(0);
    addon.close(handle);
    const said = viewOf(withMap("stage", (map) => addon.mapLookup(map, firstKey)!));
    const [is, its, pending, pendingSlot, judged] = [0, 4, 8, 12, 16].map((at) => said.getUint32(at, true));
    return { state: is, slot: its, pending, pendingSlot, judged: judged === 1 };
  }

  it("a task without a state is the host's, and judged", () => {
    expect(ask({ program: "at_hook" })).toMatchObject({ state: armed, slot: hostSlot, judged: true });
    expect(ask({ program: "at_hook", cgroup: "service" })).toMatchObject({ state: armed, slot: hostSlot });
  });

  it("so is one in a mount namespace of its own, as a service has it, known before or not", () => {
    expect(ask({ program: "at_hook", cgroup: "service", namespace: "other" })).toMatchObject({ slot: hostSlot });
    const known = { state: unresolved, slot: 0 };
    expect(ask({ program: "at_hook", cgroup: "service", namespace: "other", ...known })).toMatchObject({
      state: armed,
      slot: hostSlot,
      judged: true,
    });
  });

  it("a pod's task is a container's where it is bound, and else nobody's", () => {
    expect(ask({ program: "at_hook", cgroup: "pods/bound", namespace: "other" })).toMatchObject({
      state: armed,
      slot: boundSlot,
      judged: true,
    });
    expect(ask({ program: "at_hook", cgroup: "pods/free", namespace: "other" })).toMatchObject({
      state: unresolved,
      slot: podSlot,
      judged: false,
    });
  });

  it("who has executed in a pod is never the host's, wherever it has gone", () => {
    const from = { state: unresolved, slot: podSlot };
    expect(ask({ program: "at_hook", ...from })).toMatchObject({ state: unresolved, slot: podSlot, judged: false });
    expect(ask({ program: "at_exec", ...from })).toMatchObject({ pending: unresolved, pendingSlot: podSlot });
  });

  it("what was free before executes as the host's", () => {
    expect(ask({ program: "at_exec", state: host })).toMatchObject({ pending: armed, pendingSlot: hostSlot });
  });

  it("a runtime in a container's control group is not judged, and is when it comes back", () => {
    const runtime = { state: armed, slot: hostSlot, lastCgroup: BigInt(root) };
    expect(ask({ program: "at_hook", cgroup: "pods/free", ...runtime }).judged).toBe(false);
    expect(ask({ program: "at_hook", cgroup: "pods/bound", ...runtime }).judged).toBe(false);
    expect(ask({ program: "at_hook", cgroup: "service", ...runtime }).judged).toBe(true);
  });

  it("what it executes there is the container's, or a pod's of which nothing is bound", () => {
    const runtime = { state: armed, slot: hostSlot, namespace: "other" } as const;
    expect(ask({ program: "at_exec", cgroup: "pods/bound", ...runtime })).toMatchObject({
      pending: armed,
      pendingSlot: boundSlot,
    });
    expect(ask({ program: "at_exec", cgroup: "pods/free", ...runtime })).toMatchObject({
      pending: unresolved,
      pendingSlot: podSlot,
    });
  });

  it("but it stays the host's when it executes in the host's mount namespace", () => {
    const runtime = { state: armed, slot: hostSlot, cgroup: "pods/free" };
    expect(ask({ program: "at_exec", ...runtime })).toMatchObject({ pending: armed, pendingSlot: hostSlot });
  });

  it("a container's task stays its own in the root's control group", () => {
    expect(ask({ program: "at_exec", state: armed, slot: boundSlot })).toMatchObject({ pendingSlot: boundSlot });
  });

  it("without one, tasks of the host are free, and one of a service in a namespace of its own waits to be bound", () => {
    unbindHost();
    expect(ask({ program: "at_hook" })).toMatchObject({ state: host, judged: false });
    expect(ask({ program: "at_hook", cgroup: "service", namespace: "other" })).toMatchObject({
      state: unresolved,
      slot: 0,
    });
  });

  it("a look at all tasks has those asked about again whose state says what is so no more", () => {
    const bpffs = mountBpffs();
    try {
      const link = addon.objectAttach(object, "regard_tasks");
      addon.pin(link, join(bpffs.path, "tasks"));
      addon.close(link);
      const look = () => readFileSync(join(bpffs.path, "tasks")).length;
      const after = (state: number, slot: number) => {
        ask({ program: "stage_task", state, slot });
        const changed = look();
        const handle = addon.objectProgram(object, "look_at_task");
        addon.programRun(handle, new Uint8Array(64), 1);
        addon.close(handle);
        return [changed, viewOf(withMap("stage", (map) => addon.mapLookup(map, firstKey)!)).getUint32(0, true)];
      };
      expect(after(host, 0)).toEqual([1, none]);
      expect(after(armed, hostSlot)).toEqual([0, armed]);
      expect(after(unresolved, podSlot)).toEqual([0, unresolved]);
      unbindHost();
      expect(after(armed, hostSlot)).toEqual([1, none]);
      expect(after(armed, boundSlot)).toEqual([0, armed]);
      expect(after(host, 0)).toEqual([0, host]);
    } finally {
      bpffs.unmount();
    }
  });
});
