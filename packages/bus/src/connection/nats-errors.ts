/** The client has one error class with a `code` of many kinds. Here it becomes one of our classes. */

import { ErrorCode, type NatsError } from "nats";
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
  streamNotFound: 10059,
  consumerNotFound: 10014,
  wrongLastSequence: 10071,
  messageNotFound: 10037,
  messageTooLarge: 10054,
  notEnabled: 10076,
  notEnabledForAccount: 10039,
} as const;

export function apiErrorCode(error: unknown): number | undefined {
  return (error as Partial<NatsError>).api_error?.err_code;
}

/** `what` completes "could not …". */
export function toBusError(error: unknown, what: string): BusError {
  if (error instanceof BusError) return error;
  const { code, api_error: api, message } = error as NatsError;
  const text = `could not ${what}: ${api?.description ?? message}`;
  const options = { cause: error };
  switch (api?.err_code) {
    case undefined:
      break;
    case apiErrors.streamNotFound:
    case apiErrors.notEnabled:
    case apiErrors.notEnabledForAccount:
      return new StorageMissingError(`${text}; the controller creates streams and buckets when it starts`, options);
    case apiErrors.messageTooLarge:
      return new PayloadTooLargeError(`${text}; raise max_msg_size of the stream`, options);
    default:
      return new StorageRefusedError(text, options);
  }
  switch (code) {
    case ErrorCode.NoResponders:
      return new StorageMissingError(`could not ${what}: no stream of the server takes it`, options);
    case ErrorCode.Timeout:
    case ErrorCode.JetStream408RequestTimeout:
      return new RequestTimeoutError(text, options);
    case ErrorCode.ConnectionClosed:
    case ErrorCode.ConnectionDraining:
      return new ClosedError(text, options);
    case ErrorCode.Disconnect:
    case ErrorCode.ConnectionRefused:
    case ErrorCode.ConnectionTimeout:
      return new DisconnectedError(text, options);
    case ErrorCode.PermissionsViolation:
    case ErrorCode.AuthorizationViolation:
      return new PermissionError(text, options);
    case ErrorCode.MaxPayloadExceeded:
      return new PayloadTooLargeError(`${text}; raise max_payload of the NATS server`, options);
    default:
      return new StorageRefusedError(text, options);
  }
}
