// Bounded waiting. Every wait of the harness goes through here, so that every time-out says what was waited for and what was seen last.
import { setTimeout as sleep } from "node:timers/promises";
import { HarnessError } from "./errors.ts";

export { sleep };

export interface WaitOptions {
  readonly timeoutMs: number;
  /** Between two probes; default 100. */
  readonly everyMs?: number;
  /** Told first thing in every round: a reason to stop at once (a process that has ended). */
  readonly failed?: () => string | null;
}

/** Polls until `probe` gives something truthy. A probe may throw: its message is then the last state seen. */
export async function until<T>(
  what: string,
  probe: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  { timeoutMs, everyMs = 100, failed }: WaitOptions,
): Promise<T> {
  const end = performance.now() + timeoutMs;
  let last: unknown = "nothing yet";
  for (;;) {
    const reason = failed?.();
    if (reason) throw new HarnessError("E2E_PROCESS_ENDED", `waiting for ${what}: ${reason}`);
    try {
      const value = await probe();
      if (value) return value;
      last = value;
    } catch (error) {
      if (error instanceof HarnessError && error.code === "E2E_GUEST_ENDED") throw error;
      last = error instanceof Error ? error.message : error;
    }
    if (performance.now() > end) throw timedOut(what, timeoutMs, last);
    await sleep(everyMs);
  }
}

/** Rejects with E2E_TIMEOUT when `promise` takes longer. `last` is asked for the state to show. */
export async function within<T>(
  what: string,
  timeoutMs: number,
  promise: Promise<T>,
  last: () => unknown = () => "",
): Promise<T> {
  const timer = new AbortController();
  try {
    return await Promise.race([
      promise,
      sleep(timeoutMs, undefined, { signal: timer.signal }).then(() => {
        throw timedOut(what, timeoutMs, last());
      }),
    ]);
  } finally {
    timer.abort();
  }
}

function timedOut(what: string, timeoutMs: number, last: unknown): HarnessError {
  const seen = typeof last === "string" ? last : JSON.stringify(last);
  return new HarnessError("E2E_TIMEOUT", `${what}: not within ${timeoutMs} ms; last seen: ${seen || "nothing"}`);
}
