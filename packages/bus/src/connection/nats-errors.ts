/**
 * The client has a class for each failure, and wraps one in another as its `cause`: a request that was refused is a `RequestError` because
 * of a `PermissionViolationError`. Here they become our classes. Nothing is known by the words of a message.
 */

import { isNativeError } from "node:util/types";
import { JetStreamApiCodes, JetStreamApiError } from "@nats-io/jetstream";
import {
  AuthorizationError,
  ClosedConnectionError,
  ConnectionError,
  DrainingConnectionError,
  InvalidArgumentError,
  NoRespondersError,
  PermissionViolationError,
  RequestError,
  TimeoutError,
  UserAuthenticationExpiredError,
} from "@nats-io/transport-node";
import {
  BusError,
  ClosedError,
  DisconnectedError,
  PayloadTooLargeError,
  PermissionError,
  RequestTimeoutError,
  StorageMissingError,
  StorageRefusedError,
} from "../errors.ts";

/** JetStream's own error numbers, `err_code` in its answers. */
export const apiErrors = {
  streamNotFound: JetStreamApiCodes.StreamNotFound,
  consumerNotFound: JetStreamApiCodes.ConsumerNotFound,
  messageTooLarge: 10054,
  clusterNotAvailable: 10008,
  clusterNotLeader: 10009,
  notEnabled: 10076,
  notEnabledForAccount: JetStreamApiCodes.JetStreamNotEnabledForAccount,
} as const;

export function apiErrorCode(error: unknown): number | undefined {
  return causesOf(error).find((cause) => cause instanceof JetStreamApiError)?.code;
}

/** Another writer was first. A server names the last sequence, or does not when the other write is still on its way to the replicas. */
export function isWrongLastSequence(error: unknown): boolean {
  const code = apiErrorCode(error);
  return (
    code === JetStreamApiCodes.StreamWrongLastSequence || code === JetStreamApiCodes.StreamWrongLastSequenceUnknown
  );
}

/** Nobody takes it now, and nothing was done: as while the servers of a cluster choose another leader. */
export function isLeaderless(error: unknown): boolean {
  const code = apiErrorCode(error);
  if (code !== undefined) return code === apiErrors.clusterNotAvailable || code === apiErrors.clusterNotLeader;
  return isOneOf(causesOf(error), NoRespondersError);
}

/** Nobody has answered, and whether something was done is unknown. */
export const isTimeout = (error: unknown): boolean => isOneOf(causesOf(error), TimeoutError);

export function isPermissionError(error: unknown): boolean {
  return isOneOf(causesOf(error), PermissionViolationError, AuthorizationError, UserAuthenticationExpiredError);
}

/** `what` completes "could not …". */
export function toBusError(error: unknown, what: string): BusError {
  if (error instanceof BusError) return error;
  const causes = causesOf(error);
  const text = `could not ${what}: ${isNativeError(error) ? error.message : String(error)}`;
  const options = { cause: error };
  switch (apiErrorCode(error)) {
    case undefined:
      return withoutApiError(causes, text, options);
    case apiErrors.streamNotFound:
    case apiErrors.notEnabled:
    case apiErrors.notEnabledForAccount:
      return new StorageMissingError(`${text}; the controller creates streams and buckets when it starts`, options);
    case apiErrors.messageTooLarge:
      return new PayloadTooLargeError(`${text}; raise max_msg_size of the stream`, options);
    default:
      return new StorageRefusedError(text, options);
  }
}

function withoutApiError(causes: readonly Error[], text: string, options: ErrorOptions): BusError {
  if (isOneOf(causes, NoRespondersError))
    return new StorageMissingError(`${text}: no stream of the server takes it`, options);
  if (isOneOf(causes, TimeoutError)) return new RequestTimeoutError(text, options);
  if (isPermissionError(causes[0])) return new PermissionError(text, options);
  if (isOneOf(causes, ClosedConnectionError, DrainingConnectionError)) return new ClosedError(text, options);
  if (isOneOf(causes, ConnectionError)) return new DisconnectedError(text, options);
  // Of all that we give the client only the size of a message depends on anything but our own code.
  if (isOneOf(causes, InvalidArgumentError))
    return new PayloadTooLargeError(`${text}; raise max_payload of the NATS server`, options);
  // A request without any other reason is one that was waiting when the connection was closed.
  if (causes.at(-1) instanceof RequestError) return new ClosedError(text, options);
  return new StorageRefusedError(text, options);
}

/** The error, then what caused it, and so on. */
export function causesOf(error: unknown): Error[] {
  const causes: Error[] = [];
  // What Node.js throws itself may be of another realm, as in a test's.
  for (let cause = error; isNativeError(cause); cause = cause.cause) causes.push(cause);
  return causes;
}

function isOneOf(
  causes: readonly Error[],
  ...classes: readonly (abstract new (
    ...parameters: never[]
  ) => Error)[]
): boolean {
  return causes.some((cause) => classes.some((one) => cause instanceof one));
}
