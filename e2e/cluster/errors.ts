/**
 * Everything that e2e can fail with, in the room that all others of e2e may import: the cluster's own failures, the conformance runner's and
 * the demo's. docs/errors.md says of each code when it comes and what to do.
 */

export const clusterCodes = [
  "E2E_ARTIFACT_MISSING",
  "E2E_TIMEOUT",
  "E2E_COMMAND_FAILED",
  "E2E_PROCESS_ENDED",
  "E2E_GUEST_ENDED",
  "E2E_QMP",
  "E2E_NOT_MADE",
  "E2E_UNEXPECTED_ALERT",
  "E2E_OPTION",
] as const;
export type ClusterCode = (typeof clusterCodes)[number];

/** A cluster cannot do what it was asked to. */
export class ClusterError extends Error {
  override readonly name = "ClusterError";
  readonly code: ClusterCode;

  constructor(code: ClusterCode, message: string, options?: ErrorOptions) {
    super(`${code}: ${message}`, options);
    this.code = code;
  }
}

/** Something is wrong with a conformance corpus itself, as opposed to a case that fails. */
export class CaseInvalidError extends Error {
  override readonly name = "CaseInvalidError";
  readonly code = "CONFORMANCE_CASE_INVALID";

  constructor(file: string, problem: string, options?: ErrorOptions) {
    super(`${file}: ${problem}. The format is described in e2e/conformance/README.md`, options);
  }
}

/** Why a case failed, in words for the table. */
export class StepFailedError extends Error {
  override readonly name = "StepFailedError";
  readonly code = "CONFORMANCE_STEP_FAILED";
}

/** What a case waited for did not come. */
export class WaitedInVainError extends Error {
  override readonly name = "WaitedInVainError";
  readonly code = "CONFORMANCE_WAITED_IN_VAIN";
}

/** Something that the demo promises was not seen. */
export class DemoFailedError extends Error {
  override readonly name = "DemoFailedError";
  readonly code = "DEMO_NOT_OBSERVED";
}
