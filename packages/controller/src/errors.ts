/** Every failure of the controller, one class each, with a stable code (docs/errors.md lists them). */

abstract class ControllerError extends Error {
  abstract readonly code: string;
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The environment holds a value that cannot be used. */
export class ConfigError extends ControllerError {
  readonly code = "CONTROLLER_CONFIG_INVALID";
}

/** The ConfigMap with the global configuration holds a value that cannot be used. */
export class GlobalConfigError extends ControllerError {
  readonly code = "CONTROLLER_GLOBAL_CONFIG_REFUSED";
}

/** A write that only the leader may do was about to happen after the lease had run out. */
export class NotLeaderError extends ControllerError {
  readonly code = "CONTROLLER_NOT_LEADER";
}

/** The definitions of the policy kinds are of somebody else, or of an earlier release. */
export class DefinitionsForeignError extends ControllerError {
  readonly code = "CONTROLLER_DEFINITIONS_FOREIGN";
}

/** The leader had no connection to NATS for too long, and gives its lease up. */
export class BusLostError extends ControllerError {
  readonly code = "CONTROLLER_BUS_LOST";
}

/** There is no key to sign bundles with, or what is kept as one is none. */
export class KeysUnreadableError extends ControllerError {
  readonly code = "CONTROLLER_KEYS_UNREADABLE";
}

/** What is kept as the certificate of the NATS server is none. */
export class CertificateUnreadableError extends ControllerError {
  readonly code = "CONTROLLER_CERTIFICATE_UNREADABLE";
}

/** Somebody else makes the certificate of the NATS server, and has not yet. */
export class CertificateMissingError extends ControllerError {
  readonly code = "CONTROLLER_CERTIFICATE_MISSING";
}

/** A client of NATS that wants to be a node has shown a token that says something else, or nothing. */
export class TokenRefusedError extends ControllerError {
  readonly code = "CONTROLLER_TOKEN_REFUSED";
}

/** A node has logged in to NATS more often than it may hold connections. */
export class LoginsExhaustedError extends ControllerError {
  readonly code = "CONTROLLER_LOGINS_EXHAUSTED";
}

/** The connection to NATS was closed for good. */
export class BusClosedError extends ControllerError {
  readonly code = "CONTROLLER_BUS_CLOSED";
}

/** A receiver that alerts are sent on to gave no answer. */
export class OutputUnreachableError extends ControllerError {
  readonly code = "CONTROLLER_OUTPUT_UNREACHABLE";
}

/** A receiver that alerts are sent on to takes none for now. */
export class OutputRefusedError extends ControllerError {
  readonly code = "CONTROLLER_OUTPUT_REFUSED";
}
