/** The judging half of the runner: does what happened meet what the case expects. Pure. */
import type { Case, Expectation, Matcher, Saying, StatusExpectation } from "./case.ts";

/** The fields of an alert's JSON document that matchers look at. */
export interface ObservedAlert {
  Type?: string;
  PolicyName?: string;
  Operation?: string;
  Action?: string;
  Result?: string;
  Severity?: string;
  Message?: string;
  NamespaceName?: string;
  Resource?: string;
  Source?: string;
  Data?: string;
  ContainerName?: string;
  ATags?: readonly string[];
  Count?: number;
}

/** What one exec step did. `failedToStart`: the runtime could not execute the program at all. */
export interface Outcome {
  exitCode: number;
  output: string;
  failedToStart: boolean;
}

const exact = ["Type", "PolicyName", "Operation", "Action", "Result", "Severity", "Message", "NamespaceName"] as const;
const within = ["Resource", "Source", "Data", "ContainerName"] as const;
const denialText = /[Pp]ermission denied|Operation not permitted/;

/** Whether an alert meets a matcher: exact fields equal, substring fields contained, every listed tag present. */
export function meets(alert: ObservedAlert, m: Matcher): boolean {
  return (
    exact.every((k) => m[k] === undefined || alert[k] === m[k]) &&
    within.every((k) => m[k] === undefined || (alert[k] ?? "").includes(m[k])) &&
    (m.Tags ?? []).every((tag) => alert.ATags?.includes(tag)) &&
    (m.ResourceEmpty === undefined || ((alert.Resource ?? "") === "") === m.ResourceEmpty)
  );
}

/** Why the outcome of a step's command is not the expected one; undefined when it is. */
export function judgeOutcome(expect: Expectation, got: Outcome): string | undefined {
  if (expect.exit === "denied")
    return got.failedToStart ? undefined : (judgeDenied(expect, got) ?? judgeOutput(expect, got));
  return (expect.exit === "allowed" ? judgeAllowed(expect, got) : undefined) ?? judgeOutput(expect, got);
}

const shownOutcome = (got: Outcome): string =>
  `exit ${got.exitCode}, output ${JSON.stringify(got.output.slice(0, 300))}`;

function judgeAllowed(expect: Expectation, got: Outcome): string | undefined {
  if (got.failedToStart || denialText.test(got.output))
    return `expected to be allowed, was denied: ${shownOutcome(got)}`;
  const code = expect.exitCode ?? 0;
  return code !== "any" && got.exitCode !== code ? `expected exit ${code}: ${shownOutcome(got)}` : undefined;
}

function judgeDenied(expect: Expectation, got: Outcome): string | undefined {
  const pattern = expect.outputMatches === undefined ? denialText : new RegExp(expect.outputMatches);
  if (!pattern.test(got.output)) return `expected to be denied with ${pattern}: ${shownOutcome(got)}`;
  if (expect.exitCode !== "any" && got.exitCode === 0) return `expected to be denied: ${shownOutcome(got)}`;
  return typeof expect.exitCode === "number" && got.exitCode !== expect.exitCode
    ? `expected exit ${expect.exitCode}: ${shownOutcome(got)}`
    : undefined;
}

/** The output checks alone: they hold in the control run of an allowed step too. */
function judgeOutput(expect: Expectation, got: Outcome): string | undefined {
  const shown = `output ${JSON.stringify(got.output.slice(0, 300))}`;
  if (
    expect.outputMatches !== undefined &&
    expect.exit !== "denied" &&
    !new RegExp(expect.outputMatches).test(got.output)
  )
    return `expected /${expect.outputMatches}/: ${shown}`;
  if (expect.outputNotMatches !== undefined && new RegExp(expect.outputNotMatches).test(got.output))
    return `expected not /${expect.outputNotMatches}/: ${shown}`;
  if (expect.stdoutContains !== undefined && !got.output.includes(expect.stdoutContains))
    return `expected ${JSON.stringify(expect.stdoutContains)} in the ${shown}`;
  return undefined;
}

/** Why a step proves nothing: without any policy a denied step must not be denied, an allowed one must give its output. */
export function judgeControl(expect: Expectation, got: Outcome): string | undefined {
  const shown = `output ${JSON.stringify(got.output.slice(0, 300))}`;
  if (expect.exit === "denied") {
    const pattern = expect.outputMatches === undefined ? denialText : new RegExp(expect.outputMatches);
    return got.failedToStart || pattern.test(got.output) ? `denied without any policy: ${shown}` : undefined;
  }
  return expect.exit === "allowed" ? judgeOutput(expect, got) : undefined;
}

