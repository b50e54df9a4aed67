/**
 * Logs are what passed and is visible. They go the way of alerts, each part of which they have for themselves: ring, counts, spool and
 * stream. So they never take the place of an alert, nor do alerts wait for them.
 */

import type { Bus } from "@portcullis/bus";
import type { KernelEngine } from "../engine.ts";
import type { CountSource } from "./counts-intake.ts";
import type { EventSource } from "./intake.ts";
import type { AlertSink } from "./publisher.ts";

/** Where logs come from. */
export function logSource(engine: KernelEngine): EventSource & CountSource {
  return {
    onEvents: (listener) => engine.onLogs(listener),
    takeCounts: () => engine.takeLogCounts(),
    forgetCounts: (counts) => engine.forgetLogCounts(counts),
  };
}

/** Where they go. */
export function logSink(bus: Bus): AlertSink {
  return {
    publishAlert: (log) => bus.publishLog(log),
    alertStream: () => bus.logStream(),
    storedAlertId: (sequence) => bus.storedLogId(sequence),
    reconnects: (signal) => bus.reconnects(signal),
  };
}
