import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "@jest/globals";
import { AutomatonBudgetError } from "../src/errors.ts";

it("every error of the package is documented, and nothing else", () => {
  const text = readFileSync(join(import.meta.dirname, "../../../docs/errors.md"), "utf8");
  const section = text.split(/^## /m).find((part) => part.startsWith("policy\n")) ?? "";
  const documented = [...section.matchAll(/^\| `?([A-Z_]+)`? \|/gm)].map((row) => row[1]);
  expect(documented).toEqual([new AutomatonBudgetError("states", 2, 1, "spec").code]);
});
