/** The addon against the running kernel: maps, map-in-map, BTF, and what it says when the kernel refuses. */
import { describe, expect, it } from "@jest/globals";
import { BPF_F_INNER_MAP, type BpfMap, loadAddon, mapTypes } from "../src/addon.ts";
import { NativeError, step, verifierTail } from "../src/errors.ts";
import { caught, loadTestObject, objectBytes, objectPath, request, u32, whyNoBpf } from "./kernel.ts";

const reason = whyNoBpf();
const describeBpf = reason === undefined ? describe : describe.skip;
if (reason !== undefined) console.warn(`addon.test.ts skipped: ${reason}`);
const addon = loadAddon();

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
