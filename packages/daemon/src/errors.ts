/** Every failure of this package, one class each, with a stable `code`; docs/errors.md says what to do about them. */

abstract class DaemonError extends Error {
  abstract readonly code: string;
  override get name(): string {
    return this.constructor.name;
  }
}

/** A metric's name, labels or value break the rules; a mistake in the program. */
export class MetricError extends DaemonError {
  readonly code = "DAEMON_METRIC_INVALID";
}

/** The health server cannot listen. */
export class ListenError extends DaemonError {
  readonly code = "DAEMON_LISTEN_FAILED";
}

/** A supervised loop that must not fail has failed, or ended before it was asked to. */
export class LoopError extends DaemonError {
  readonly code = "DAEMON_LOOP_FAILED";
}

/** The process did not finish within its deadline after it was asked to end. */
export class ShutdownDeadlineError extends DaemonError {
  readonly code = "DAEMON_SHUTDOWN_DEADLINE";
}
