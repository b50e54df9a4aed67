import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";

const root = join(import.meta.dirname, "..", "..", "..");
/** An error code as it is written in an errors.ts: a string of upper-case words. */
const literal = /"((?:[A-Z][A-Z0-9]*_)+[A-Z0-9]+)"/g;
const row = /^\| ((?:[A-Z][A-Z0-9]*_)+[A-Z0-9]+) \|(.*)\|(.*)\|$/gm;

const files = [...globSync("packages/*/src/**/errors.ts", { cwd: root }), "native/src/errors.ts"].filter((path) =>
  existsSync(join(root, path)),
);
const doc = readFileSync(join(root, "docs", "errors.md"), "utf8");
const rows = [...doc.matchAll(row)].map(([, code = "", when = "", remedy = ""]) => ({ code, when, remedy }));
const codesOf = (path: string): string[] =>
  [...readFileSync(join(root, path), "utf8").matchAll(literal)].map(([, code = ""]) => code);

describe("docs/errors.md", () => {
  it.each(files)("has every code of %s", (path) => {
    const codes = codesOf(path);
    expect(codes.length).toBeGreaterThan(0);
    expect(codes.filter((code) => !rows.some((entry) => entry.code === code))).toEqual([]);
  });

  it("has no code that a package no longer has", () => {
    const prefixes = new Set(files.flatMap(codesOf).map((code) => code.split("_")[0]));
    const known = new Set(files.flatMap(codesOf));
    const stale = rows.map(({ code }) => code).filter((code) => prefixes.has(code.split("_")[0]) && !known.has(code));
    expect(prefixes.size).toBeGreaterThan(3);
    expect(stale).toEqual([]);
  });

  it("says for each, once, when it happens and what to do", () => {
    const codes = rows.map(({ code }) => code);
    expect(codes.filter((code, i) => codes.indexOf(code) !== i)).toEqual([]);
    for (const { code, when, remedy } of rows)
      expect([code, when.trim().length > 10, remedy.trim().length > 3]).toEqual([code, true, true]);
  });
});
