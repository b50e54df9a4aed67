/** Rings against the running kernel: bounded batches, floods, closing, and environments that end with a ring open. */
import { once } from "node:events";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, it } from "@jest/globals";
import { type BpfRing, buildDir, loadAddon, mapTypes } from "../src/addon.ts";
import { caught, loadTestObject, request, u32, until, whyNoBpf } from "./kernel.ts";

const reason = whyNoBpf();
const describeBpf = reason === undefined ? describe : describe.skip;
if (reason !== undefined) console.warn(`rings.test.ts skipped: ${reason}`);
const addon = loadAddon();

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
