import { describe, expect, it } from "@jest/globals";
import type { Case, Step } from "./case.ts";
import { chosenTenth } from "./chosen-cases.ts";

const step: Step = { exec: ["ls"], user: "root", setup: false };
const makeCase = (id: string, features: readonly string[], steps = 2): Case => ({
  ...{ id, title: id, features: [...features], tags: [], requires: [], config: {}, namespaceAnnotations: {} },
  ...{ workloads: [], policies: [], steps: Array.from({ length: steps }, () => step) },
});
const ids = (cases: readonly Case[]) => cases.map(({ id }) => id);
const plain = (count: number) => Array.from({ length: count }, (_, i) => makeCase(`plain-${i}`, ["a"], 3));

describe("the chosen tenth", () => {
  it("has a tenth of the cases, in their order, whatever else there is", () => {
    expect(chosenTenth(plain(40))).toHaveLength(4);
    expect(ids(chosenTenth([...plain(10), makeCase("last", ["a"], 1)]))).toEqual(["plain-0", "last"]);
  });

  it("shows every feature, by more cases than a tenth if it must be", () => {
    const cases = [makeCase("x", ["b"]), ...plain(10), makeCase("y", ["c"]), makeCase("z", ["d"])];
    const features = chosenTenth(cases).flatMap(({ features }) => features);
    expect([...new Set(features)].sort()).toEqual(["a", "b", "c", "d"]);
    expect(chosenTenth(cases)).toHaveLength(4);
  });

  it("takes the case that shows most, and of equal ones the shorter", () => {
    const cases = [
      makeCase("some", ["a", "b"]),
      makeCase("long", ["a", "b", "c"], 9),
      makeCase("short", ["a", "b", "c"], 4),
    ];
    expect(ids(chosenTenth(cases))).toEqual(["short"]);
  });

  it("of no case is none", () => {
    expect(chosenTenth([])).toEqual([]);
  });
});
