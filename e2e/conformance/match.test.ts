import { describe, expect, it } from "@jest/globals";
import type { Expectation } from "./case.ts";
import { judgeAlerts, judgeControl, judgeLogs, judgeOutcome, judgeStatus, meets, wantsNone } from "./match.ts";

const expectation = (e: Partial<Expectation>): Expectation => ({
  exit: "any",
  exitAsserted: true,
  alerts: [],
  noAlert: false,
  noAlertMatching: [],
  logs: [],
  noLogs: false,
  logsNonEmpty: false,
  ...e,
});
const outcome = (exitCode: number, output = "", failedToStart = false) => ({ exitCode, output, failedToStart });
const alert = { PolicyName: "p", Action: "Block", Resource: "/bin/sleep 1", ATags: ["a", "b"], Severity: "5" };

describe("a matcher", () => {
  it("compares PolicyName exactly", () => expect(meets(alert, { PolicyName: "p" })).toBe(true));
  it("does not take a prefix of PolicyName", () =>
    expect(meets({ ...alert, PolicyName: "pq" }, { PolicyName: "p" })).toBe(false));
  it("finds Resource anywhere in the alert's", () => expect(meets(alert, { Resource: "/bin/sleep" })).toBe(true));
  it("wants every listed tag", () => expect(meets(alert, { Tags: ["a", "c"] })).toBe(false));
  it("is not met by an absent field", () =>
    expect(meets({ ...alert, Severity: undefined as never }, { Severity: "5" })).toBe(false));
});

describe("a step that expects denial", () => {
  const denied = expectation({ exit: "denied" });
  it("is met by the denial's text and a status", () =>
    expect(judgeOutcome(denied, outcome(126, "sleep: Permission denied"))).toBeUndefined());
  it("is met by a program that could not be started", () =>
    expect(judgeOutcome(denied, outcome(126, "", true))).toBeUndefined());
  it("is not met by status 0", () =>
    expect(judgeOutcome(denied, outcome(0, "Permission denied"))).toMatch(/expected to be denied/));
  it("is not met by another failure", () =>
    expect(judgeOutcome(denied, outcome(1, "not found"))).toMatch(/expected to be denied/));
  it("wants its own pattern where there is one", () =>
    expect(
      judgeOutcome(expectation({ exit: "denied", outputMatches: "cat.*denied" }), outcome(1, "ls: denied")),
    ).toBeDefined());
});

describe("a step that expects permission", () => {
  it("is met by status 0", () => expect(judgeOutcome(expectation({ exit: "allowed" }), outcome(0))).toBeUndefined());
  it("is not met by a denial's text, whatever the status", () =>
    expect(judgeOutcome(expectation({ exit: "allowed" }), outcome(0, "Operation not permitted"))).toMatch(
      /was denied/,
    ));
  it("takes the exit code it names", () =>
    expect(judgeOutcome(expectation({ exit: "allowed", exitCode: 1 }), outcome(1))).toBeUndefined());
  it("checks the output", () =>
    expect(judgeOutcome(expectation({ exit: "allowed", stdoutContains: "x" }), outcome(0, "y"))).toBeDefined());
});

describe("the control run", () => {
  it("fails a denied step that is denied without any policy", () =>
    expect(judgeControl(expectation({ exit: "denied" }), outcome(1, "Permission denied"))).toMatch(
      /without any policy/,
    ));
  it("lets a denied step end with any status of its own", () =>
    expect(judgeControl(expectation({ exit: "denied" }), outcome(1, "usage"))).toBeUndefined());
  it("fails an allowed step that does not give its output", () =>
    expect(judgeControl(expectation({ exit: "allowed", outputMatches: "hello" }), outcome(0, ""))).toBeDefined());
});

describe("alerts", () => {
  it("must include one for every matcher", () =>
    expect(judgeAlerts(expectation({ alerts: [{ PolicyName: "p" }, { PolicyName: "q" }] }), [alert])).toMatch(
      /no alert meets/,
    ));
  it("must be absent where none is expected", () =>
    expect(judgeAlerts(expectation({ noAlert: true }), [alert])).toMatch(/expected no alert/));
  it("must not meet a forbidden matcher", () =>
    expect(judgeAlerts(expectation({ noAlertMatching: [{ Action: "Block" }] }), [alert])).toMatch(/must not be/));
});

describe("logs", () => {
  const opened = { Type: "ContainerLog", Operation: "File", Resource: "/etc/passwd" };
  const executed = { Type: "ContainerLog", Operation: "Process", Resource: "/bin/cat" };
  it("must include one for every matcher", () =>
    expect(judgeLogs(expectation({ logs: [{ Operation: "Process" }] }), [opened])).toMatch(/no log meets/));
  it("must be there where any are expected, and absent where none is", () => {
    expect(judgeLogs(expectation({ logsNonEmpty: true }), [])).toMatch(/there were none/);
    expect(judgeLogs(expectation({ noLogs: true }), [opened])).toMatch(/expected no log/);
  });
  it("must be of the named operations alone", () => {
    const files = expectation({ logOperationsSubsetOf: ["File"] });
    expect(judgeLogs(files, [opened, executed])).toMatch(/logs of File alone; there was .*Process/);
    expect(judgeLogs(files, [opened])).toBeUndefined();
  });
  it("of executions must all be without a Resource, or all have one", () => {
    const dropped = expectation({ logs: [{ Operation: "Process", ResourceEmpty: true }] });
    expect(judgeLogs(dropped, [{ ...executed, Resource: "" }, opened])).toBeUndefined();
    expect(judgeLogs(dropped, [{ ...executed, Resource: "" }, executed])).toMatch(/no Resource in every log/);
  });
  it("are waited for where something must not be among them", () => {
    expect(wantsNone(expectation({ noLogs: true }))).toBe(true);
    expect(wantsNone(expectation({ logs: [{ Operation: "File" }] }))).toBe(false);
  });
});

describe("a status", () => {
  const got = {
    conditions: [{ type: "Enforced", status: "True", reason: "Complete", message: "1/1 nodes enforce it" }],
    problems: [{ origin: "spec.file", reason: "Unsupported", message: "no globs" }],
  };
  const wanted = { policy: "p", conditions: [], problems: [], noProblems: false, warnings: [] };
  const enforced = { type: "Enforced", status: "True" as const };
  it("is met by conditions that say so", () =>
    expect(judgeStatus({ ...wanted, conditions: [{ ...enforced, messageMatches: "1/1" }] }, got)).toBeUndefined());
  it("is not met by another reason", () =>
    expect(judgeStatus({ ...wanted, conditions: [{ ...enforced, reason: "NoWorkload" }] }, got)).toMatch(/Enforced/));
  it("is not met by a condition that is not there", () =>
    expect(judgeStatus({ ...wanted, conditions: [{ type: "Accepted", status: "True" }] }, got)).toMatch(/Accepted/));
  it("wants each problem", () =>
    expect(judgeStatus({ ...wanted, problems: [{ messageMatches: "glob" }, { origin: "spec.x" }] }, got)).toMatch(
      /no problem meets .*spec\.x/,
    ));
  it("wants no problem where none is expected", () =>
    expect(judgeStatus({ ...wanted, noProblems: true }, got)).toMatch(/expected no problem/));
  it("wants each warning", () =>
    expect(judgeStatus({ ...wanted, warnings: [{ reason: "Widened" }] }, got)).toMatch(/no warning meets/));
});
