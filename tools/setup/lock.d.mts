/** The types of lock.mjs. */

/**
 * Waits for the lock of one cache directory; `waiting` is called once when somebody else has it. Returns a function
 * that gives it back; rejects with the signal's reason when that is aborted first.
 */
export function lock(cache: string, waiting?: () => void, signal?: AbortSignal): Promise<() => void>;
