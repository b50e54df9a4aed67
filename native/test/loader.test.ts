/**
 * Loading, adopting, replacing and removing, with an object that has the engine's shape but hangs on tracepoints, so
 * that the running kernel takes it. What needs LSM programs is in guest-smoke.mjs.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { pc_limit } from "../src/abi/enums.ts";
import { pc_header } from "../src/abi/structs.ts";
import { loadAddon } from "../src/addon.ts";
import { NativeError } from "../src/errors.ts";
import { Engine, type KernelEvent } from "../src/index.ts";
import { type Install, PinDir } from "../src/load/pins.ts";
import type { RuleTable } from "../src/pack/rule-table.ts";
import { mountBpffs, objectPath, until, whyNoBpf } from "./kernel.ts";

const reason = whyNoBpf() ?? (process.getuid?.() === 0 ? undefined : "a bpffs can only be mounted by root");
const describeBpf = reason === undefined ? describe : describe.skip;
if (reason !== undefined) console.warn(`loader.test.ts skipped: ${reason}`);

const { PC_ABI_VERSION: abiVersion } = pc_limit;
const first = objectPath("lookalike");
const second = objectPath("lookalike2");

/** A rule table of this many elements, with nothing in it but its id. */
function table(elements: number, table_id: bigint, abi_version: number = abiVersion): RuleTable {
  const data = new Uint8Array(elements * pc_limit.PC_BUCKET_SIZE);
  data.set(pc_header.encode({ abi_version, table_id }));
  return { elements, data };
}

const execute = () => void execFileSync("/bin/true");

async function refusal(promise: Promise<unknown>): Promise<NativeError> {
  const error = await promise.then(
    () => new Error("it was not refused"),
    (thrown) => thrown,
  );
  if (error instanceof NativeError) return error;
  throw error;
}

