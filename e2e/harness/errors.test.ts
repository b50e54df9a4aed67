import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "@jest/globals";
import { repository } from "../bootstrap/artifacts.ts";
import { harnessCodes } from "./errors.ts";

it("every error of the harness is documented, and nothing else", () => {
  const text = readFileSync(join(repository, "docs/errors.md"), "utf8");
  const section = text.split(/^## /m).find((part) => part.startsWith("e2e harness\n")) ?? "";
  const documented = [...section.matchAll(/^\| `?(E2E_[A-Z_]+)`? \|/gm)].map((row) => row[1]);
  expect(documented.sort()).toEqual([...harnessCodes].sort());
});
