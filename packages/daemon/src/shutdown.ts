/**
 * From SIGTERM and SIGINT to one AbortSignal that everything in the process listens to. The first one asks the process to end. When it
 * has not ended by the deadline, or a second one comes, it ends at once with status 1.
 */

import { ShutdownDeadlineError } from "./errors.ts";
import type { Log } from "./log.ts";

/** The part of `process` this needs. */
export interface SignalSource {
  on(signal: "SIGTERM" | "SIGINT", listener: () => void): unknown;
  off(signal: "SIGTERM" | "SIGINT", listener: () => void): unknown;
  exit(status: number): void;
}

export interface Shutdown {
  readonly signal: AbortSignal;
  /** Asks the process to end from within, after a failure that it cannot live with. */
  start(reason: string): void;
  /** Everything has ended: there is no deadline any more. */
  finished(): void;
}

/** Keep the deadline below terminationGracePeriodSeconds. */
export function onShutdown(options: { log: Log; deadlineMs: number; process?: SignalSource }): Shutdown {
  const { log, deadlineMs, process: source = process } = options;
  const controller = new AbortController();
  let deadline: NodeJS.Timeout | undefined;
  const start = (reason: string) => {
    if (controller.signal.aborted) return;
    log.info("shutting down", { reason });
    deadline = setTimeout(() => {
      const error = new ShutdownDeadlineError(`not finished ${deadlineMs} ms after ${reason}`);
      log.error("shutdown took too long", { error });
      source.exit(1);
    }, deadlineMs);
    // The timer must not keep the process alive.
    deadline.unref();
    controller.abort();
  };
  const listeners = (["SIGTERM", "SIGINT"] as const).map((name) => {
    const listener = () => {
      if (!controller.signal.aborted) return start(name);
      log.warn("asked a second time, ending now", { reason: name });
      source.exit(1);
    };
    source.on(name, listener);
    return { name, listener };
  });
  return {
    signal: controller.signal,
    start,
    finished() {
      clearTimeout(deadline);
      for (const { name, listener } of listeners) source.off(name, listener);
    },
  };
}
