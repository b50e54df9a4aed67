import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "@jest/globals";
import * as errors from "../src/errors.ts";

it("every error of the package is documented, and nothing else", () => {
  const text = readFileSync(join(import.meta.dirname, "../../../docs/errors.md"), "utf8");
  const section = text.split(/^## /m).find((part) => part.startsWith("enforcer\n")) ?? "";
  const documented = [...section.matchAll(/^\| `?([A-Z_]+)`? \|/gm)].map((row) => row[1]);
  const classes = Object.entries(errors).filter(([name]) => name.endsWith("Error"));
  const concrete = classes.filter(([name]) => name !== "BundleRefusedError");
  expect(Object.keys(errors).filter((name) => !name.endsWith("Error"))).toEqual(["messageOf"]);
  const codes = concrete.map(([, made]) => new (made as new (message: string) => { code: string })("x").code);
  expect(documented.sort()).toEqual(codes.sort());
});
