/**
 * Logs are what passed and is visible. They go the way of alerts, each part of which they have for themselves: ring, counts, spool and
 * stream. So they never take the place of an alert, nor do alerts wait for them. What is recorded of the host comes by the same ring, and goes to
 * its recording; what of it nobody wants to see is no log.
 */

import type { Bus } from "@portcullis/bus";
import type { KernelCount } from "@portcullis/native";
import type { KernelEngine } from "../engine.ts";
import type { HostRecording } from "../host/recording.ts";
import type { CountSource } from "./counts-intake.ts";
import type { EventSource } from "./intake.ts";
import type { AlertSink } from "./publisher.ts";

/** Where logs come from. */
export function logSource(
  engine: KernelEngine,
  recording: Pick<HostRecording, "take" | "miss">,
): EventSource & CountSource {
  let unwanted: readonly KernelCount[] = [];
  return {
    onEvents: (listener) =>
      engine.onLogs((events) => {
        recording.take(events);
        const wanted = events.filter(({ visible }) => visible);
        if (wanted.length > 0) listener(wanted);
      }),
    takeCounts: () => {
      const { wanted = [], others = [] } = Object.groupBy(engine.takeLogCounts(), ({ visible }) =>
        visible ? "wanted" : "others",
      );
      recording.miss([...wanted, ...others]);
      unwanted = others;
      return wanted;
    },
    forgetCounts: (counts) => {
      engine.forgetLogCounts([...counts, ...unwanted]);
      unwanted = [];
    },
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
