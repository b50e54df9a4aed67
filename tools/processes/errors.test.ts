import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { setupCodes } from "./errors.ts";

describe("docs/errors.md", () => {
  it("lists the codes of set-up, and no others of that name", () => {
    const page = readFileSync(join(import.meta.dirname, "..", "..", "docs", "errors.md"), "utf8");
    const listed = [...page.matchAll(/^\| (SETUP_\w+) \|/gm)].map(([, code]) => code);
    expect(listed.sort()).toEqual([...setupCodes].sort());
  });
});
