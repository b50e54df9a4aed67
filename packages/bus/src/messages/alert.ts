/**
 * Alerts ⇄ bytes. They are bare protobuf, so that any client with proto/portcullis.proto can read them. No envelope shows that one
 * was cut, so the fields that every alert has are written last, and the decoder insists on them.
 */

import type { Alert } from "@portcullis/model";
import { MessageInvalidError, MessageOversizedError, MessageTruncatedError } from "../errors.ts";
import { portcullis } from "../generated/portcullis.js";
import {
  entriesFromWire,
  entriesToWire,
  integer,
  nonEmpty,
  parse,
  throttlingOf,
  uint32Max,
  uint64FromWire,
  uint64ToWire,
  unlessDefault,
  WireEnum,
} from "./fields.ts";
import { policyRefFromWire, policyRefToWire } from "./policy-ref.ts";

const pb = portcullis.v1;

/** One argument of a command line may have 128 KiB. The JSON copy is longer, and has to stay below NATS' default max_payload of 1 MiB. */
export const alertMaxBytes = 384 * 1024;

const typeCodes = new WireEnum<Alert["type"]>({
  MatchedPolicy: 1,
  MatchedHostPolicy: 2,
  ContainerLog: 3,
  HostLog: 4,
  SystemEvent: 5,
});
const operationCodes = new WireEnum<Alert["operation"]>({
  Process: 1,
  File: 2,
  Network: 3,
  Capabilities: 4,
  Syscall: 5,
  AlertThreshold: 6,
});
const actionCodes = new WireEnum<Alert["action"]>({ Allow: 1, Audit: 2, Block: 3 });
const enforcerCodes = new WireEnum<Alert["enforcer"]>({ BPFLSM: 1 });
const resultCodes = new WireEnum<string>({
  Passed: 1,
  "Permission denied": 2,
  "Operation not permitted": 3,
});
/** Any other result is its own words. */
const failed = 4;

export function encodeAlert(alert: Alert): Uint8Array {
  const bytes = encodeAlertOfAnySize(alert);
  checkSize(bytes);
  return bytes;
}

export function encodeAlertOfAnySize(alert: Alert): Uint8Array {
  const u32 = (name: "hostPpid" | "hostPid" | "ppid" | "pid" | "uid") =>
    unlessDefault(integer(alert[name], name, 0, uint32Max));
  if (alert.timestampNs < 1n) throw new MessageInvalidError("timestampNs", `${alert.timestampNs} is not above 0`);
  return pb.Alert.encode({
    clusterName: unlessDefault(alert.clusterName),
    hostName: unlessDefault(alert.hostName),
    namespaceName: unlessDefault(alert.namespaceName),
    podName: unlessDefault(alert.podName),
    labels: entriesToWire(alert.labels),
    owner: alert.owner ?? null,
    containerId: unlessDefault(alert.containerId),
    containerName: unlessDefault(alert.containerName),
    containerImage: unlessDefault(alert.containerImage),
    hostPpid: u32("hostPpid"),
    hostPid: u32("hostPid"),
    ppid: u32("ppid"),
    pid: u32("pid"),
    uid: u32("uid"),
    parentProcessName: unlessDefault(alert.parentProcessName),
    processName: unlessDefault(alert.processName),
    policyName: unlessDefault(alert.policyName),
    severity: alert.severity ?? null,
    tags: [...alert.tags],
    message: unlessDefault(alert.message),
    source: unlessDefault(alert.source),
    resource: unlessDefault(alert.resource),
    data: unlessDefault(alert.data),
    eventData: entriesToWire(alert.eventData),
    cwd: unlessDefault(alert.cwd),
    tty: unlessDefault(alert.tty),
    nodeId: unlessDefault(alert.nodeId),
    execEvent: alert.execEvent ?? null,
    count: optional64(alert.count === undefined ? undefined : BigInt(alert.count), "count") as never,
    firstTimestampNs: optional64(alert.firstTimestampNs, "firstTimestampNs") as never,
    threshold: alert.threshold ? throttlingOf(alert.threshold, "threshold") : null,
    policy: alert.rule ? policyRefToWire(alert.rule.policy, "rule.policy") : null,
    origin: alert.rule ? nonEmpty(alert.rule.origin, "rule.origin") : null,
    timestampNs: uint64ToWire(alert.timestampNs, "timestampNs") as never,
    id: nonEmpty(alert.id, "id"),
    type: typeCodes.encode(alert.type, "type"),
    operation: operationCodes.encode(alert.operation, "operation"),
    action: actionCodes.encode(alert.action, "action"),
    enforcer: enforcerCodes.encode(alert.enforcer, "enforcer"),
    ...resultToWire(nonEmpty(alert.result, "result")),
  }).finish();
}

