/** Waiting for an AbortSignal. */

/** Resolves when the signal aborts, at once when it has. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/**
 * A promise that is no longer waited for when the signal aborts: rejects with the signal's reason then. What the promise
 * gives later goes to `discard`, for things that must be closed.
 */
export async function orAbort<T>(
  promise: Promise<T>,
  signal: AbortSignal,
  discard: (late: T) => void = () => {},
): Promise<T> {
  const given = Promise.withResolvers<never>();
  const abort = () => given.reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([promise, given.promise]);
  } catch (error) {
    if (signal.aborted) promise.then(discard).catch(() => {});
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
