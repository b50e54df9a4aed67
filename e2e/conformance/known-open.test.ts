import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { CaseResult } from "./case-results.ts";
import { judgedByList, loadKnownOpen } from "./known-open.ts";

const result = (id: string, status: CaseResult["status"]): CaseResult => ({
  ...{ id, features: [], status, ms: 1 },
  reason: status === "failed" ? "exit 0" : "",
});
const open = new Map([["listed", "no hook yet"]]);

describe("a case that is listed as known open", () => {
  it("counts as open when it fails, with the reason of the list and what was seen", () => {
    expect(judgedByList(result("listed", "failed"), open)).toMatchObject({
      ...{ status: "open", reason: "known open: no hook yet", seen: "exit 0" },
    });
  });

  it("fails when it passes, so that the list shrinks", () => {
    const { status, reason } = judgedByList(result("listed", "passed"), open);
    expect(status).toBe("failed");
    expect(reason).toMatch(/take it off the list/);
  });

  it("stays skipped when it is skipped", () => {
    expect(judgedByList(result("listed", "skipped"), open).status).toBe("skipped");
  });

  it("changes nothing for others", () => {
    for (const status of ["passed", "failed", "skipped"] as const)
      expect(judgedByList(result("other", status), open)).toEqual(result("other", status));
  });
});

describe("the list", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "portcullis-open-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const load = (text: string) => {
    writeFileSync(join(folder, "list.yaml"), text);
    return loadKnownOpen(join(folder, "list.yaml"));
  };

  it("gives every case its reason", () => {
    expect([...load("- reason: r\n  cases: [a, b]\n- reason: s\n  cases: [c]\n")]).toEqual([
      ["a", "r"],
      ["b", "r"],
      ["c", "s"],
    ]);
  });

  it("is refused when a case is in it twice, or without a reason", () => {
    expect(() => load("- reason: r\n  cases: [a, a]\n")).toThrow(/a is listed twice/);
    expect(() => load("- cases: [a]\n")).toThrow(/reason/);
  });

  it("of this project can be read", () => {
    expect(() => loadKnownOpen(join(import.meta.dirname, "known-open.yaml"))).not.toThrow();
  });
});
