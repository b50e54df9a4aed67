/**
 * Time as an argument, so that tests can hold it. Every package takes its time from here; `ManualClock` of this package's
 * tests is the other implementation.
 */

export interface Clock {
  /** Milliseconds since the epoch: for time stamps. Jumps when somebody sets the machine's clock. */
  now(): number;
  /** Milliseconds since an unknown moment: for durations. Never goes back. */
  monotonic(): number;
  /** Calls back once after `ms`. The returned function calls it off. */
  after(ms: number, callback: () => void): () => void;
  /** Resolves after `ms`, or as soon as the signal aborts, which the caller then looks at. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
  sleep: (ms, signal) => sleepWith(systemClock, ms, signal),
};

/** The system clock's sleep, for code that no test has to hold. */
export const sleep = systemClock.sleep;

/** `Clock.sleep` for a clock that has `after`. */
export function sleepWith(clock: Pick<Clock, "after">, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const end = () => {
      callOff();
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const callOff = clock.after(ms, end);
    signal?.addEventListener("abort", end, { once: true });
  });
}
