/** Loading, adopting, replacing and removing, with a stand-in for the engine. What needs LSM programs is in guest-smoke.mjs. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "@jest/globals";
import { pc_limit } from "../src/abi/enums.ts";
import { NativeError } from "../src/errors.ts";
import { Engine } from "../src/index.ts";
import type { Install } from "../src/load/pins.ts";
import { objectPath } from "./kernel.ts";
import { describeStandIn, emptyTable, execute, standIn, useStandIn } from "./stand-in-engine.ts";

const { PC_ABI_VERSION: abiVersion } = pc_limit;
const second = objectPath("stand-in-engine2");

async function refusal(promise: Promise<unknown>): Promise<NativeError> {
  const error = await promise.then(
    () => new Error("it was not refused"),
    (thrown) => thrown,
  );
  if (error instanceof NativeError) return error;
  throw error;
}

describeStandIn("the engine's life cycle", () => {
  const { open, pins, pinDir, bpffs } = useStandIn();

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
    old.setRules(3, emptyTable(10, 1n));
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
    const child = spawn(process.execPath, [join(import.meta.dirname, "hold-engine.ts"), pinDir(), standIn], {
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
    const old = await open(standIn);
    old.setRules(5, emptyTable(2, 1n));
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
    execute();
    // Whatever else the machine executes meanwhile is counted as well.
    const counted = (next.counters().denied ?? 0) - before;
    expect(counted).toBeGreaterThanOrEqual(1000); // the new body
    expect(counted % 1000).toBe(0); // and only the new one
  });

  it("goes back to an older build, and unpins what only the newer one had", async () => {
    (await open(second)).close();
    const engine = await open(standIn);
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
    const refused = await refusal(open(objectPath("stand-in-engine3")));
    expect(refused.code).toBe("NATIVE_LOAD_REFUSED");
    expect(refused.message).toMatch(/program body_file_open.*R\d invalid mem access 'map_value_or_null'/s);
    expect([...pins().pinnedMaps(), ...pins().linkedHooks()]).toEqual([]);
    expect((await open()).adopted).toBe(false);
  });

  it("changes nothing when a replacement is refused: the old build stays in force", async () => {
    const old = await open(standIn);
    old.bindCgroup(9n, 1);
    old.close();
    expect((await refusal(open(objectPath("stand-in-engine3")))).code).toBe("NATIVE_LOAD_REFUSED");
    const engine = await open(standIn);
    expect(engine.adopted).toBe(true);
    expect(engine.boundCgroups()).toEqual(new Map([[9n, 1]]));
    const before = engine.counters().denied ?? 0;
    execute();
    expect(engine.counters().denied).toBeGreaterThan(before);
  });

  it("unpins and detaches everything on removal", async () => {
    const engine = await open();
    engine.remove();
    expect(existsSync(pinDir())).toBe(false);
    expect(readdirSync(bpffs()).filter((name) => !name.endsWith(".debug"))).toEqual([]);
    expect(() => engine.counters()).toThrow(/the engine is closed/);
  });

  it("refuses a directory that is on no bpffs", async () => {
    const elsewhere = Engine.open({ pinDir: "/proc/portcullis", objectPath: standIn, hostMountNamespace: 1 });
    const error = await refusal(elsewhere);
    expect(error.code).toBe("NATIVE_BPFFS_MISSING");
    expect(error.message).toMatch(/\/proc\/portcullis is not on a bpffs: mount/);
  });

  it("says how to get an object that is not there", async () => {
    const error = await refusal(open("/nonexistent.bpf.o"));
    expect(error.code).toBe("NATIVE_OBJECT_MISSING");
    expect(error.message).toContain("node native/build.mjs");
  });

  /** Falsifies the directory's record, as a crash or another version would have left it. */
  function mark(change: Partial<Install>): void {
    const found = pins().readInstall();
    if (found === undefined) throw new Error("nothing is installed");
    pins().writeInstall({ ...found, ...change });
  }
});
