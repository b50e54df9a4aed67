/**
 * What is told of a rule whose alerts are throttled: that it begins, as a SystemEvent, and how many operations there were meanwhile, as a count. Both name what
 * all of them have in common: container, policy and rule.
 */

import type { Alert, Throttling } from "@portcullis/model";
import type { KernelCount, KernelEvent } from "@portcullis/native";
import type { AlertOrigin, Attribution } from "./alert.ts";
import { namelessAlert } from "./counted-alert.ts";
import { dataFields } from "./data.ts";

/** An event as one operation, of which no more is known than of a count. */
export function operationOf(event: KernelEvent): KernelCount {
  const { slot, ruleId, tableId, category, operation, verdict, timeNs } = event;
  const { unresolvable, truncated, guard, pathless, write, second, visible, recorded } = event;
  return {
    ...{ slot, ruleId, tableId, category, operation, verdict },
    ...{ unresolvable, truncated, guard, pathless, write, second, visible, recorded },
    ...{ level: "of_rule", kind: "", count: 1, firstNs: timeNs, lastNs: timeNs, sequence: 0n },
  };
}

/** `crossing`: the operation that was one too many. */
export function throttlingBegins(
  crossing: KernelCount,
  attribution: Attribution,
  origin: AlertOrigin,
  threshold: Throttling,
): Alert {
  const { severity: _, ...common } = namelessAlert(crossing, attribution, origin);
  const { alertsPerSecond, seconds } = threshold;
  const { rule } = attribution;
  const whose = rule === undefined ? "of this kind" : `by the rule ${rule.origin}`;
  return {
    ...common,
    ...dataFields([]),
    id: idOf("throttle", crossing, origin),
    type: "SystemEvent",
    operation: "AlertThreshold",
    resource: "",
    // Nothing was denied by telling this.
    ...{ action: "Audit", result: "Passed", tags: [] },
    message: `more than ${alertsPerSecond} alerts in a second: those ${whose} in this container are counted for ${seconds} s; what is enforced stays enforced`,
    threshold,
  };
}

/** What was counted instead of told: the operation that was one too many, and how many there were with it. */
export interface Suppressed {
  readonly crossing: KernelCount;
  readonly attribution: Attribution;
  readonly count: number;
  readonly firstNs: bigint;
  readonly lastNs: bigint;
}

export function throttledCount(suppressed: Suppressed, origin: AlertOrigin): Alert {
  const { crossing, attribution, count, firstNs, lastNs } = suppressed;
  const counted = crossing.level === "of_slot" ? "container" : "rule";
  return {
    ...namelessAlert(crossing, attribution, origin),
    ...dataFields([
      ["counted", counted],
      ["throttled", "true"],
    ]),
    id: idOf("throttled", crossing, origin),
    timestampNs: lastNs + origin.bootToEpochNs,
    count,
    firstTimestampNs: firstNs + origin.bootToEpochNs,
  };
}

/** The same for the same throttling, however often it is told. */
function idOf(what: string, { slot, tableId, ruleId, category, firstNs }: KernelCount, origin: AlertOrigin): string {
  const whose = [slot, tableId.toString(36), ruleId, category].join(".");
  return `${origin.node}/${origin.boot}/${what}-${whose}-${firstNs.toString(36)}`;
}
