/** The TypeScript tables against the header's BTF: every struct, size, offset, enum and repeated constant. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import * as abi from "../src/abi.ts";
import { buildDir, loadAddon } from "../src/addon.ts";
import { Struct } from "../src/layout.ts";
import { objectPath } from "./kernel.ts";

const kernelSide = loadAddon().btfTypes(objectPath("layout"), "pc_");
const enumOf = (name: string) => kernelSide.enums.find((one) => one.name === name)?.values ?? {};

describe("the struct tables", () => {
  it("are one for every struct of the header", () => {
    const header = kernelSide.structs.map(({ name }) => name).sort();
    expect(abi.structs.map(({ name }) => name).sort()).toEqual(header);
    expect(header.length).toBeGreaterThan(5);
  });

  it.each(abi.structs.map((struct) => [struct.name, struct] as const))(
    "%s has the compiler's size and offsets",
    (name, struct) => {
      const compiled = kernelSide.structs.find((one) => one.name === name);
      expect({ size: struct.size, members: struct.members }).toEqual({
        size: compiled?.size,
        members: compiled?.members.map(({ name, offset, size }) => ({ name, offset, size })),
      });
      expect(compiled?.members.every(({ bits }) => bits === 0)).toBe(true);
    },
  );

  const engineObjects = existsSync(buildDir) ? readdirSync(buildDir).filter((name) => name.endsWith(".bpf.o")) : [];
  it("agree with the engine's objects as they were compiled", () => {
    expect(engineObjects).toContain("portcullis.bpf.o");
    for (const object of engineObjects) {
      const { structs } = loadAddon().btfTypes(join(buildDir, object), "pc_");
      const event = structs.find(({ name }) => name === "pc_event");
      expect([object, event?.size]).toEqual([object, abi.pc_event.size]);
      for (const { name, size, members } of structs) {
        const table = abi.structs.find((one) => one.name === name);
        expect([object, name, size, members.map(({ offset }) => offset)]).toEqual([
          object,
          name,
          table?.size,
          table?.members.map(({ offset }) => offset),
        ]);
      }
    }
  });
});

describe("the constants", () => {
  /** enum values to their names as TypeScript spells them, by number; a last value that counts is left out. */
  const spelled = (name: string, prefix: string, count: string) =>
    Object.entries(enumOf(name))
      .filter(([key]) => key !== count)
      .map(([key, value]) => [value, key.slice(prefix.length).toLowerCase()]);

  it("name every category, operation and counter of the header", () => {
    const numbered = (names: readonly (string | undefined)[]) =>
      [...names.entries()].filter(([, name]) => name !== undefined);
    expect(numbered(abi.PC_CATEGORY)).toEqual(spelled("pc_category", "PC_CATEGORY_", "PC_CATEGORIES"));
    expect(numbered(abi.PC_OP)).toEqual(spelled("pc_operation", "PC_OP_", ""));
    expect(numbered(abi.PC_COUNT)).toEqual(spelled("pc_counter", "PC_COUNT_", "PC_COUNTERS"));
    expect(abi.PC_COUNT.length).toBeLessThanOrEqual(abi.PC_COUNTERS);
    expect(abi.PC_COUNTERS).toBe(enumOf("pc_counter").PC_COUNTERS);
  });

  it("repeat the header's macros", () => {
    const flags = Object.entries(abi.PC_EVENT).map(([name, value]) => [`pc_event_${name}`, value]);
    expect(enumOf("pc_test_macros")).toEqual({
      pc_abi_version: abi.PC_ABI_VERSION,
      pc_bucket_size: abi.PC_BUCKET_SIZE,
      ...Object.fromEntries(flags),
    });
  });
});

describe("a codec", () => {
  const inner = new Struct("inner", [
    ["flag", "u8"],
    ["wide", "u64"],
  ]);
  const outer = new Struct("outer", [
    ["signed", "s32"],
    ["pair", "u16", 2],
    ["name", "char", 5],
    ["inners", inner, 2],
  ]);

  it("pads as C does", () => {
    expect(inner.size).toBe(16);
    expect(outer.members.map(({ offset }) => offset)).toEqual([0, 4, 8, 16]);
    expect(outer.size).toBe(48);
  });

  it("reads back what it wrote, nested structs and arrays as well", () => {
    const inners = [
      { flag: 1, wide: 2n ** 64n - 1n },
      { flag: 255, wide: 0n },
    ];
    const value = { signed: -13, pair: [1, 65535], name: "abcde", inners };
    expect(outer.decode(new DataView(outer.encode(value).buffer))).toEqual(value);
  });

  it("leaves what is absent zero, and ends strings at the first NUL", () => {
    const bytes = outer.encode({ name: "ab" });
    expect(outer.decode(new DataView(bytes.buffer))).toMatchObject({ signed: 0, pair: [0, 0], name: "ab" });
  });

  it("refuses to read beyond the end", () => {
    expect(() => outer.decode(new DataView(new ArrayBuffer(47)))).toThrow(RangeError);
  });
});
