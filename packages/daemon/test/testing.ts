/** What the tests of every package share: `@portcullis/daemon/testing`. */
export { ManualClock } from "./manual-clock.ts";
export { type LogLine, MemoryLog, silentLog } from "./memory-log.ts";
export { promlint } from "./promlint.ts";
export { until } from "./until.ts";
