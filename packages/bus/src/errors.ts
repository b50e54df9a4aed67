/**
 * Every failure of the bus, one class each, with a stable `code`; docs/errors.md says what to do about them. Messages name
 * the field or subject, the value and the remedy. None carries a credential, or more of a message's content than one value.
 */

export abstract class BusError extends Error {
  abstract readonly code: string;
  override get name(): string {
    return this.constructor.name;
  }
}

/** Not one of our messages, or not of the kind that belongs here. */
export class MessageForeignError extends BusError {
  readonly code = "BUS_MESSAGE_FOREIGN";
}

/** One of our messages in a format this build does not know. */
export class MessageVersionError extends BusError {
  readonly code = "BUS_MESSAGE_VERSION";
}

/** Shorter than its envelope says, or without the fields that end it. */
export class MessageTruncatedError extends BusError {
  readonly code = "BUS_MESSAGE_TRUNCATED";
}

/** Larger than this build accepts or writes. */
export class MessageOversizedError extends BusError {
  readonly code = "BUS_MESSAGE_OVERSIZED";
}

/** Content and checksum differ, or the content is not protobuf. */
export class MessageCorruptError extends BusError {
  readonly code = "BUS_MESSAGE_CORRUPT";
}

/** A field is missing, out of range or contradicts another. */
export class MessageInvalidError extends BusError {
  readonly code = "BUS_MESSAGE_INVALID";
  /** The field, as `rules[3].match.path`. */
  readonly field: string;
  constructor(field: string, problem: string) {
    super(`${field}: ${problem}`);
    this.field = field;
  }
}

/** An option given to this package cannot be used. */
export class OptionError extends BusError {
  readonly code = "BUS_OPTION_INVALID";
}

/** The connection is closed, or its signal aborted. */
export class ClosedError extends BusError {
  readonly code = "BUS_CLOSED";
}

/** There is no connection to the server now. */
export class DisconnectedError extends BusError {
  readonly code = "BUS_DISCONNECTED";
}

/** The server's certificate has expired, is of a foreign authority, or is for another name: nothing was said to it. */
export class CertificateRefusedError extends BusError {
  readonly code = "BUS_CERTIFICATE_REFUSED";
}

/** Encryption is asked for, and the server offers none, or none that is new enough. */
export class TlsMissingError extends BusError {
  readonly code = "BUS_TLS_MISSING";
}

/** The server did not answer in time; whether it acted is unknown. */
export class RequestTimeoutError extends BusError {
  readonly code = "BUS_REQUEST_TIMEOUT";
}

/** The stream or bucket does not exist (yet), or JetStream is off. */
export class StorageMissingError extends BusError {
  readonly code = "BUS_STORAGE_MISSING";
}

/** JetStream answered with an error: full, a limit, no quorum. */
export class StorageRefusedError extends BusError {
  readonly code = "BUS_STORAGE_REFUSED";
}

/** The server does not allow this client to do that. */
export class PermissionError extends BusError {
  readonly code = "BUS_PERMISSION_DENIED";
}

/** Above the server's max_payload. */
export class PayloadTooLargeError extends BusError {
  readonly code = "BUS_PAYLOAD_TOO_LARGE";
}

/** Another writer replaced the bundle in between; read again and decide again. */
export class BundleConflictError extends BusError {
  readonly code = "BUS_BUNDLE_CONFLICT";
}

/** Somebody else has carried on the same reading of a stream. */
export class ProgressConflictError extends BusError {
  readonly code = "BUS_PROGRESS_CONFLICT";
}

/** A bundle refers to a rule set that is not in the bucket. */
export class RuleSetMissingError extends BusError {
  readonly code = "BUS_RULE_SET_MISSING";
}

/** The bytes under a digest have another digest. */
export class RuleSetDigestError extends BusError {
  readonly code = "BUS_RULE_SET_DIGEST";
}

/** A bundle without a signature. */
export class BundleUnsignedError extends BusError {
  readonly code = "BUS_BUNDLE_UNSIGNED";
}

/** A bundle is signed with a key that is not among those given. */
export class KeyUnknownError extends BusError {
  readonly code = "BUS_KEY_UNKNOWN";
}

/** A bundle's signature is not of the key that it names, or its content was changed. */
export class SignatureInvalidError extends BusError {
  readonly code = "BUS_SIGNATURE_INVALID";
}

/** What should be a key, or a list of public keys, is none. The message never repeats it. */
export class KeyInvalidError extends BusError {
  readonly code = "BUS_KEY_INVALID";
}
