/**
 * What every long-running process needs, and nothing of what it does: a structured log, metrics, health over HTTP, an orderly
 * end, supervised loops, time and back-off. No state in modules; main puts the parts together.
 */
export { aborted, orAbort } from "./abort.ts";
export { Backoff, type BackoffOptions } from "./backoff.ts";
export { type Clock, sleep, systemClock } from "./clock.ts";
export * from "./errors.ts";
export { type Check, type HealthOptions, type HealthServer, serveHealth } from "./health.ts";
export { createLog, type Fields, LOG_LEVELS, type Log, type LogLevel, type LogOptions, type RootLog } from "./log.ts";
export { type Counter, type Gauge, type LabelSets, Metrics } from "./metrics.ts";
export { onShutdown, type Shutdown, type SignalSource } from "./shutdown.ts";
export { type OnFailure, Supervisor, type SupervisorOptions } from "./supervise.ts";
