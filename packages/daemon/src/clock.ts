/** Time as an argument, so that tests can hold it. */

import { setTimeout as timer } from "node:timers/promises";

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms`, or as soon as the signal aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    await timer(ms, undefined, signal ? { signal } : {}).catch((error: Error) => {
      if (error.name !== "AbortError") throw error;
    });
  },
};
