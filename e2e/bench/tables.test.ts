import { describe, expect, it } from "@jest/globals";
import { figuresOf } from "./figures.ts";
import { rows } from "./rows.ts";
import { tables } from "./tables.ts";

const row = (name: string): number => rows.findIndex((one) => one.name === name);

/** What measure.sh prints, last what is printed first. */
const lines = [
  `RESULT ${row("no BPF")} open+close tmpfs 10000 `,
  `RESULT ${row("no BPF")} rename overlayfs 20000 `,
  "LOADED 2380000000",
  `RESULT ${row("not a subject")} open+close tmpfs 10240 `,
  `RESULT ${row("subject, rules elsewhere")} rename overlayfs rename /ovl/a/b/c/d/old: Permission denied `,
  `RESULT ${row("limit: an empty program on the same hooks")} open+close tmpfs 10180 `,
];

describe("the bench's figures", () => {
  it("are read from the lines of the guest, against what the same costs without BPF", () => {
    const { figures, load, troubles } = figuresOf("6.12", lines);
    expect(figures.map(({ name, ratio }) => [name, ratio])).toEqual([
      ["no BPF", 1],
      ["no BPF", 1],
      ["limit: an empty program on the same hooks", 1.018],
      ["not a subject", 1.024],
    ]);
    expect(load).toBe(2.38e9);
    expect(troubles).toHaveLength(1);
  });

  it("leave out what failed in the guest, and say so", () => {
    const { troubles } = figuresOf("6.1", [...lines, "TROUBLE profile 11"]);
    expect(troubles).toEqual([
      "6.1: profile 11",
      expect.stringMatching(/^6\.1: subject, rules elsewhere, rename on overlayfs: .*Permission denied/),
    ]);
  });

  it("have no ratio where the operation was not measured without BPF, and no load where the engine was not loaded", () => {
    const { figures, load } = figuresOf("6.12", [`RESULT ${row("not a subject")} open+close tmpfs 10240 `]);
    expect([figures[0]?.ratio, load]).toEqual([Number.NaN, Number.NaN]);
  });
});

describe("the bench's tables", () => {
  it("are one for each kernel, operation and file system, with what each row costs, above the limit row too, and KubeArmor's", () => {
    const all = ["6.12", "6.1"].flatMap((kernel) => figuresOf(kernel, lines).figures);
    const text = tables(all);
    expect(text.split("\n\n")).toHaveLength(4);
    expect(text).toMatch(/^6\.12 open\+close tmpfs .*\n {2}no BPF /m);
    expect(text).toMatch(/^ {2}not a subject {2,}10240 {2,}\+2\.4 % {2,}60 {3}\+10 %$/m);
    expect(text).toMatch(/^ {2}not a subject {2,}10240 {2,}\+2\.4 % {2,}60$/m);
    expect(text).toMatch(/^6\.12 rename overlayfs .*\n {2}no BPF {2,}20000 {2,}\+0\.0 %$/m);
  });
});