describeBpf("the engine's life cycle", () => {
  let fs: ReturnType<typeof mountBpffs>;
  let pinDir: string;
  const engines: Engine[] = [];
  const open = async (objectPath = first) => {
    const engine = await Engine.open({ pinDir, objectPath, hostMountNamespace: 0xf0000000 });
    engines.push(engine);
    return engine;
  };
  const pins = () => new PinDir(loadAddon(), pinDir);

  beforeAll(() => {
    fs = mountBpffs();
    pinDir = join(fs.path, "portcullis");
  });
  afterEach(() => {
    for (const engine of engines.splice(0)) engine.close();
    Engine.uninstall(pinDir);
  });
  afterAll(() => fs.unmount());

  it("loads, pins and attaches into an empty directory, with a seed of its own", async () => {
    const engine = await open();
    expect(engine.adopted).toBe(false);
    expect(engine.hooks).toEqual(["task_alloc", "file_open"]);
    expect(engine.slotCount).toBe(64);
    expect(engine.seed[0] !== 0n && engine.seed[1] !== 0n && engine.seed[0] !== engine.seed[1]).toBe(true);
    expect(pins().linkedHooks().sort()).toEqual(["file_open", "task_alloc"]);
    const before = engine.counters().denied ?? 0;
    execute();
    expect(engine.counters().denied).toBeGreaterThan(before);
  });

  it("goes on in the kernel after close, and is adopted with seed, slots and bindings", async () => {
    const old = await open();
    old.setRules(3, table(10, 1n));
    old.bindCgroup(77n, 3);
    const seed = old.seed;
    old.close();
    execute();
    const next = await open();
    expect(next.adopted).toBe(true);
    expect(next.seed).toEqual(seed);
    expect(next.usedSlots()).toEqual([3]);
    expect(next.boundCgroups()).toEqual(new Map([[77n, 3]]));
    expect(next.counters().denied).toBeGreaterThan(0);
    expect(() => old.usedSlots()).toThrow(/the engine is closed/);
  });

  it("is adopted whole after its process was killed", async () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, "hold-engine.ts"), pinDir, first], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = await once(child.stdout, "data");
    const { adopted, seed } = JSON.parse(String(line));
    expect(adopted).toBe(false);
    expect((await refusal(open())).code).toBe("NATIVE_PIN_DIR_BUSY");
    child.kill("SIGKILL");
    await once(child, "exit");
    const engine = await open();
    expect(engine.adopted).toBe(true);
    expect(engine.seed.map(String)).toEqual(seed);
    expect(engine.boundCgroups()).toEqual(new Map([[4242n, 3]]));
  });

  it("replaces the bodies of another build in place: links, seed, slots and counts stay, new hooks come", async () => {
    const old = await open(first);
    old.setRules(5, table(2, 1n));
    const { seed } = old;
    old.close();
    const links = pins().linkedHooks();
    const next = await open(second);
    expect(next.adopted).toBe(false);
    expect(next.hooks).toEqual(["task_alloc", "file_open", "mmap_file"]);
    expect(next.seed).toEqual(seed);
    expect(next.usedSlots()).toEqual([5]);
    expect(links).toEqual(["task_alloc", "file_open"].sort());
    const before = next.counters().denied ?? 0;
    expect(before).toBeLessThan(1000);
    execute();
    const counted = (next.counters().denied ?? 0) - before;
    expect(counted).toBeGreaterThanOrEqual(1000); // the new body
    expect(counted % 1000).toBe(0); // and only the new one
  });

  it("goes back to an older build, and unpins what only the newer one had", async () => {
    (await open(second)).close();
    const engine = await open(first);
    expect(pins().linkedHooks().sort()).toEqual(["file_open", "task_alloc"]);
    expect(pins().pinnedMaps()).not.toContain("newcomer");
    const before = engine.counters().denied ?? 0;
    execute();
    expect((engine.counters().denied ?? 0) - before).toBeLessThan(1000);
  });

  it("cleans away a first load that did not finish", async () => {
    const before = await open();
    before.bindCgroup(9n, 1);
    before.close();
    mark({ phase: "loading" });
    const engine = await open();
    expect(engine.adopted).toBe(false);
    expect(engine.boundCgroups().size).toBe(0);
    expect(engine.seed).not.toEqual(before.seed);
  });

  it("finishes a replacement that did not finish, and keeps what is bound", async () => {
    const before = await open();
    before.bindCgroup(9n, 1);
    before.close();
    mark({ phase: "replacing" });
    const engine = await open();
    expect(engine.adopted).toBe(false);
    expect(engine.boundCgroups()).toEqual(new Map([[9n, 1]]));
    engine.close();
    expect((await open()).adopted).toBe(true);
  });

  it("attaches again what somebody unpinned", async () => {
    (await open()).close();
    unlinkSync(pins().link("file_open"));
    const engine = await open();
    const before = engine.counters().denied ?? 0;
    execute();
    expect(engine.counters().denied).toBeGreaterThan(before);
    expect(pins().linkedHooks()).toContain("file_open");
  });

  it("refuses to touch what another ABI version has pinned, and leaves it in force", async () => {
    const old = await open();
    old.close();
    mark({ abiVersion: abiVersion + 1 });
    const error = await refusal(open());
    expect(error.code).toBe("NATIVE_ABI_MISMATCH");
    expect(error.message).toContain(`ABI version ${abiVersion + 1}, this build ${abiVersion}`);
    expect(pins().linkedHooks()).toHaveLength(2);
  });

  it("leaves nothing behind when the first load is refused, and says why", async () => {
    const foreign = await refusal(open(objectPath("refused")));
    expect(foreign.code).toBe("NATIVE_OBJECT_INVALID");
    expect(foreign.message).toMatch(/lacks any stub_<hook>/);
    const refused = await refusal(open(objectPath("lookalike3")));
    expect(refused.code).toBe("NATIVE_LOAD_REFUSED");
    expect(refused.message).toMatch(/program body_file_open.*R\d invalid mem access 'map_value_or_null'/s);
    expect([...pins().pinnedMaps(), ...pins().linkedHooks()]).toEqual([]);
    expect((await open()).adopted).toBe(false);
  });

  it("changes nothing when a replacement is refused: the old build stays in force", async () => {
    const old = await open(first);
    old.bindCgroup(9n, 1);
    old.close();
    expect((await refusal(open(objectPath("lookalike3")))).code).toBe("NATIVE_LOAD_REFUSED");
    const engine = await open(first);
    expect(engine.adopted).toBe(true);
    expect(engine.boundCgroups()).toEqual(new Map([[9n, 1]]));
    const before = engine.counters().denied ?? 0;
    execute();
    expect(engine.counters().denied).toBeGreaterThan(before);
  });

  it("unpins and detaches everything on removal", async () => {
    const engine = await open();
    engine.remove();
    expect(existsSync(pinDir)).toBe(false);
    expect(readdirSync(fs.path).filter((name) => !name.endsWith(".debug"))).toEqual([]);
    expect(() => engine.counters()).toThrow(/the engine is closed/);
  });

  it("refuses a directory that is on no bpffs", async () => {
    const elsewhere = Engine.open({ pinDir: "/proc/portcullis", objectPath: first, hostMountNamespace: 1 });
    const error = await refusal(elsewhere);
    expect(error.code).toBe("NATIVE_BPFFS_MISSING");
    expect(error.message).toMatch(/\/proc\/portcullis is not on a bpffs: mount/);
  });

  it("says how to get an object that is not there", async () => {
    const error = await refusal(open("/nonexistent.bpf.o"));
    expect(error.code).toBe("NATIVE_OBJECT_MISSING");
    expect(error.message).toContain("node native/build.mjs");
  });

  it("sets, replaces and clears rule tables of any size", async () => {
    const engine = await open();
    engine.setRules(0, table(1, 1n));
    engine.setRules(63, table(50_000, 2n));
    engine.setRules(63, table(3, 3n));
    expect(engine.usedSlots()).toEqual([0, 63]);
    engine.clearSlot(0);
    engine.clearSlot(0);
    expect(engine.usedSlots()).toEqual([63]);
  });

  it("refuses slots, rule tables and cgroups that cannot be, by name and value", async () => {
    const engine = await open();
    expect(() => engine.setRules(64, table(1, 1n))).toThrow(/slot 64 is not an integer of 0 to 63/);
    expect(() => engine.clearSlot(-1)).toThrow(/slot -1/);
    expect(() => engine.setRules(1, { elements: 2, data: new Uint8Array(64) })).toThrow(
      /2 elements has 64 bytes, not 128/,
    );
    expect(() => engine.setRules(1, table(1, 1n, 99))).toThrow(/the rule table has ABI version 99/);
    expect(() => engine.bindCgroup(0n, 1)).toThrow(/cgroup id 0/);
    expect(engine.usedSlots()).toEqual([]);
  });

  it("binds and unbinds cgroups, raising the bind epoch with each change", async () => {
    const engine = await open();
    const addon = loadAddon();
    const epoch = () =>
      new DataView(
        addon.mapLookup(addon.openMap(pins().map("bind_generation")), new Uint8Array(4))!.buffer,
      ).getBigUint64(0, true);
    const start = epoch();
    engine.bindCgroup((1n << 40n) + 5n, 7);
    engine.bindCgroup(6n, 8);
    engine.bindCgroup(6n, 9);
    expect(engine.boundCgroups()).toEqual(
      new Map([
        [(1n << 40n) + 5n, 7],
        [6n, 9],
      ]),
    );
    engine.unbindCgroup(6n);
    engine.unbindCgroup(6n);
    expect(engine.boundCgroups()).toEqual(new Map([[(1n << 40n) + 5n, 7]]));
    expect(epoch() - start).toBe(4n);
  });

  it("delivers what happened before anybody listened, and to every listener until it closes", async () => {
    const engine = await open();
    execute();
    const [one, two]: [KernelEvent[], KernelEvent[]] = [[], []];
    const subscription = engine.onEvents((events) => void one.push(...events));
    await until(() => one.length > 0, "the event from before");
    expect(one[0]).toMatchObject({
      ring: "denials",
      operation: "exec",
      category: "process",
      sequence: 1n,
      args: [],
      object: "",
    });
    const other = engine.onEvents((events) => void two.push(...events));
    execute();
    await until(() => two.length > 0 && one.length > 1, "an event for both");
    subscription.close();
    subscription.close();
    const seen = one.length;
    execute();
    const before = two.length;
    await until(() => two.length > before, "an event for the other");
    expect(one).toHaveLength(seen);
    other.close();
  });

  /** Falsifies the directory's record, as a crash or another version would have left it. */
  function mark(change: Partial<Install>): void {
    const found = pins().readInstall();
    if (found === undefined) throw new Error("nothing is installed");
    pins().writeInstall({ ...found, ...change });
  }
});
