/**
 * An alert, or a log, is made of a kernel event. The kernel has decided and says which rule did: nothing is matched again here. What the
 * event does not carry, the names of pod and policy, comes from its attribution.
 */

import { getSystemErrorMap } from "node:util";
import type { Alert, PolicyRef, Rule } from "@portcullis/model";
import type { KernelEvent } from "@portcullis/native";
import { addressText, capabilityName, protocolName, socketWords } from "@portcullis/policy";
import type { Binding } from "../bind/binding.ts";
import { isHost } from "../bind/host.ts";
import { isMultiCall } from "../bind/multi-call.ts";
import { dataFields, dataOf, noCall } from "./data.ts";
import { syscallName } from "./syscalls.ts";

/** Whose event it was and what decided. */
export interface Attribution {
  readonly binding: Binding | undefined;
  /** The deciding rule. Undefined when the posture decided, or when the rule is not known any more. */
  readonly rule: Rule | undefined;
  readonly policy: PolicyRef | undefined;
}

/** What is the same for every alert of this node. */
export interface AlertOrigin {
  readonly cluster: string;
  readonly node: string;
  /** Machine id of the node. */
  readonly nodeId: string;
  /** Id of the boot, because sequences begin anew with every boot. */
  readonly boot: string;
  /** Nanoseconds from boot time to the epoch. */
  readonly bootToEpochNs: bigint;
  /** Logs of executions are to be without their Resource. */
  readonly dropsProcessResources?: boolean | undefined;
}

const defaultPosture = "DefaultPosture";
/** The policy's name of an event whose rule cannot be found: the denial is real and must be seen. */
const unknownPolicy = "Unknown";

const operationNotPermitted = -1;

export function alertOf(event: KernelEvent, attribution: Attribution, origin: AlertOrigin): Alert {
  const data = dataOf(event);
  if (event.unresolvable) data.push(["name", "incomplete"]);
  if (event.pathless) data.push(["program", "nameless"]);
  return {
    id: alertId(event, origin),
    timestampNs: event.timeNs + origin.bootToEpochNs,
    clusterName: origin.cluster,
    hostName: origin.node,
    nodeId: origin.nodeId,
    ...containerFields(attribution.binding),
    ...processFields(event),
    ...(event.visible ? logFields(event, attribution, origin) : policyFields(event, attribution)),
    ...domainFields(event, attribution),
    ...appletFields(event, attribution),
    ...dataFields(data),
    enforcer: "BPFLSM",
    ...outcome(event),
  };
}

/** Of a query the Resource is the domain that the rule names; the name that is asked for is in Data. */
function domainFields({ category }: KernelEvent, { rule }: Attribution): { resource?: string } {
  return category === "dns" && rule?.match.kind === "domain" ? { resource: rule.match.domain } : {};
}

/** Of an applet of a multi-call binary the Resource is the name that the rule has for it; what the kernel has executed is the binary. */
function appletFields({ operation, object, args }: KernelEvent, { rule }: Attribution): { resource?: string } {
  if (operation !== "exec" || rule?.match.kind !== "path") return {};
  const { path } = rule.match;
  return isMultiCall(object) && !isMultiCall(path) ? { resource: [path, ...args.slice(1)].join(" ") } : {};
}

/** What passed, and nothing but visibility reports, is no policy's. */
function logFields(
  { category }: KernelEvent,
  { binding }: Attribution,
  { dropsProcessResources }: AlertOrigin,
): Omit<PolicyFields, "severity" | "rule"> & { resource?: "" } {
  const type = binding && isHost(binding) ? "HostLog" : "ContainerLog";
  const dropped = dropsProcessResources && category === "process" ? ({ resource: "" } as const) : {};
  return { policyName: "", tags: [], message: "", type, ...dropped };
}

type ContainerFields = Pick<
  Alert,
  "namespaceName" | "podName" | "labels" | "owner" | "containerId" | "containerName" | "containerImage"
>;

/** An alert of the host, or of a container that is not known any more, names none. */
function containerFields(binding: Binding | undefined): ContainerFields {
  if (!binding || isHost(binding))
    return { namespaceName: "", podName: "", labels: {}, containerId: "", containerName: "", containerImage: "" };
  const { namespace, pod, labels, owner, containerId, container, image } = binding;
  return {
    namespaceName: namespace,
    podName: pod,
    labels,
    ...(owner ? { owner: { ref: owner.kind, name: owner.name, namespace: owner.namespace } } : {}),
    containerId,
    containerName: container,
    containerImage: image,
  };
}

