import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { generatedFile, schemas } from "../scripts/generate.ts";
import { checks } from "../src/lint/checks.ts";

const root = join(import.meta.dirname, "../../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

describe("documents of the command", () => {
  it("docs/lint.md has a row for each check, with its severity, and no others", () => {
    const rows = [...read("docs/lint.md").matchAll(/^\| `([a-z-]+)` \| (\w+)/gm)].map(([, code, severity]) => [
      code,
      severity,
    ]);
    expect(rows.sort()).toEqual(
      Object.entries(checks)
        .map(([code, { severity }]) => [code, severity])
        .sort(),
    );
  });

  it("docs/errors.md lists the codes of this package, and no others", () => {
    const section =
      read("docs/errors.md")
        .split(/^## /m)
        .find((part) => part.startsWith("cli\n")) ?? "";
    const listed = [...section.matchAll(/^\| ([A-Z_]+) \|/gm)].map((match) => match[1]);
    const thrown = [...read("packages/cli/src/errors.ts").matchAll(/code = "([A-Z_]+)"/g)].map((match) => match[1]);
    expect(thrown.length).toBeGreaterThan(0);
    expect(listed.sort()).toEqual(thrown.sort());
  });

  it("the schemas are those of crds/", () => {
    expect(readFileSync(generatedFile, "utf8")).toBe(schemas());
  });
});

describe("the tests of lint", () => {
  it("name every check", () => {
    const tests = ["lint.test.ts", "rules.test.ts"].map((file) => read(`packages/cli/test/${file}`)).join("\n");
    expect(Object.keys(checks).filter((code) => !tests.includes(code))).toEqual([]);
  });
});