function resultToWire(result: string): { result: number; error?: string } {
  return resultCodes.has(result) ? { result: resultCodes.encode(result, "result") } : { result: failed, error: result };
}

/** The operation of this number; throws `BUS_MESSAGE_INVALID` for one that is none. */
export const operationOf = (number: number): Alert["operation"] => operationCodes.decode(number, "operation");

/** Throws `BUS_MESSAGE_…`; never returns part of an alert. */
export function decodeAlert(bytes: Uint8Array): Alert {
  checkSize(bytes);
  const wire = parse("alert", () => pb.Alert.decode(bytes));
  if (!wire.result) throw new MessageTruncatedError("the alert ends before its last field, result");
  const { owner, execEvent } = wire;
  const count = integer(Number(uint64FromWire(wire.count)), "count", 0, Number.MAX_SAFE_INTEGER);
  return {
    id: nonEmpty(wire.id, "id"),
    timestampNs: present64(wire.timestampNs, "timestampNs"),
    ...(count === 0 ? {} : { count, firstTimestampNs: present64(wire.firstTimestampNs, "firstTimestampNs") }),
    ...(wire.threshold ? { threshold: throttlingOf(wire.threshold, "threshold") } : {}),
    clusterName: wire.clusterName,
    hostName: wire.hostName,
    namespaceName: wire.namespaceName,
    podName: wire.podName,
    labels: entriesFromWire(wire.labels, "labels"),
    ...(owner ? { owner: { ref: owner.ref ?? "", name: owner.name ?? "", namespace: owner.namespace ?? "" } } : {}),
    containerId: wire.containerId,
    containerName: wire.containerName,
    containerImage: wire.containerImage,
    hostPpid: wire.hostPpid,
    hostPid: wire.hostPid,
    ppid: wire.ppid,
    pid: wire.pid,
    uid: wire.uid,
    parentProcessName: wire.parentProcessName,
    processName: wire.processName,
    policyName: wire.policyName,
    ...(wire.policy
      ? {
          rule: { policy: policyRefFromWire(wire.policy, "rule.policy"), origin: nonEmpty(wire.origin, "rule.origin") },
        }
      : {}),
    ...(typeof wire.severity === "string" ? { severity: wire.severity } : {}),
    tags: wire.tags,
    message: wire.message,
    type: typeCodes.decode(wire.type, "type"),
    source: wire.source,
    operation: operationCodes.decode(wire.operation, "operation"),
    resource: wire.resource,
    data: wire.data,
    eventData: entriesFromWire(wire.eventData, "eventData"),
    enforcer: enforcerCodes.decode(wire.enforcer, "enforcer"),
    action: actionCodes.decode(wire.action, "action"),
    result: Number(wire.result) === failed ? nonEmpty(wire.error, "error") : resultCodes.decode(wire.result, "result"),
    cwd: wire.cwd,
    tty: wire.tty,
    nodeId: wire.nodeId,
    ...(execEvent
      ? { execEvent: { execId: execEvent.execId ?? "", executableName: execEvent.executableName ?? "" } }
      : {}),
  };
}

/** Throws for 0, which is what is read where a field is absent. */
function present64(wire: Parameters<typeof uint64FromWire>[0], name: string): bigint {
  const value = uint64FromWire(wire);
  if (value < 1n) throw new MessageInvalidError(name, "is missing");
  return value;
}

/** What is absent stays so. Throws for 0, which would be read as absent. */
function optional64(value: bigint | undefined, name: string): unknown {
  if (value !== undefined && value < 1n) throw new MessageInvalidError(name, `${value} is not above 0`);
  return value === undefined ? null : uint64ToWire(value, name);
}

function checkSize(bytes: Uint8Array): void {
  if (bytes.length > alertMaxBytes)
    throw new MessageOversizedError(`an alert has at most ${alertMaxBytes} bytes, this one ${bytes.length}`);
}
