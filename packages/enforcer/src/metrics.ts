/** The enforcer's metrics page. What is counted elsewhere is read when it is scraped. */

import type { Metrics, Took } from "@portcullis/daemon";
import type { CounterName, Counters } from "./counters.ts";

/** What the page shows of an enforcer. */
interface EnforcerFigures {
  readonly enforcing: boolean;
  readonly appliedRevision: bigint;
  readonly slotsUsed: number;
  readonly spoolBytes: number;
  kernelCounters(): Record<string, number>;
}

/** What of the enforcer's work is timed. */
export interface Durations {
  readonly bind: Took;
  readonly publish: Took;
}

/** The kernel's own counters (`pc_counter`, and `malformed_event`), in words. */
const kernelCounters: Readonly<Record<string, string>> = {
  ring_full_denial: "Denials that could not be reported, because the ring was full.",
  ring_full_audit: "Audits that could not be reported, because the ring was full.",
  tag_missing: "Tasks whose state could not be had, and that were judged by their cgroup.",
  tag_alloc_failed: "Tasks for whose state there was no memory.",
  unresolvable: "Names that could not be had whole.",
  slot_empty: "Operations denied because the slot had no rule table.",
  image_invalid: "Operations denied because the rule table was damaged or of another version.",
  source_overflow: "Programs whose names are too deep to keep, and are asked for each time.",
  dns_dropped: "Packets to port 53 that were not what their sender was judged by.",
  no_scratch: "Reports and very deep names for which there was no memory.",
  fork_refused: "Forks refused because the child's state could not be made.",
  denied: "Operations denied.",
  audited: "Operations reported and let through.",
  logged: "Operations that passed and are visible.",
  ring_full_log: "Visible operations that could not be told, because the ring was full.",
  armed: "Tasks that policies came to apply to, their children not counted.",
  malformed_event: "Events that this process could not decode.",
};

export function defineMetrics(metrics: Metrics, enforcer: EnforcerFigures, counters: Counters): void {
  metrics.observe("enforcing", "1 when the kernel engine is in force, 0 when this node cannot enforce.", () =>
    enforcer.enforcing ? 1 : 0,
  );
  metrics.observe("applied_revision", "Revision of the bundle in force.", () => Number(enforcer.appliedRevision));
  metrics.observe("slots_used", "Containers that have a slot in the kernel.", () => enforcer.slotsUsed);
  metrics.observe("spool_bytes", "Alerts on disk, waiting for the bus included.", () => enforcer.spoolBytes);
  metrics.observeCounts("bundles_refused_total", "Bundles and rule sets refused.", () => counters.refused, "reason");
  for (const [name, help] of Object.entries(counters.described))
    metrics.observeCount(`${name}_total`, help, () => counters.values.get(name as CounterName));
  // Before the engine is open there is nothing to read.
  metrics.observeTogether("kernel_", kernelCounters, () => enforcer.kernelCounters());
}

/** The histograms of what is timed. */
export function durationsOf(metrics: Metrics): Durations {
  const bind = metrics.durations({
    name: "bind_duration_seconds",
    help: "From a rule set to its table in the kernel, for one container.",
    labels: {},
  });
  const publish = metrics.durations({
    name: "publish_duration_seconds",
    help: "From sending a batch of alerts to the stream's acknowledgement of all of them.",
    labels: {},
  });
  return { bind: bind({}), publish: publish({}) };
}
