/** Every failure this package throws: one class a failure, each with a stable code (docs/errors.md lists them). */

/** What all of them share. */
abstract class KubeError extends Error {
  abstract readonly code: string;
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The kubeconfig names no usable cluster. */
export class KubeConfigError extends KubeError {
  readonly code = "KUBE_CONFIG_INVALID";
}

/** The API server answered with a failure. `status` is the HTTP status, `reason` the API's own word (`Conflict`, `Expired`, …). */
export class KubeStatusError extends KubeError {
  readonly code = "KUBE_API_STATUS";
  readonly status: number;
  readonly reason: string;
  /** Seconds after which the server wants to be asked again, when it said so. */
  readonly retryAfter: number | undefined;
  constructor(request: string, status: number, reason: string, detail: string, retryAfter?: number) {
    super(`${request}: the API server answered ${status} ${reason}: ${detail}`);
    this.status = status;
    this.reason = reason;
    this.retryAfter = retryAfter;
  }
}

/** No answer: refused, reset, name not found, deadline passed. */
export class KubeUnreachableError extends KubeError {
  readonly code = "KUBE_API_UNREACHABLE";
}

/** The answer is not what the API promises (no JSON, a list without items, an event without an object). */
export class KubeResponseError extends KubeError {
  readonly code = "KUBE_API_RESPONSE";
}

/** A watch carried no byte, not even a bookmark, for longer than an API server stays silent. */
export class WatchSilentError extends KubeError {
  readonly code = "KUBE_WATCH_SILENT";
}

/** A listener of an informer threw; the informer went on. */
export class ListenerError extends KubeError {
  readonly code = "KUBE_LISTENER_FAILED";
}

/** The lease could not be renewed in time, or somebody else holds it: this process is no longer the leader. */
export class LeaseLostError extends KubeError {
  readonly code = "KUBE_LEASE_LOST";
}

/** True for an API answer with one of these HTTP statuses. */
export function isStatus(error: unknown, ...statuses: readonly number[]): error is KubeStatusError {
  return error instanceof KubeStatusError && statuses.includes(error.status);
}
