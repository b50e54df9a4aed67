import { describe, expect, it } from "@jest/globals";
import { drawn, faultsOf } from "./faults.ts";

const after = (line: string) => faultsOf("x.h", line).map((fault) => fault.after);

describe("the faults of a line", () => {
  it("turn a condition, and each part of it", () => {
    expect(after("\tif (a && b == 0)")).toEqual(["\tif (!(a && b == 0))", "\tif (a && b != 0)", "\tif (a || b == 0)"]);
  });
  it("leave out a call or a store", () => {
    expect(after("\tdeny(operation, rule);")).toEqual(["\t;"]);
    expect(after("\toperation->flags |= PC_EVENT_GUARD;")).toEqual(["\t;"]);
  });
  it("leave out a hook", () => {
    expect(after("\treturn file_open(file);")).toEqual(["\treturn 0;"]);
  });
  it("exchange an answer", () => {
    expect(after("\t\treturn -EACCES;")).toEqual(["\t\treturn 0;"]);
  });
  it("are none in comments, and in what the preprocessor reads", () => {
    expect(faultsOf("x.h", "/* if (a)\n * return 0;\n */\n#define X(a) return 0;\n// return 0;")).toEqual([]);
  });
});

describe("faults by lot", () => {
  const faults = ["a.h", "b.h", "c.h"].flatMap((file) =>
    faultsOf(file, "\treturn 0;\n\tif (a)\n\tif (b)\n\treturn -1;"),
  );
  it("are the same for the same seed, others for another", () => {
    expect([...drawn(faults, 1)]).toEqual([...drawn(faults, 1)]);
    expect([...drawn(faults, 1)]).not.toEqual([...drawn(faults, 2)]);
  });
  it("are each drawn once", () => {
    expect(new Set(drawn(faults, 3)).size).toBe(faults.length);
  });
  it("come from every file before a second one comes from any", () => {
    const first = [...drawn(faults, 4)].slice(0, 3).map(({ file }) => file);
    expect(first.sort()).toEqual(["a.h", "b.h", "c.h"]);
  });
});
