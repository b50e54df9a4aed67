/**
 * Everything the enforcer can fail with, one class per failure, each with a stable code (docs/errors.md lists them).
 * Refusals of a bundle share a base class, because they are counted by code and never end a loop.
 */

export abstract class EnforcerError extends Error {
  abstract readonly code: string;
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The environment does not make a configuration. */
export class ConfigInvalid extends EnforcerError {
  readonly code = "ENFORCER_CONFIG_INVALID";
}

/** A bundle (or a rule set of it) that is not applied; the last good one stays in force. */
export abstract class BundleRefused extends EnforcerError {}

export class BundleUndecodable extends BundleRefused {
  readonly code = "ENFORCER_BUNDLE_UNDECODABLE";
}
export class BundleForeign extends BundleRefused {
  readonly code = "ENFORCER_BUNDLE_FOREIGN";
}
export class BundleStale extends BundleRefused {
  readonly code = "ENFORCER_BUNDLE_STALE";
}
export class BundleInconsistent extends BundleRefused {
  readonly code = "ENFORCER_BUNDLE_INCONSISTENT";
}
export class RuleSetDigestMismatch extends BundleRefused {
  readonly code = "ENFORCER_RULESET_DIGEST";
}
export class RuleSetUndecodable extends BundleRefused {
  readonly code = "ENFORCER_RULESET_UNDECODABLE";
}

/** The container's root could not be read (yet): no process of it, or not through its set-up. */
export class RootUnavailable extends EnforcerError {
  readonly code = "ENFORCER_ROOT_UNAVAILABLE";
}

/** A rule set was not compiled or not accepted by the kernel: the slot keeps what it has. */
export class BindFailed extends EnforcerError {
  readonly code = "ENFORCER_BIND_FAILED";
}
export class SlotsExhausted extends EnforcerError {
  readonly code = "ENFORCER_SLOTS_EXHAUSTED";
}

/** The container runtime's socket was not found or did not answer. */
export class RuntimeUnavailable extends EnforcerError {
  readonly code = "ENFORCER_RUNTIME_UNAVAILABLE";
}

/** State on disk that cannot be used; it is set aside and the enforcer goes on without. */
export class StateUnreadable extends EnforcerError {
  readonly code = "ENFORCER_STATE_UNREADABLE";
}
