/** Structs as C lays them out, encoded and decoded. */
import { describe, expect, it } from "@jest/globals";
import { Struct } from "../src/abi/layout.ts";

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

  it("writes at an offset and leaves what is absent as it is there", () => {
    const view = new DataView(new ArrayBuffer(100));
    outer.write(view, 8, { signed: 7, name: "abcde" });
    outer.write(view, 8, { name: "x" });
    expect(outer.decode(view, 8)).toMatchObject({ signed: 7, name: "x" });
    expect(outer.offset("inners")).toBe(16);
  });
});
