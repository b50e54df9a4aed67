/** Bounded waiting. Every wait of the cluster goes through here, so that each time-out says what was waited for and what was seen last. */
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "@portcullis/tools/setup";
import { ClusterError } from "./errors.ts";

export { sleep };

export interface WaitOptions {
  readonly timeoutMs: number;
  /** Between two probes; default 100. */
  readonly everyMs?: number;
  /** Asked first thing in every round: a reason to stop at once (a process that has ended). */
  readonly failed?: () => string | null;
}

type Probe<T> = () => Promise<T | null | undefined | false> | T | null | undefined | false;

/** Polls until `probe` gives something truthy. A probe may throw: its message is then the last state seen. */
export async function until<T>(what: string, probe: Probe<T>, options: WaitOptions): Promise<T> {
  const { timeoutMs, everyMs = 100, failed } = options;
  const end = performance.now() + timeoutMs;
  for (;;) {
    const reason = failed?.();
    if (reason) throw new ClusterError("E2E_PROCESS_ENDED", `waiting for ${what}: ${reason}`);
    const { value, seen } = await look(probe);
    if (value) return value;
    if (performance.now() > end) throw timedOut(what, timeoutMs, seen);
    await sleep(everyMs);
  }
}

async function look<T>(probe: Probe<T>): Promise<{ value?: T | null | undefined | false; seen?: unknown }> {
  try {
    const value = await probe();
    return { value, seen: value };
  } catch (error) {
    if (error instanceof ClusterError && error.code === "E2E_GUEST_ENDED") throw error;
    return { seen: messageOf(error) };
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

function timedOut(what: string, timeoutMs: number, last: unknown): ClusterError {
  const seen = typeof last === "string" ? last : JSON.stringify(last);
  return new ClusterError("E2E_TIMEOUT", `${what}: not within ${timeoutMs} ms; last seen: ${seen || "nothing"}`);
}
