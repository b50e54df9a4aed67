/**
 * Everything the enforcer can fail with, one class per failure, each with a stable code (docs/errors.md lists them).
 * Refusals of a bundle share a base class, because they are counted by code and never end a loop.
 */

abstract class EnforcerError extends Error {
  abstract readonly code: string;
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The environment does not make a configuration. */
export class ConfigError extends EnforcerError {
  readonly code = "ENFORCER_CONFIG_INVALID";
}

/** A bundle (or a rule set of it) that is not applied; the last good one stays in force. */
export abstract class BundleRefusedError extends EnforcerError {}

export class BundleUndecodableError extends BundleRefusedError {
  readonly code = "ENFORCER_BUNDLE_UNDECODABLE";
}
/** Whoever wrote the bundle, it was not the controller. */
export class BundleUnsignedError extends BundleRefusedError {
  readonly code = "ENFORCER_BUNDLE_UNSIGNED";
}
export class BundleKeyUnknownError extends BundleRefusedError {
  readonly code = "ENFORCER_BUNDLE_KEY_UNKNOWN";
}
export class BundleSignatureError extends BundleRefusedError {
  readonly code = "ENFORCER_BUNDLE_SIGNATURE";
}
export class BundleForeignError extends BundleRefusedError {
  readonly code = "ENFORCER_BUNDLE_FOREIGN";
}
export class BundleStaleError extends BundleRefusedError {
  readonly code = "ENFORCER_BUNDLE_STALE";
}
export class BundleInconsistentError extends BundleRefusedError {
  readonly code = "ENFORCER_BUNDLE_INCONSISTENT";
}
export class RuleSetDigestError extends BundleRefusedError {
  readonly code = "ENFORCER_RULESET_DIGEST";
}
export class RuleSetUndecodableError extends BundleRefusedError {
  readonly code = "ENFORCER_RULESET_UNDECODABLE";
}

/** The container's root cannot be read, or not yet: it has no process, or the runtime is still setting it up. */
export class RootUnavailableError extends EnforcerError {
  readonly code = "ENFORCER_ROOT_UNAVAILABLE";
  /** The container has no process: nothing runs in it that rules could miss. */
  readonly empty: boolean;
  constructor(message: string, { empty = false, ...options }: ErrorOptions & { empty?: boolean } = {}) {
    super(message, options);
    this.empty = empty;
  }
}

/** A rule set was not compiled, or the kernel did not accept it. The slot keeps what it has. */
export class BindError extends EnforcerError {
  readonly code = "ENFORCER_BIND_FAILED";
}
export class SlotsExhaustedError extends EnforcerError {
  readonly code = "ENFORCER_SLOTS_EXHAUSTED";
}

/** A pass over the containers failed for another reason than one of them. What is bound stays bound. */
export class PassError extends EnforcerError {
  readonly code = "ENFORCER_PASS_FAILED";
}

/** The runtime runs a container and this node shows no cgroup of it. */
export class ContainerUnseenError extends EnforcerError {
  readonly code = "ENFORCER_CONTAINER_UNSEEN";
  constructor() {
    super(
      "the runtime runs it, and no cgroup of it is found: it is in a sandbox of its own, or in a place that is not known",
    );
  }
}

/** The container runtime's socket was not found or did not answer. */
export class RuntimeUnavailableError extends EnforcerError {
  readonly code = "ENFORCER_RUNTIME_UNAVAILABLE";
}

/** State on disk cannot be used. The enforcer goes on without it. */
export class StateUnreadableError extends EnforcerError {
  readonly code = "ENFORCER_STATE_UNREADABLE";
}

/** What is mounted as the controller's public keys cannot be read. Those before are accepted still. */
export class KeysUnreadableError extends EnforcerError {
  readonly code = "ENFORCER_KEYS_UNREADABLE";
}

/** What an error of any origin says: code of others may throw what is no Error. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