/** The matchers of a step that no alert met, or the alerts that should not have been. */
export function judgeAlerts(expect: Expectation, alerts: readonly ObservedAlert[]): string | undefined {
  const missing = expect.alerts.find((m) => !alerts.some((a) => meets(a, m)));
  if (missing) return `no alert meets ${show(missing)}; there were ${showAll(alerts)}`;
  if (expect.noAlert && alerts.length > 0) return `expected no alert; there were ${showAll(alerts)}`;
  for (const m of expect.noAlertMatching) {
    const found = alerts.find((a) => meets(a, m));
    if (found) return `an alert meets ${show(m)}, which must not be: ${show(found)}`;
  }
  return undefined;
}

/** The same of logs. */
export function judgeLogs(expect: Expectation, logs: readonly ObservedAlert[]): string | undefined {
  const missing = expect.logs.find((m) => !logs.some((log) => meets(log, m)));
  if (missing) return `no log meets ${show(missing)}; there were ${showAll(logs)}`;
  if (expect.logsNonEmpty && logs.length === 0) return "expected logs; there were none";
  if (expect.noLogs && logs.length > 0) return `expected no log; there were ${showAll(logs)}`;
  const allowed = expect.logOperationsSubsetOf;
  const other = allowed && logs.find(({ Operation = "" }) => !allowed.includes(Operation));
  if (other) return `expected logs of ${allowed.join(", ")} alone; there was ${showAll([other])}`;
  // Of executions every log of the step has a Resource, or none has.
  const { ResourceEmpty: empty } = expect.logs.find((m) => m.ResourceEmpty !== undefined) ?? {};
  const odd = logs.find((a) => a.Operation === "Process" && empty !== undefined && !meets(a, { ResourceEmpty: empty }));
  return odd && `expected ${empty ? "no" : "a"} Resource in every log of an execution; there was ${showAll([odd])}`;
}

/** Whether a step is judged by what does not arrive, so that it has to be waited for. */
export function wantsNone({ noAlert, noAlertMatching, noLogs, logOperationsSubsetOf, logs }: Expectation): boolean {
  const judged = logOperationsSubsetOf !== undefined || logs.some((m) => m.ResourceEmpty !== undefined);
  return noAlert || noAlertMatching.length > 0 || noLogs || judged;
}

/** Whether some step of the case looks at logs. */
export function looksAtLogs({ steps }: Case): boolean {
  const expectations = steps.flatMap(({ expect, parallel = [] }) => [expect, ...parallel.map((one) => one.expect)]);
  return expectations.some(
    (e) => e && (e.logs.length > 0 || e.noLogs || e.logsNonEmpty || e.logOperationsSubsetOf !== undefined),
  );
}

/** What matchers look at in a policy's status. */
export interface PolicyStatus {
  readonly conditions?: readonly (Said & { readonly type: string; readonly status: string })[];
  readonly problems?: readonly Said[];
  readonly warnings?: readonly Said[];
}
interface Said {
  readonly origin?: string;
  readonly reason?: string;
  readonly message?: string;
}

/** What of an expected status is not so; undefined when all of it is. */
export function judgeStatus(expect: StatusExpectation, got: PolicyStatus): string | undefined {
  const { conditions = [], problems = [], warnings = [] } = got;
  for (const wanted of expect.conditions) {
    const found = conditions.find(({ type }) => type === wanted.type);
    if (!found || found.status !== wanted.status || !says(found, wanted))
      return `expected the condition ${show(wanted)}; it is ${show(found ?? {})}`;
  }
  const missing = (all: readonly Said[], wanted: readonly Saying[]) =>
    wanted.find((w) => !all.some((one) => says(one, w)));
  const problem = missing(problems, expect.problems);
  if (problem) return `no problem meets ${show(problem)}; there are ${show(problems)}`;
  if (expect.noProblems && problems.length > 0) return `expected no problem; there are ${show(problems)}`;
  const warning = missing(warnings, expect.warnings);
  return warning ? `no warning meets ${show(warning)}; there are ${show(warnings)}` : undefined;
}

const says = (said: Said, { origin, reason, messageMatches }: Saying): boolean =>
  (origin === undefined || said.origin === origin) &&
  (reason === undefined || said.reason === reason) &&
  (messageMatches === undefined || new RegExp(messageMatches).test(said.message ?? ""));

const show = (value: object): string => JSON.stringify(value);
const showAll = (alerts: readonly ObservedAlert[]): string =>
  alerts.length === 0
    ? "none"
    : alerts
        .slice(0, 5)
        .map((a) =>
          show({
            PolicyName: a.PolicyName,
            Operation: a.Operation,
            Action: a.Action,
            Result: a.Result,
            Severity: a.Severity,
            Source: a.Source,
            Resource: a.Resource,
          }),
        )
        .join(" ") + (alerts.length > 5 ? ` and ${alerts.length - 5} more` : "");
