import { describe, expect, it } from "@jest/globals";
import { add, fromConformance, fromJest, none, one, sentence } from "./test-counts.ts";

describe("the sum of all suites", () => {
  it("reads as one line, and names skips only where there are some", () => {
    expect(sentence(add(one(true), one(false)))).toBe("1 passed, 1 failed");
    expect(sentence({ ...none, passed: 3, skipped: [{ count: 2, reason: "no kernel" }] })).toBe(
      "3 passed, 0 failed, 2 skipped",
    );
  });

  it("counts jest's tests, and a file that could not be loaded as a failure", () => {
    const assertions = ["passed", "failed", "pending", "todo"].map((status) => ({
      status,
      fullName: `a ${status} test`,
    }));
    const report = {
      numPassedTests: 1,
      numFailedTests: 1,
      numRuntimeErrorTestSuites: 1,
      testResults: [{ name: "x.test.ts", assertionResults: assertions }],
    };
    expect(fromJest(JSON.stringify(report))).toEqual({
      passed: 1,
      failed: 2,
      skipped: [
        { count: 1, reason: "switched off: a pending test" },
        { count: 1, reason: "to do: a todo test" },
      ],
    });
  });

  it("gathers the skips of conformance, and the cases known to be open, by their reason", () => {
    const cases = [
      { id: "a", status: "passed" },
      { id: "b", status: "skipped", reason: "network" },
      { id: "c", status: "skipped", reason: "network" },
      { id: "d", status: "failed", reason: "exit 0" },
      { id: "e", status: "open", reason: "known open: no hook", seen: "exit 0" },
    ];
    expect(fromConformance(JSON.stringify({ cases }))).toEqual({
      passed: 1,
      failed: 1,
      skipped: [
        { count: 2, reason: "network" },
        { count: 1, reason: "known open: no hook" },
      ],
    });
  });
});
