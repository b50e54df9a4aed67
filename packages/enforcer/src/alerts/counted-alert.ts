/**
 * An alert that stands for many operations: what the kernel has counted. Of the first of their kind there was an alert, which this one
 * repeats; where that is not known any more, or where more kinds were counted together, it says what all of them have in common.
 */

import type { Alert } from "@portcullis/model";
import type { KernelCount, KernelEvent } from "@portcullis/native";
import { type AlertOrigin, type Attribution, alertOf } from "./alert.ts";
import { type AttributionSources, attribute } from "./attribution.ts";
import { dataFields } from "./data.ts";

/** What all operations have in common that are counted together, in the alert's data. */
const common = { named: "object", of_rule: "rule", of_slot: "container" } as const;

/** `told`: the alert of the first of the kind, if it is known. */
export function countedAlert(
  count: KernelCount,
  told: Alert | undefined,
  sources: AttributionSources,
  origin: AlertOrigin,
): Alert {
  return {
    ...(told ?? namelessAlert(count, attribute(count, sources), origin)),
    id: `${origin.node}/${origin.boot}/${count.kind}-${count.firstNs.toString(36)}`,
    timestampNs: count.lastNs + origin.bootToEpochNs,
    count: count.count,
    firstTimestampNs: count.firstNs + origin.bootToEpochNs,
  };
}

/** What all operations have in common that are counted together. */
export function namelessAlert(count: KernelCount, attribution: Attribution, origin: AlertOrigin): Alert {
  const ofSlot = count.level === "of_slot";
  const operation: [string, string][] = ofSlot ? [] : [["operation", count.operation.toUpperCase()]];
  return {
    ...alertOf(eventOf(count), attribution, origin),
    ...(ofSlot && !count.visible ? ofManyRules : {}),
    ...dataFields([...operation, ["counted", common[count.level]]]),
  };
}

/** Nobody can say which policy it was. */
const ofManyRules: Pick<Alert, "policyName" | "message"> = {
  policyName: "Unknown",
  message: "decided by more rules than are counted apart",
};

/** An event without any names, which is all that is known. */
function eventOf(count: KernelCount): KernelEvent {
  const { level: _, kind: _kind, count: _count, firstNs: _first, lastNs, ...rest } = count;
  return {
    ...rest,
    ring: count.visible ? "logs" : count.verdict === 0 ? "audits" : "denials",
    timeNs: lastNs,
    openFlags: 0,
    ...{ pid: 0, tid: 0, ppid: 0, nsPid: 0, nsPpid: 0, uid: 0, gid: 0, cgroupId: 0n },
    ...{ comm: "", object: "", object2: "", exe: "", parentExe: "", cwd: "", args: [], tty: "" },
    syscall: { nr: 0, args: [] },
  };
}
