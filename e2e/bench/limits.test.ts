import { describe, expect, it } from "@jest/globals";
import type { Figure } from "./figures.ts";
import { holds, limitLine, limitsOf } from "./limits.ts";
import { operations } from "./operations.ts";
import { isMeasured, limitRow, noBpf, rows } from "./rows.ts";

const base = 10_000;

/** Figures of every row on 6.12. `cost` says what an operation is to cost against the base; everything else costs 1 % more. */
function figures(cost: Readonly<Record<string, number>> = {}, kernel = "6.12"): Figure[] {
  return operations.flatMap((one) =>
    one.places.flatMap((filesystem) =>
      rows
        .filter((row) => isMeasured(row, one))
        .map(({ name }) => {
          const operation = one.name;
          const ratio = cost[`${operation} ${filesystem} ${name}`] ?? (name === noBpf ? 1 : 1.01);
          return { kernel, operation, filesystem, name, ratio, instructions: Math.round(base * ratio) };
        }),
    ),
  );
}

const broken = (all: readonly Figure[], load = 1.4e9): string[] =>
  limitsOf(all, load)
    .filter((limit) => !holds(limit))
    .map(limitLine);

describe("the bench's limits", () => {
  it("hold where everything costs 1 %", () => {
    expect(broken(figures())).toEqual([]);
    expect(limitsOf(figures(), 1.4e9)).toHaveLength(52);
  });

  it.each([
    [
      "open+close tmpfs not a subject",
      1.0161,
      "open+close on tmpfs, not a subject, above the limit row: 61 instructions a call, at most 60",
    ],
    [
      "open+close overlayfs container, no policy",
      1.0262,
      "open+close on overlayfs, container, no policy, above the limit row: 81 instructions a call, at most 80",
    ],
    ["open+close overlayfs subject, rules elsewhere", 1.051, "subject, rules elsewhere: 5.10 %, at most 5.00"],
    [
      "open+close tmpfs subject, matched to the last component",
      1.011,
      "subject, matched to the last component (AppArmor, container default): 1.10 %, at most 1.00",
    ],
    [
      "fork+exec tmpfs subject, rules elsewhere",
      1.014,
      "fork+exec on tmpfs, subject, rules elsewhere (AppArmor, container default + 0.3): 1.40 %, at most 1.30",
    ],
    ["create+unlink tmpfs subject, rules elsewhere", 1.061, "create+unlink on tmpfs, subject, rules elsewhere: 6.10 %"],
    [
      "mkdir+rmdir overlayfs subject, matched to the last component",
      1.201,
      "mkdir+rmdir on overlayfs, subject, matched",
    ],
    ["rename tmpfs subject, 10000 rules", 1.0312, "rename on tmpfs, 10000 rules against 1: 1.021 ×, at most 1.020"],
    ["open+close tmpfs subject, 200 patterns", 1.07, "200 patterns against exact names: 5.94 %, at most 5.00"],
    [
      "socket+bind+close lo not a subject",
      1.0344,
      "socket+bind+close, not a subject, above the limit row: 81 instructions a call, at most 80",
    ],
    [
      "connect lo subject, matched to the last component",
      1.14,
      "matched to the last component, against the limit row: 12.87",
    ],
  ])("are broken by %s at %d", (what, ratio, line) => {
    const lines = broken(figures({ [what]: ratio }));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(line);
  });

  it("take two calls of the hook for an open on overlayfs, one on tmpfs", () => {
    const cost = (fileSystem: string) => figures({ [`open+close ${fileSystem} ${limitRow}`]: 1.0 });
    expect(broken(cost("tmpfs"))).toEqual(
      [expect.stringContaining("not a subject, above the limit row: 100")].concat([
        expect.stringContaining("no policy, above the limit row: 100"),
      ]),
    );
    expect(broken(cost("overlayfs"))).toEqual([]);
  });

  it("are broken by what was not measured, and by a slow load", () => {
    expect(broken([], Number.NaN)).toHaveLength(52);
    expect(broken([], Number.NaN)[0]).toContain("not measured");
    expect(broken(figures(), 1.51e9)).toEqual(["BROKEN  load and attach: 1.51 G, at most 1.50"]);
  });

  it("are about kernel 6.12 alone", () => {
    const slow = figures({ "open+close tmpfs not a subject": 2 }, "6.1");
    expect(broken([...slow, ...figures()])).toEqual([]);
  });
});
