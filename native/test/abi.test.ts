/** include/abi.h, whole, against its descriptions in TypeScript: every struct, size and offset, every enum and value. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import * as enums from "../src/abi/enums.ts";
import type { Struct } from "../src/abi/layout.ts";
import * as structs from "../src/abi/structs.ts";
import { buildDir, loadAddon } from "../src/addon.ts";
import { objectPath } from "./kernel.ts";

const compiled = loadAddon().btfTypes(objectPath("layout"), "pc_");
const headers = ["abi.h", "abi_address.h", "abi_call.h", "abi_earlier.h", "abi_kinds.h", "abi_syscall.h"].map((name) =>
  readFileSync(join(import.meta.dirname, "..", "include", name), "utf8"),
);
const header = headers.join("\n");
const declared = (kind: string) =>
  [...header.matchAll(new RegExp(`^${kind} (pc_\\w+) \\{`, "gm"))].map(([, name]) => name!);
const described: readonly Struct[] = Object.values(structs);
const { namesByNumber: _, ...describedEnums } = enums;

describe("the header", () => {
  it("has no constant that BTF would not know", () => {
    expect(
      header.match(/^\s*#\s*define (?!PORTCULLIS_ABI_(ADDRESS_|CALL_|EARLIER_|KINDS_|SYSCALL_)?H$).*/gm) ?? [],
    ).toEqual([]);
  });

  it("is in the compiled object with all its structs and enums", () => {
    expect(compiled.structs.map(({ name }) => name).sort()).toEqual(declared("struct").sort());
    expect(compiled.enums.map(({ name }) => name).sort()).toEqual(declared("enum").sort());
    expect(compiled.structs.length).toBeGreaterThan(5);
    expect(compiled.enums.length).toBeGreaterThan(5);
  });
});

describe("the structs", () => {
  it("are described, each of the header's and no other", () => {
    expect(described.map(({ name }) => name).sort()).toEqual(declared("struct").sort());
    expect(Object.keys(structs).sort()).toEqual(described.map(({ name }) => name).sort());
  });

  it.each(described.map((struct) => [struct.name, struct] as const))(
    "%s has the compiler's size, members and offsets",
    (name, { size, members }) => {
      const found = compiled.structs.find((one) => one.name === name);
      expect({ size, members }).toEqual({
        size: found?.size,
        members: found?.members.map(({ name, offset, size }) => ({ name, offset, size })),
      });
      expect(found?.members.every(({ bits }) => bits === 0)).toBe(true);
    },
  );

  const engineObjects = existsSync(buildDir) ? readdirSync(buildDir).filter((name) => name.endsWith(".bpf.o")) : [];
  it("agree with the engine's objects as they were compiled", () => {
    expect(engineObjects.sort()).toEqual([
      "portcullis-515.bpf.o",
      "portcullis-addresses.bpf.o",
      "portcullis-dns.bpf.o",
      "portcullis-earlier.bpf.o",
      "portcullis-look.bpf.o",
      "portcullis-syscalls.bpf.o",
      "portcullis.bpf.o",
    ]);
    for (const object of engineObjects) {
      const inObject = loadAddon().btfTypes(join(buildDir, object), "pc_").structs;
      expect(inObject.map(({ name }) => name)).toEqual(expect.arrayContaining(["pc_task", "pc_event"]));
      for (const { name, size, members } of inObject) {
        const table = described.find((one) => one.name === name);
        expect([object, name, size, members.map(({ name, offset }) => [name, offset])]).toEqual([
          object,
          name,
          table?.size,
          table?.members.map(({ name, offset }) => [name, offset]),
        ]);
      }
    }
  });
});

describe("the enums", () => {
  it("are described, each of the header's and no other", () => {
    expect(Object.keys(describedEnums).sort()).toEqual(declared("enum").sort());
  });

  it.each(Object.entries(describedEnums))("%s has the compiler's names and values", (name, values) => {
    expect(values).toEqual(compiled.enums.find((one) => one.name === name)?.values);
  });

  it("give the elements of a rule table one size", () => {
    const sizes = [structs.pc_header, structs.pc_bucket, structs.pc_state].map(({ size }) => size);
    expect(new Set([...sizes, enums.pc_limit.PC_BUCKET_SIZE]).size).toBe(1);
  });
});
