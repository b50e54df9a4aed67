/** The enforcer's metrics page. What is counted elsewhere is read when it is scraped. */

import type { Metrics } from "@portcullis/daemon";
import type { Counters } from "./counters.ts";

/** What the page shows of an enforcer. */
interface EnforcerFigures {
  readonly enforcing: boolean;
  readonly appliedRevision: bigint;
  readonly slotsUsed: number;
  readonly spoolBytes: number;
  kernelCounters(): Record<string, number>;
}

export function defineMetrics(metrics: Metrics, enforcer: EnforcerFigures, counters: Counters): void {
  metrics.observe("enforcing", "1 when the kernel engine is in force, 0 when this node cannot enforce.", () =>
    enforcer.enforcing ? 1 : 0,
  );
  metrics.observe("applied_revision", "Revision of the bundle in force.", () => Number(enforcer.appliedRevision));
  metrics.observe("slots_used", "Containers that have a slot in the kernel.", () => enforcer.slotsUsed);
  metrics.observe("spool_bytes", "Alerts on disk, waiting for the bus included.", () => enforcer.spoolBytes);
  metrics.observeCounts("counts_total", "What happened, was refused or was lost in the enforcer.", () =>
    Object.fromEntries(counters.values),
  );
  metrics.observeCounts("kernel_counts_total", "The kernel engine's own counters.", () => enforcer.kernelCounters());
}
