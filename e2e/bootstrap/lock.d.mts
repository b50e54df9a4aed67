/**
 * Waits for the lock of one cache directory; `waiting` is called once when somebody else has it. Returns a function
 * that gives it back.
 */
export function lock(cache: string, waiting?: () => void): Promise<() => void>;
