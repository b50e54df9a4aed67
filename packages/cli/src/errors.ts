/** Every failure of the command: one class a failure, each with a stable code (docs/errors.md lists them). Findings of lint are no failures. */

/** What all of them share. */
abstract class CommandError extends Error {
  abstract readonly code: string;
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The command line is not understood. */
export class UsageError extends CommandError {
  readonly code = "CLI_USAGE";
}

/** A file or folder cannot be read. */
export class FileUnreadableError extends CommandError {
  readonly code = "CLI_FILE_UNREADABLE";
}

/** A policy that is to be explained is none: its file is no YAML, or its schema refuses it. */
export class PolicyRefusedError extends CommandError {
  readonly code = "CLI_POLICY_REFUSED";
}

/** The API server cannot be asked, or has not what was asked for. */
export class ClusterReadError extends CommandError {
  readonly code = "CLI_CLUSTER_UNREADABLE";
}

/** NATS does not answer, or lets nobody in with this login. */
export class BusUnreachableError extends CommandError {
  readonly code = "CLI_BUS_UNREACHABLE";
}

export const isCommandError = (error: unknown): error is CommandError => error instanceof CommandError;
