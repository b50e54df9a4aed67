import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Ajv } from "ajv";
import { called, packageFolder } from "./command.ts";
import { policyFile } from "./policy-yaml.ts";

const folder = mkdtempSync(join(tmpdir(), "portcullis-lint-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const lint = (...args: string[]) => called(["lint", ...args], folder);

beforeAll(() => {
  const put = (name: string, spec: string) => {
    const { text } = policyFile(spec, { name: "web" });
    writeFileSync(join(folder, name), text);
  };
  mkdirSync(join(folder, "deep/er"), { recursive: true });
  put("sound.yaml", "process: {matchPaths: [{path: /bin/sleep}]}");
  put("doubtful.yaml", "file: {matchPaths: [{path: /a*}]}");
  put("deep/er/wrong one.yml", "file: {matchPaths: [{path: a}]}");
  put("deep/not-looked-at.txt", "file: {matchPaths: [{path: a}]}");
});

describe("portcullis lint", () => {
  it("ends with 0 where there is nothing, 1 where there are errors, and with --strict for warnings too", async () => {
    expect((await lint("sound.yaml")).status).toBe(0);
    expect((await lint("doubtful.yaml")).status).toBe(0);
    expect((await lint("--strict", "doubtful.yaml")).status).toBe(1);
    expect((await lint("deep/er/wrong one.yml")).status).toBe(1);
  });

  it("ends with 2 for what it is not to do, and says so beside its output", async () => {
    for (const args of [[], ["nothing-here.yaml"], ["--format", "xml", "sound.yaml"], ["--loud", "sound.yaml"]]) {
      const { status, stdout, stderr } = await lint(...args);
      expect([status, stdout]).toEqual([2, ""]);
      expect(stderr).toMatch(/^portcullis: .*\((CLI_USAGE|CLI_FILE_UNREADABLE)\)/);
    }
  });

  it("looks through folders, at YAML alone, and names files as they were given", async () => {
    const { stdout, status } = await lint("deep", "sound.yaml", "sound.yaml");
    expect(status).toBe(1);
    expect(stdout).toMatch(/^deep\/er\/wrong one.yml:6:\d+: error: /);
    expect(stdout).toMatch(/in 2 documents of 2 files\n$/);
  });

  it("compares files with each other unless they stand apart", async () => {
    const codes = async (...args: string[]) => {
      const { stdout } = await lint("--format", "json", ...args, "sound.yaml", "doubtful.yaml");
      return JSON.parse(stdout).findings.map(({ code }: { code: string }) => code);
    };
    expect(await codes()).toContain("duplicate-policy");
    expect(await codes("--apart")).not.toContain("duplicate-policy");
  });

  it("finds no error in the project's own samples, demo and cases", async () => {
    const root = join(packageFolder, "../..");
    const folders = ["crds/samples", "e2e/demo", "e2e/conformance/policies"].map((name) => join(root, name));
    const { status, stdout } = await lint("--apart", ...folders);
    expect(stdout).toMatch(/^0 errors, /m);
    expect(status).toBe(0);
  });

  it("reads the standard input where a - stands for it", async () => {
    const main = join(packageFolder, "src/main.ts");
    const { text } = policyFile("file: {matchPaths: [{path: a}]}");
    const { status, stdout } = spawnSync(process.execPath, [main, "lint", "-"], { input: text, encoding: "utf8" });
    expect([status, stdout.split(" ")[0]]).toEqual([1, "-:6:24:"]);
  });

  it("prints JSON with every finding and the counts", async () => {
    const { findings, counts, files, policies } = JSON.parse((await lint("--format", "json", "doubtful.yaml")).stdout);
    expect({ counts, files, policies }).toEqual({ counts: { error: 0, warning: 1, note: 0 }, files: 1, policies: 1 });
    expect(findings).toEqual([
      {
        file: "doubtful.yaml",
        line: 6,
        column: 24,
        code: "glob-in-path",
        severity: "warning",
        origin: "spec.file.matchPaths[0].path",
        message: 'spec.file.matchPaths[0].path "/a*" has a character of patterns, which stands for itself here',
        remedy: "use matchPatterns if a pattern was meant",
      },
    ]);
  });

  it("prints SARIF 2.1.0 as its schema asks for it", async () => {
    const sarif = JSON.parse((await lint("--format", "sarif", ".")).stdout);
    const validate = new Ajv({ allErrors: true, strict: false }).compile(sarifSchema);
    expect([validate(sarif), validate.errors]).toEqual([true, null]);
    const [{ tool, results }] = sarif.runs;
    const wrong = results.find(({ ruleId }: { ruleId: string }) => ruleId === "invalid-path");
    expect(wrong.level).toBe("error");
    expect(wrong.locations[0].physicalLocation.artifactLocation.uri).toBe("deep/er/wrong%20one.yml");
    for (const { ruleId, ruleIndex } of results) expect(tool.driver.rules[ruleIndex].id).toBe(ruleId);
  });
});

const text = { type: "object", required: ["text"], properties: { text: { type: "string", minLength: 1 } } };
const count = { type: "integer", minimum: 1 };
const level = { enum: ["none", "note", "warning", "error"] };
const object = (properties: Record<string, unknown>, required = Object.keys(properties)) => ({
  type: "object",
  required,
  properties,
  additionalProperties: false,
});
/** What the schema of SARIF 2.1.0 says of all that occurs here. */
const sarifSchema = object({
  $schema: { type: "string" },
  version: { const: "2.1.0" },
  runs: {
    type: "array",
    items: object({
      tool: object({
        driver: object({
          name: { type: "string", minLength: 1 },
          rules: {
            type: "array",
            uniqueItems: true,
            items: object({
              id: { type: "string" },
              shortDescription: text,
              help: text,
              defaultConfiguration: object({ level }),
            }),
          },
        }),
      }),
      columnKind: { enum: ["utf16CodeUnits", "unicodeCodePoints"] },
      results: {
        type: "array",
        minItems: 1,
        items: object({
          ruleId: { type: "string" },
          ruleIndex: { type: "integer", minimum: 0 },
          level,
          message: text,
          locations: {
            type: "array",
            minItems: 1,
            items: object({
              physicalLocation: object({
                artifactLocation: object({ uri: { type: "string", pattern: "^[^ \\\\]+$" } }),
                region: object({ startLine: count, startColumn: count }),
              }),
            }),
          },
        }),
      },
    }),
  },
});
