/**
 * Everything that tools can fail with; it lies in the lowest room so that every other one can throw it. Each message names what is
 * missing and its remedy; docs/errors.md lists the codes.
 */

class CodedError<Code extends string> extends Error {
  readonly code: Code;
  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Something this machine lacks and set-up cannot provide. */
export class SetupError extends CodedError<SetupCode> {
  override readonly name = "SetupError";
}

export const setupCodes = [
  "SETUP_NOT_ROOT",
  "SETUP_NO_APT",
  "SETUP_DISK_FULL",
  "SETUP_DOWNLOAD_FAILED",
  "SETUP_STEP_FAILED",
  "SETUP_IMAGE_RECIPE",
  "SETUP_COMMAND_FAILED",
] as const;
export type SetupCode = (typeof setupCodes)[number];

/** What keeps a release from being pushed. */
export class ReleaseError extends CodedError<ReleaseCode> {
  override readonly name = "ReleaseError";
}

export const releaseCodes = ["RELEASE_OPTION", "RELEASE_KEY", "RELEASE_TAG_TAKEN", "RELEASE_REGISTRY"] as const;
export type ReleaseCode = (typeof releaseCodes)[number];

export interface CommandEnd {
  /** In words that follow the command's name: `ended with status 3`. */
  readonly ended: string;
  readonly status: number | null;
  /** Its time was over. */
  readonly isLate?: boolean;
  /** Its last lines, of both outputs. */
  readonly tail?: readonly string[];
}

/** A command that ended otherwise than with status 0. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly code: SetupCode = "SETUP_COMMAND_FAILED";
  readonly status: number | null;
  readonly isLate: boolean;
  readonly tail: readonly string[];
  constructor(command: string, { ended, status, isLate = false, tail = [] }: CommandEnd) {
    super(`${command} ${ended}${tail.length > 0 ? `: ${tail.at(-1)}` : ""}`);
    this.status = status;
    this.isLate = isLate;
    this.tail = tail;
  }
}

/** The text of anything thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
