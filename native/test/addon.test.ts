/** The addon against the running kernel: maps, map-in-map, rings, BTF, and what it says when the kernel refuses. */
import { once } from "node:events";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, it } from "@jest/globals";
import { BPF_F_INNER_MAP, type BpfMap, type BpfRing, buildDir, loadAddon, mapTypes } from "../src/addon.ts";
import { type AddonError, isAddonError, NativeError, step, verifierTail } from "../src/errors.ts";
import { loadTestObject, objectBytes, objectPath, request, u32, until, whyNoBpf } from "./kernel.ts";

const reason = whyNoBpf();
const describeBpf = reason === undefined ? describe : describe.skip;
if (reason !== undefined) console.warn(`addon.test.ts skipped: ${reason}`);
const addon = loadAddon();

function caught(run: () => unknown): AddonError {
  try {
    run();
  } catch (error) {
    if (isAddonError(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

const words = (...values: number[]) => new Uint8Array(new BigUint64Array(values.map(BigInt)).buffer);

describeBpf("maps", () => {
  const array = (entries: number) => addon.mapCreate("numbers", mapTypes.array, 4, 8, entries, 0);

  it("fills many elements of an array by one call, from a packed buffer", () => {
    const map = array(10_000);
    addon.mapFill(map, 0, words(...Array.from({ length: 10_000 }, (_, i) => i * 3)));
    expect(addon.mapLookup(map, u32(0))).toEqual(words(0));
    expect(addon.mapLookup(map, u32(9_999))).toEqual(words(29_997));
  });

  it("refuses to fill beyond the end, and writes nothing then", () => {
    const map = array(4);
    expect(() => addon.mapFill(map, 3, words(1, 2))).toThrow(/2 elements from 3 do not fit into 4/);
    expect(addon.mapLookup(map, u32(3))).toEqual(words(0));
  });

  it("updates a hash by pairs, lists it and deletes from it", () => {
    const map = addon.mapCreate("pairs", mapTypes.hash, 8, 4, 16, 0);
    addon.mapUpdateBatch(map, words(7, 8, 9), new Uint8Array(new Uint32Array([70, 80, 90]).buffer));
    expect(addon.mapDelete(map, words(8))).toBe(true);
    expect(addon.mapDelete(map, words(8))).toBe(false);
    expect(addon.mapLookup(map, words(8))).toBeUndefined();
    const entries = addon.mapEntries(map);
    const view = new DataView(entries.buffer);
    const pairs = [0, 12].map((at) => [view.getBigUint64(at, true), view.getUint32(at + 8, true)]);
    expect(new Map(pairs as [bigint, number][])).toEqual(
      new Map([
        [7n, 70],
        [9n, 90],
      ]),
    );
  });

  it("names the kernel's error when a hash is full", () => {
    const map = addon.mapCreate("tiny", mapTypes.hash, 4, 4, 1, 0);
    addon.mapUpdate(map, u32(1), u32(1), 0);
    const error = caught(() => addon.mapUpdate(map, u32(2), u32(2), 0));
    expect(error.code).toBe("E2BIG");
    expect(error.message).toContain("updating map tiny");
  });

  it("cannot write to a map once it is frozen", () => {
    const map = array(1);
    addon.mapFreeze(map);
    expect(caught(() => addon.mapUpdate(map, u32(0), words(1), 0)).code).toBe("EPERM");
  });

  it("refuses keys and values of another size, other kinds of handles, and closed ones", () => {
    const map = array(1);
    expect(() => addon.mapLookup(map, words(0))).toThrow(/key is 8 bytes long, this map's are 4/);
    expect(() => addon.mapUpdate(map, u32(0), u32(0), 0)).toThrow(/value is 4 bytes long, this map's are 8/);
    expect(() => addon.objectLoad(map as never)).toThrow(/must be an object, not a map/);
    expect(() => addon.mapInfo({} as never)).toThrow(/must be a handle of this addon/);
    expect(() => (addon.mapLookup as (m: BpfMap) => unknown)(map)).toThrow(/mapLookup wants 2 arguments, got 1/);
    addon.close(map);
    addon.close(map);
    expect(caught(() => addon.mapInfo(map)).code).toBe("EBADF");
  });
});

describeBpf("map-in-map", () => {
  it("swaps one pointer: the program sees the old inner map, then the new one, of any size", () => {
    const object = loadTestObject(addon, "probe-points");
    const outer = addon.objectMap(object, "outer");
    const read = (slot: number, at: number) =>
      addon.programRun(addon.objectProgram(object, "read_through"), request(slot, at), 1) | 0;
    const put = (slot: number, ...values: number[]) => {
      const inner = addon.mapCreate("inner", mapTypes.array, 4, 8, values.length, BPF_F_INNER_MAP);
      addon.mapFill(inner, 0, words(...values));
      addon.mapSetHandle(outer, u32(slot), inner);
      addon.close(inner);
    };
    expect(read(2, 0)).toBe(-1);
    put(2, 10, 11);
    expect([read(2, 0), read(2, 1), read(2, 2)]).toEqual([10, 11, -1]);
    put(2, ...Array.from({ length: 5000 }, (_, i) => 20 + i));
    expect([read(2, 0), read(2, 4999)]).toEqual([20, 5019]);
    expect(addon.mapDelete(outer, u32(2))).toBe(true);
    expect(read(2, 0)).toBe(-1);
  });
});

describeBpf("rings", () => {
  const open: BpfRing[] = [];
  afterEach(() => {
    for (const ring of open.splice(0)) addon.close(ring);
  });

  /** A loaded flood program, and everything its ring delivered. */
  function flood(maxRecords: number, maxBytes: number) {
    const object = loadTestObject(addon, "probe-points");
    const program = addon.objectProgram(object, "emit");
    const batches: { count: number; more: boolean; values: number[]; lengths: number[] }[] = [];
    const ring = addon.ringOpen(addon.objectMap(object, "records"), maxRecords, maxBytes, (records, count, more) => {
      const view = new DataView(records);
      const batch = { count, more, values: [] as number[], lengths: [] as number[] };
      for (let at = 0; at < records.byteLength; at += 8 + Math.ceil(view.getUint32(at, true) / 8) * 8) {
        batch.lengths.push(view.getUint32(at, true));
        batch.values.push(Number(view.getBigUint64(at + 8, true)));
      }
      batches.push(batch);
    });
    open.push(ring);
    const total = () => batches.reduce((sum, { count }) => sum + count, 0);
    return {
      object,
      batches,
      total,
      ring,
      emit: (count: number, first: number) => addon.programRun(program, request(count, first), 1),
    };
  }

  it("delivers what fits the bound as one batch, each record with its length", async () => {
    const { emit, batches, total } = flood(1000, 1 << 20);
    expect(emit(5, 100)).toBe(0);
    await until(() => total() === 5, "5 records");
    expect(batches).toEqual([{ count: 5, more: false, values: [100, 101, 102, 103, 104], lengths: [8, 20, 8, 20, 8] }]);
  });

  it("drains a flood in bounded batches, losing none, while timers keep running", async () => {
    const { emit, batches, total } = flood(100, 1 << 20);
    let ticks = 0;
    const between: number[] = [];
    const timer = setInterval(() => {
      ticks++;
      between.push(batches.length);
    }, 0);
    expect(emit(20_000, 0)).toBe(0);
    await until(() => total() === 20_000, "20000 records");
    clearInterval(timer);
    expect(batches.every(({ count }) => count <= 100)).toBe(true);
    expect(batches.flatMap(({ values }) => values)).toEqual(Array.from({ length: 20_000 }, (_, i) => i));
    expect(ticks).toBeGreaterThan(2);
    expect(new Set(between).size).toBeGreaterThan(2); // timers ran in the midst of it, not only after it
  });

  it("bounds a batch by bytes as well, passed by one record at most", async () => {
    const { emit, batches, total } = flood(100_000, 256);
    emit(1000, 0);
    await until(() => total() === 1000, "1000 records");
    for (const { lengths } of batches) {
      const bytes = lengths.reduce((sum, length) => sum + 8 + Math.ceil(length / 8) * 8, 0);
      expect(bytes).toBeLessThanOrEqual(256 + 32);
    }
  });

  it("lets the program count what a full ring refuses, and goes on afterwards", async () => {
    const { emit, total } = flood(100_000, 8 << 20);
    const refused = emit(100_000, 0);
    expect(refused).toBeGreaterThan(0);
    await until(() => total() === 100_000 - refused, "what the ring took");
    expect(emit(1, 0)).toBe(0);
    await until(() => total() === 100_001 - refused, "the record after the flood");
  });

  it("delivers nothing after it is closed, also when its own callback closes it", async () => {
    const object = loadTestObject(addon, "probe-points");
    let calls = 0;
    const ring: BpfRing = addon.ringOpen(addon.objectMap(object, "records"), 10, 1 << 20, () => {
      calls++;
      addon.close(ring);
    });
    addon.programRun(addon.objectProgram(object, "emit"), request(1000, 0), 1);
    await until(() => calls > 0, "a batch");
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(calls).toBe(1);
    expect(caught(() => addon.ringDrain(ring)).code).toBe("EBADF");
  });

  it.each(["ends", "is terminated"])("is let go of when its environment %s with the ring open", async (how) => {
    const source = `
      const { parentPort } = require("node:worker_threads");
      const addon = require(${JSON.stringify(join(buildDir, "Release", "portcullis.node"))});
      const map = addon.mapCreate("left_open", ${mapTypes.ringbuf}, 0, 0, 4096, 0);
      const ring = addon.ringOpen(map, 10, 4096, () => {});
      parentPort.postMessage("open");
      ${how === "ends" ? "setTimeout(() => process.exit(7), 10)" : ""}`;
    const worker = new Worker(source, { eval: true });
    const ended = once(worker, "exit");
    await once(worker, "message");
    if (how === "is terminated") await worker.terminate();
    expect(await ended).toEqual([how === "ends" ? 7 : 1]);
    const { emit, total } = flood(10, 4096);
    emit(3, 0);
    await until(() => total() === 3, "records in this environment, afterwards");
  });

  it("drains a batch at once on request", () => {
    const { emit, batches, ring } = flood(10, 1 << 20);
    emit(25, 0);
    addon.ringDrain(ring);
    expect(batches.map(({ count, more }) => [count, more])).toEqual([[10, true]]);
  });

  it("sums a counter kept per CPU", () => {
    const { emit, object } = flood(10, 1 << 20);
    emit(7, 0);
    const values = new BigUint64Array(addon.mapLookup(addon.objectMap(object, "counts"), u32(1))!.buffer);
    expect(values.reduce((sum, value) => sum + value, 0n)).toBe(7n);
  });
});

describeBpf("refusals", () => {
  it("carries the verifier's last words, and which program they are about", () => {
    const object = addon.objectOpen(objectBytes("refused"), "refused");
    const error = caught(() => addon.objectLoad(object));
    expect(error.code).toBe("EACCES");
    expect(verifierTail(error.log).at(-1)).toBe("R0 invalid mem access 'map_value_or_null'");
    const typed = (() => {
      try {
        step("NATIVE_LOAD_REFUSED", "loading the BPF object", () =>
          addon.objectLoad(addon.objectOpen(objectBytes("refused"), "again")),
        );
      } catch (thrown) {
        return thrown as NativeError;
      }
    })();
    expect(typed).toBeInstanceOf(NativeError);
    expect(typed?.code).toBe("NATIVE_LOAD_REFUSED");
    expect(typed?.message).toMatch(/EACCES.*program careless.*R0 invalid mem access/s);
  });

  it("says what is wrong with a file that is no BPF object", () => {
    const error = caught(() => addon.objectOpen(new TextEncoder().encode("not an ELF file"), "text"));
    expect(error.log).toMatch(/elf/i);
  });

  it("names a program that the object does not have", () => {
    const object = addon.objectOpen(objectBytes("probe-points"), "points");
    expect(() => addon.objectProgram(object, "nobody")).toThrow(/the object has no program nobody/);
  });
});

describe("BTF", () => {
  it("tells the structs of an object with sizes and offsets", () => {
    const { structs } = addon.btfTypes(objectPath("probe-points"), "request");
    expect(structs).toEqual([
      {
        name: "request",
        size: 16,
        members: [
          { name: "count", offset: 0, size: 8, bits: 0 },
          { name: "first", offset: 8, size: 8, bits: 0 },
        ],
      },
    ]);
  });

  it("names the file it cannot read", () => {
    expect(() => addon.btfTypes("/nonexistent", "")).toThrow(/reading BTF of \/nonexistent: No such file/);
  });
});
