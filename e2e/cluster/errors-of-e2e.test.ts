/** The error codes of all of e2e, conformance and demo included, are those of docs/errors.md. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "@jest/globals";
import { repository } from "@portcullis/tools/setup";
import { CaseInvalidError, clusterCodes, DemoFailedError, StepFailedError, WaitedInVainError } from "./errors.ts";

it("every error of e2e is documented, and nothing else", () => {
  const text = readFileSync(join(repository, "docs/errors.md"), "utf8");
  const section = text.split(/^## /m).find((part) => part.startsWith("e2e\n")) ?? "";
  const documented = [...section.matchAll(/^\| `?((?:E2E|CONFORMANCE|DEMO)_[A-Z_]+)`? \|/gm)].map((row) => row[1]);
  const others = [new CaseInvalidError("", ""), new StepFailedError(), new WaitedInVainError(), new DemoFailedError()];
  expect(documented.sort()).toEqual([...clusterCodes, ...others.map(({ code }) => code)].sort());
});
