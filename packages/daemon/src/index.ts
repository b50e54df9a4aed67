/**
 * What every long-running process needs, and nothing of what it does: a structured log, metrics, health over HTTP, an orderly
 * end, supervised loops, time and back-off. No state in modules; main puts the parts together.
 */
export { aborted, orAbort } from "./abort.ts";
export { Backoff, type BackoffOptions } from "./backoff.ts";
export { type Clock, sleep, systemClock } from "./clock.ts";
export { LoopError } from "./errors.ts";
export { serveHealth } from "./health.ts";
export { createLog, type Log, type RootLog } from "./log.ts";
export { Metrics, type Took } from "./metrics.ts";
export { onShutdown } from "./shutdown.ts";
export { Supervisor } from "./supervise.ts";
export { version } from "./version.ts";
