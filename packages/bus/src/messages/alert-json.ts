/**
 * An alert as people and existing KubeArmor consumers read it: KubeArmor's field names, always in this order, integers
 * exact. Every field is there, empty when there is nothing to say, except Severity (absent on DefaultPosture), Owner
 * (absent for a pod without one and for the host), ExecEvent (absent unless the process entered from outside), Count and
 * FirstTimestamp (absent where it is one operation), MaxAlertsPerSec and DroppingAlertsInterval (of a SystemEvent alone).
 */

import type { Alert } from "@portcullis/model";
import { byCodeUnit } from "./fields.ts";

/** The fields of the JSON document, in its order. */
interface AlertJson {
  /** Seconds since the epoch. */
  readonly Timestamp: number;
  /** RFC 3339, UTC, microseconds: `2026-11-22T10:11:12.123456Z`. */
  readonly UpdatedTime: string;
  readonly ClusterName: string;
  readonly HostName: string;
  readonly NamespaceName: string;
  readonly PodName: string;
  /** `key=value,key=value`, sorted by key. */
  readonly Labels: string;
  readonly Owner?: { readonly Ref: string; readonly Name: string; readonly Namespace: string };
  readonly ContainerID: string;
  readonly ContainerName: string;
  readonly ContainerImage: string;
  readonly HostPPID: number;
  readonly HostPID: number;
  readonly PPID: number;
  readonly PID: number;
  readonly UID: number;
  readonly ParentProcessName: string;
  readonly ProcessName: string;
  readonly PolicyName: string;
  readonly Severity?: string;
  /** The tags joined by commas; ATags is the list, in which a tag may itself hold a comma. */
  readonly Tags: string;
  readonly ATags: readonly string[];
  readonly Message: string;
  readonly Type: Alert["type"];
  readonly Source: string;
  readonly Operation: Alert["operation"];
  readonly Resource: string;
  readonly Data: string;
  readonly EventData: Readonly<Record<string, string>>;
  readonly Enforcer: Alert["enforcer"];
  readonly Action: Alert["action"];
  readonly Result: Alert["result"];
  readonly Cwd: string;
  readonly TTY: string;
  readonly NodeID: string;
  readonly ExecEvent?: { readonly ExecID: string; readonly ExecutableName: string };
  /** How many repetitions it stands for; Timestamp is the last one's. Absent: one operation. */
  readonly Count?: number;
  /** Of the first of them, seconds since the epoch. */
  readonly FirstTimestamp?: number;
  /** Of a SystemEvent: above how many alerts a second, and for how many seconds, those of its rule are not told. */
  readonly MaxAlertsPerSec?: number;
  readonly DroppingAlertsInterval?: number;
}

function toDocument(alert: Alert): AlertJson {
  const { owner, execEvent, threshold } = alert;
  return {
    Timestamp: wholeSeconds(alert.timestampNs),
    UpdatedTime: rfc3339(alert.timestampNs),
    ClusterName: alert.clusterName,
    HostName: alert.hostName,
    NamespaceName: alert.namespaceName,
    PodName: alert.podName,
    Labels: sortedEntries(alert.labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(","),
    ...(owner ? { Owner: { Ref: owner.ref, Name: owner.name, Namespace: owner.namespace } } : {}),
    ContainerID: alert.containerId,
    ContainerName: alert.containerName,
    ContainerImage: alert.containerImage,
    HostPPID: alert.hostPpid,
    HostPID: alert.hostPid,
    PPID: alert.ppid,
    PID: alert.pid,
    UID: alert.uid,
    ParentProcessName: alert.parentProcessName,
    ProcessName: alert.processName,
    PolicyName: alert.policyName,
    ...(alert.severity === undefined ? {} : { Severity: alert.severity }),
    Tags: alert.tags.join(","),
    ATags: alert.tags,
    Message: alert.message,
    Type: alert.type,
    Source: alert.source,
    Operation: alert.operation,
    Resource: alert.resource,
    Data: alert.data,
    EventData: Object.fromEntries(sortedEntries(alert.eventData)),
    Enforcer: alert.enforcer,
    Action: alert.action,
    Result: alert.result,
    Cwd: alert.cwd,
    TTY: alert.tty,
    NodeID: alert.nodeId,
    ...(execEvent ? { ExecEvent: { ExecID: execEvent.execId, ExecutableName: execEvent.executableName } } : {}),
    ...(alert.count === undefined ? {} : { Count: alert.count }),
    ...(alert.firstTimestampNs === undefined ? {} : { FirstTimestamp: wholeSeconds(alert.firstTimestampNs) }),
    ...(threshold ? { MaxAlertsPerSec: threshold.alertsPerSecond, DroppingAlertsInterval: threshold.seconds } : {}),
  };
}

const wholeSeconds = (ns: bigint): number => Number(ns / 1_000_000_000n);

/** One line, no trailing newline. */
export function alertJson(alert: Alert): string {
  return JSON.stringify(toDocument(alert));
}

function sortedEntries(map: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(map).sort(([a], [b]) => byCodeUnit(a, b));
}

function rfc3339(timestampNs: bigint): string {
  const seconds = new Date(Number(timestampNs / 1_000_000n)).toISOString().slice(0, 19);
  const micros = String((timestampNs / 1000n) % 1_000_000n).padStart(6, "0");
  return `${seconds}.${micros}Z`;
}
