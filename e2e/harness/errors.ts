// The harness's failures: one class, a stable code each.

/** Every code; docs/errors.md says when each comes and what to do. */
export const harnessCodes = [
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
export type HarnessCode = (typeof harnessCodes)[number];

export class HarnessError extends Error {
  readonly code: HarnessCode;

  constructor(code: HarnessCode, message: string, options?: ErrorOptions) {
    super(`${code}: ${message}`, options);
    this.name = "HarnessError";
    this.code = code;
  }
}
