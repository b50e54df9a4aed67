import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { repository } from "../setup/artifacts.ts";
import { steps } from "./step-table.ts";
import { stages } from "./test-stages.ts";

describe("the table of set-up", () => {
  const ids = steps.map(({ id }) => id);

  it("has each step once, and every step that another one or a stage of the tests needs", () => {
    expect(ids).toEqual([...new Set(ids)]);
    const needed = [...steps, ...stages].flatMap(({ needs = [] }) => needs);
    expect(needed.filter((id) => !ids.includes(id))).toEqual([]);
  });

  it("names inputs that are there: a step whose input was moved away would never be made again", () => {
    const inputs = new Set(steps.flatMap((step) => step.inputs));
    expect([...inputs].filter((path) => !existsSync(join(repository, path)))).toEqual([]);
  });
});
