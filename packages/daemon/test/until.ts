/** Waiting for what a test expects to happen. */
import { sleep } from "../src/clock.ts";

/**
 * Waits until `check` gives something that is not empty, and returns it. A rejection counts as not yet. When the time is over,
 * the error says what was waited for and what was seen last.
 */
export async function until<T>(what: string, check: () => T | Promise<T>, ms = 20_000): Promise<NonNullable<T>> {
  const deadline = performance.now() + ms;
  for (let last: unknown; ; ) {
    try {
      const value = await check();
      if (value) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) throw new Error(`not within ${ms} ms: ${what}; last: ${String(last)}`);
    await sleep(20);
  }
}
