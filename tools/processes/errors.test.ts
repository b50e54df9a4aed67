import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { releaseCodes, setupCodes } from "./errors.ts";

describe("docs/errors.md", () => {
  const page = readFileSync(join(import.meta.dirname, "..", "..", "docs", "errors.md"), "utf8");

  it("lists the codes of set-up, and no others of that name", () => {
    const listed = [...page.matchAll(/^\| (SETUP_\w+) \|/gm)].map(([, code]) => code);
    expect(listed.sort()).toEqual([...setupCodes].sort());
  });

  it("lists the codes of a release, and no others of that name", () => {
    const listed = [...page.matchAll(/^\| (RELEASE_\w+) \|/gm)].map(([, code]) => code);
    expect(listed.sort()).toEqual([...releaseCodes].sort());
  });
});
