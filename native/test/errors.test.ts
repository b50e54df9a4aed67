/** Errors: what is said in them, and that every code is documented. */
import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { describe, expect, it } from "@jest/globals";
import { NativeError, nativeErrorCodes, packErrorCodes, refusedProgram, step, verifierTail } from "../src/errors.ts";
import { problemCodes } from "../src/probe/probe.ts";

const log = [
  "libbpf: prog 'body_file_open': BPF program load failed: Permission denied",
  "libbpf: prog 'body_file_open': -- BEGIN PROG LOAD LOG --",
  "0: R1=ctx() R10=fp0",
  "7: (79) r0 = *(u64 *)(r0 +0)",
  "R0 invalid mem access 'map_value_or_null'",
  "processed 7 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0",
  "-- END PROG LOAD LOG --",
  "libbpf: prog 'body_file_open': failed to load: -13",
  "libbpf: failed to load object 'portcullis'",
].join("\n");

const refusal = (code: string, text: string) => Object.assign(new Error("loading: no"), { code, errno: 13, log: text });

function thrownBy(run: () => unknown): NativeError {
  try {
    run();
  } catch (error) {
    return error as NativeError;
  }
  throw new Error("nothing was thrown");
}

describe("a refusal", () => {
  it("names what was tried, the errno, the program and the verifier's last words", () => {
    const error = thrownBy(() =>
      step("NATIVE_LOAD_REFUSED", "loading the BPF object", () => {
        throw refusal("EACCES", log);
      }),
    );
    expect(error.message).toBe(
      "loading the BPF object: loading: no (EACCES); program body_file_open; the verifier's last words:\n" +
        "  0: R1=ctx() R10=fp0\n  7: (79) r0 = *(u64 *)(r0 +0)\n  R0 invalid mem access 'map_value_or_null'",
    );
    expect([error.code, error.errno, error.log]).toEqual(["NATIVE_LOAD_REFUSED", "EACCES", log]);
  });

  it("keeps the log out of sight until it is asked for", () => {
    const error = new NativeError("NATIVE_LOAD_REFUSED", "short", { log: "very long" });
    expect(inspect(error)).not.toContain("very long");
  });

  it("names the capabilities when the kernel says EPERM", () => {
    const error = thrownBy(() =>
      step("NATIVE_KERNEL_REFUSED", "a map", () => {
        throw refusal("EPERM", "");
      }),
    );
    expect(error.message).toMatch(/CAP_BPF, CAP_PERFMON and CAP_MAC_ADMIN/);
  });

  it("lets other errors pass as they are", () => {
    const bug = new TypeError("a bug");
    expect(
      thrownBy(() =>
        step("NATIVE_KERNEL_REFUSED", "x", () => {
          throw bug;
        }),
      ),
    ).toBe(bug);
  });

  it("finds the verifier's words also when the log's beginning was cut", () => {
    expect(verifierTail(log.slice(log.indexOf("7: (79)")), 1)).toEqual(["R0 invalid mem access 'map_value_or_null'"]);
    expect(refusedProgram(log.slice(log.indexOf("7: (79)")))).toBe("body_file_open");
    expect(verifierTail("libbpf: elf: failed")).toEqual([]);
  });
});

describe("docs/errors.md", () => {
  const text = readFileSync(new URL("../../docs/errors.md", import.meta.url), "utf8");
  const section = /^## native\n([\s\S]*?)(?=^## |(?![\s\S]))/m.exec(text)?.[1] ?? "";
  const listed = [...section.matchAll(/^\| ([A-Z0-9_]+) \| .+ \| .+ \|$/gm)].map((match) => match[1]);

  it("lists every code of this package, and none that does not exist", () => {
    expect([...listed].sort()).toEqual([...nativeErrorCodes, ...problemCodes, ...packErrorCodes].sort());
  });
});