type ProcessFields = Pick<
  Alert,
  | "hostPpid"
  | "hostPid"
  | "ppid"
  | "pid"
  | "uid"
  | "parentProcessName"
  | "processName"
  | "source"
  | "operation"
  | "resource"
  | "cwd"
  | "tty"
>;

function processFields(event: KernelEvent): ProcessFields {
  const exec = event.operation === "exec";
  const program = event.exe || event.comm;
  const process = event.category === "process";
  return {
    hostPpid: event.ppid,
    hostPid: event.pid,
    ppid: event.nsPpid,
    pid: event.nsPid,
    uid: event.uid,
    // Of an execution the kernel reports the caller, which is the parent of the program in question.
    parentProcessName: exec ? event.exe : event.parentExe,
    processName: exec ? event.object : program,
    source: process ? program : commandLine(event),
    operation: operations[event.category],
    resource: exec ? [event.object, ...event.args.slice(1)].join(" ") : objectOf(event),
    cwd: event.cwd === "" || event.cwd.endsWith("/") ? event.cwd : `${event.cwd}/`,
    tty: event.tty,
  };
}

const operations = {
  process: "Process",
  file: "File",
  network: "Network",
  capabilities: "Capabilities",
  syscalls: "Syscall",
  dns: "Network",
} as const;

/** What was done to: a name, a socket with what was asked for when it is made, or a capability. */
function objectOf({ object, socket, capability, syscall, category, peer, operation }: KernelEvent): string {
  if (category === "dns") return object;
  if (capability !== undefined) return capabilityName(capability);
  if (!socket) return object;
  if (peer) {
    const isAsked = operation === "socket_connect" || operation === "socket_send" || syscall.nr === noCall;
    const side = isAsked ? "remoteip" : "localip";
    return `${side}=${addressText(peer.address)} port=${peer.port} protocol=${protocolName(socket)}`;
  }
  const asked = syscallName(syscall.nr) === "SYS_SOCKET" ? Number(BigInt.asUintN(32, syscall.args[1] ?? 0n)) : 0;
  return socketWords(socket, asked);
}

/** Unique for an event of this node. Boot and time tell apart what got the same number after the engine was loaded anew. */
function alertId(event: KernelEvent, origin: AlertOrigin): string {
  return `${origin.node}/${origin.boot}/${event.sequence}-${event.timeNs.toString(36)}`;
}

/** The command line with the program's path in the place of argv[0], which a program may choose freely. */
function commandLine(event: KernelEvent): string {
  return [event.exe || event.args[0] || event.comm, ...event.args.slice(1)].join(" ");
}

function outcome({ verdict, called, visible }: KernelEvent): Pick<Alert, "action" | "result"> {
  if (visible) return { action: "Allow", result: "Passed" };
  if (called !== undefined && called.errno !== 0) return { action: "Audit", result: errorWords(called.errno) };
  if (verdict === 0) return { action: "Audit", result: "Passed" };
  return {
    action: "Block",
    result: verdict === operationNotPermitted ? "Operation not permitted" : "Permission denied",
  };
}

/** In the words of strerror(3). */
function errorWords(errno: number): string {
  const words = getSystemErrorMap().get(-errno)?.[1] ?? `error ${errno}`;
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

type PolicyFields = Pick<Alert, "policyName" | "rule" | "severity" | "tags" | "message" | "type">;

/**
 * The policy that is to be named is that of a Block or Audit rule. What was denied or reported because of an Allow rule's
 * condition, or because there is no rule, is the posture's.
 */
function policyFields(event: KernelEvent, { binding, rule, policy }: Attribution): PolicyFields {
  const type = binding && isHost(binding) ? "MatchedHostPolicy" : "MatchedPolicy";
  if (event.ruleId !== 0 && rule === undefined) {
    const message = `decided by rule ${event.ruleId} of rule table ${event.tableId}, which is not known any more`;
    return { policyName: unknownPolicy, tags: [], message, type };
  }
  if (rule === undefined || policy === undefined || rule.action === "allow") {
    return { policyName: defaultPosture, tags: [], message: "", type };
  }
  const { severity, tags, message, origin } = rule;
  const named = origin === "" ? {} : { rule: { policy, origin } };
  return { policyName: policy.name, ...named, severity, tags, message, type };
}
