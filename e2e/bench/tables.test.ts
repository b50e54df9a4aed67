import { describe, expect, it } from "@jest/globals";
import { rows } from "./rows.ts";
import { broken, type Figure, tables } from "./tables.ts";

const base = { "open+close": 10_000, "fork+exec": 1_000_000 } as const;

/** Figures of every row: `cost` says what an operation is to cost against the base; everything else costs 1 % more. */
function figures(cost: Readonly<Record<string, number>> = {}): Figure[] {
  return (["open+close", "fork+exec"] as const).flatMap((operation) =>
    ["tmpfs", "overlayfs"].flatMap((filesystem) =>
      rows.map(({ name }) => {
        const ratio = cost[`${operation} ${filesystem} ${name}`] ?? (name === "no BPF" ? 1 : 1.01);
        return { operation, filesystem, name, ratio, instructions: Math.round(base[operation] * ratio) };
      }),
    ),
  );
}

describe("the bench's bounds", () => {
  it("hold where everything costs 1 %", () => {
    expect(broken(figures())).toEqual([]);
  });

  it.each([
    ["open+close tmpfs not a subject", 1.031, "open+close on tmpfs, not a subject: +3.1 %, at most +3.0 %"],
    ["open+close overlayfs subject, rules elsewhere", 1.13, "open+close on overlayfs, rules elsewhere: +13.0 %"],
    [
      "open+close overlayfs subject, matched to the last component",
      1.26,
      "open+close on overlayfs, matched to the end",
    ],
    ["fork+exec tmpfs subject, matched to the last component", 1.06, "fork+exec on tmpfs, subject: +6.0 %"],
    ["open+close tmpfs subject, 10000 rules", 1.07, "open+close on tmpfs: 10000 rules take 10700, 1 rule 10100"],
  ])("are broken by %s at %d", (what, ratio, problem) => {
    const problems = broken(figures({ [what]: ratio }));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });

  it("are broken by what was not measured", () => {
    expect(broken([])).toHaveLength(10);
    expect(broken([])[0]).toContain("not measured");
  });
});

describe("the bench's tables", () => {
  it("are one for each operation and file system, with the cost of each row and KubeArmor's beside it", () => {
    const text = tables(figures({ "open+close tmpfs not a subject": 1.024 }));
    expect(text.split("\n\n")).toHaveLength(4);
    expect(text).toMatch(/^ {2}not a subject {2,}10240 {2,}\+2\.4 % {3}\+10 %$/m);
  });
});
