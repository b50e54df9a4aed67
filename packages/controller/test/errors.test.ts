import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";

const root = join(import.meta.dirname, "../../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

describe("docs/errors.md", () => {
  it("lists the codes of this package, and no others", () => {
    const section = /^## controller$([\s\S]*?)(?=^## |(?![\s\S]))/m.exec(read("docs/errors.md"))?.[1] ?? "";
    const listed = [...section.matchAll(/^\| ([A-Z_]+) \|/gm)].map((match) => match[1]);
    const thrown = [...read("packages/controller/src/errors.ts").matchAll(/code = "([A-Z_]+)"/g)].map(
      (match) => match[1],
    );
    expect(thrown.length).toBeGreaterThan(0);
    expect(listed.sort()).toEqual(thrown.sort());
  });
});
