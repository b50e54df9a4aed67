import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import { admission, admissionFile, erasable, generate, generatedDirectory } from "../scripts/generate.ts";

const scratch = mkdtempSync(join(tmpdir(), "generated-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const contents = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((file) => [file, readFileSync(join(folder, file), "utf8")]),
  );

describe("the generated types", () => {
  it("are what generating from crds/ gives now", async () => {
    await generate(scratch);
    expect(contents(generatedDirectory)).toEqual(contents(scratch));
  }, 60_000);

  it("go with admission policies that are what generating gives now", async () => {
    expect(readFileSync(admissionFile, "utf8")).toBe(await admission());
  });

  it("have unions for enums, strings for dates and no index signatures", () => {
    const source =
      'export enum Key {\n    A = "a",\n    B = "b",\n}\nexport interface X {\n    at: Date;\n    [property: string]: any;\n}';
    expect(erasable(source, "x.yaml")).toBe(
      '// Generated from crds/x.yaml; do not edit.\nexport type Key = "a" | "b";\nexport interface X {\n    at: string;\n}\n',
    );
    expect(erasable("metadata?: { [key: string]: any };", "x.yaml")).toContain("metadata?: ObjectMeta;");
    expect(() => erasable("export interface X {\n    y: any;\n}", "x.yaml")).toThrow(/an enum or an any is left/);
  });
});
