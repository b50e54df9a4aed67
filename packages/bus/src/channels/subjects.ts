/**
 * Where things are on the bus. The version in the names rises when a message's meaning changes, so that old and new can
 * run beside each other.
 *
 *   portcullis.v2.alerts.<node>.<namespace>.<pod>.<policy>   protobuf Alert, kept in the stream PORTCULLIS_ALERTS
 *   portcullis.v2.json.<node>.<namespace>.<pod>.<policy>     the same as JSON, for whoever listens now; not kept
 *   portcullis.v1.logs.<node>.<namespace>.<pod>.<operation>  protobuf Alert of a log, kept in the stream PORTCULLIS_LOGS
 *   portcullis.v1.json-logs.<node>.<namespace>.<pod>.<operation>  the same as JSON; not kept
 *   portcullis.v1.bundle.<node>                              what is stored of a node's bundle, repeated by the server; not kept
 *   portcullis.v1.node.<node>.<what>                         all that a node with a login of its own may publish (`own-node.ts`)
 *   KV portcullis-v1-bundles      key = node
 *   KV portcullis-v1-rule-sets    key = 64 hex digits of the SHA-256
 *   KV portcullis-v1-node-status  key = node
 *
 * A name becomes one token: letters, digits and "-" stay as they are, any other byte of its UTF-8 is written `=HH` (a dot is `=2E`, an
 * underscore is `=5F`), and the empty name is `_` (the host has no namespace). Two names never share a token.
 */

import type { Alert } from "@portcullis/model";
import type { AlertFilter } from "../bus.ts";
import { MessageInvalidError } from "../errors.ts";

const subjectPrefix = "portcullis.v1";
const alertPrefix = "portcullis.v2";
export const alertStream = "PORTCULLIS_ALERTS";
export const alertSubjects = `${alertPrefix}.alerts.>`;
export const logStream = "PORTCULLIS_LOGS";
export const logSubjects = `${subjectPrefix}.logs.>`;
export const buckets = {
  bundles: "portcullis-v1-bundles",
  ruleSets: "portcullis-v1-rule-sets",
  nodeStatus: "portcullis-v1-node-status",
} as const;

/** Where the server repeats what it stores in the bucket of bundles; its own notation stands for the key. */
export const bundleHintSubjects = `${subjectPrefix}.bundle.{{wildcard(1)}}`;

export function bundleHintSubject(node: string): string {
  return `${subjectPrefix}.bundle.${toToken(node)}`;
}

/** What the node publishes on, and what of it is behind that: a word of `own-node.ts`, then what it needs. */
export function nodeSubject(node: string, ...what: readonly string[]): string {
  return [subjectPrefix, "node", toToken(node), ...what].join(".");
}

/** Everything that nodes publish of one kind, for who answers it. `more`: further tokens follow. */
export const nodeSubjects = (what: string, more: 0 | 1): string =>
  `${subjectPrefix}.node.*.${what}${more === 1 ? ".*" : ""}`;

/** The node, and what follows the word. */
export function readNodeSubject(subject: string): { readonly node: string; readonly rest: readonly string[] } {
  const [, , , token = "", , ...rest] = subject.split(".");
  return { node: fromToken(token), rest };
}

/** Under which prefix somebody gets replies. */
export const inboxPrefixOf = (user: string): string => `_INBOX_${toToken(user)}`;

const safe = /^[A-Za-z0-9-]$/;
const emptyToken = "_";

export function toToken(name: string): string {
  if (name === "") return emptyToken;
  let token = "";
  for (const byte of Buffer.from(name, "utf8")) {
    const char = String.fromCharCode(byte);
    token += byte < 0x80 && safe.test(char) ? char : `=${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return token;
}

/** The name that a token stands for. Throws `BUS_MESSAGE_INVALID` for a token that `toToken` does not write. */
export function fromToken(token: string): string {
  if (token === emptyToken) return "";
  const bytes = token.replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  const name = Buffer.from(bytes, "latin1").toString("utf8");
  if (toToken(name) !== token) throw new MessageInvalidError("token", `${JSON.stringify(token)} names nothing`);
  return name;
}

/** Where alerts go, or logs: what passed and is visible has a stream and subjects apart, so that it drowns no alert. */
export interface AlertChannel {
  readonly stream: string;
  /** What one of its messages is called. */
  readonly what: "alert" | "log";
  /** Where within a node's messages it belongs: three tokens. */
  place(of: Alert): string;
  subject(of: Alert): string;
  jsonSubject(of: Alert): string;
  filter(filter: AlertFilter): string;
}

export const alertChannel: AlertChannel = {
  stream: alertStream,
  what: "alert",
  place: alertPlace,
  subject: alertSubject,
  jsonSubject,
  filter: alertFilterSubject,
};

export const logChannel: AlertChannel = {
  stream: logStream,
  what: "log",
  place: logPlace,
  subject: (log) => `${subjectPrefix}.logs.${toToken(log.hostName)}.${logPlace(log)}`,
  jsonSubject: (log) => `${subjectPrefix}.json-logs.${toToken(log.hostName)}.${logPlace(log)}`,
  filter: ({ node, namespace, pod }) => {
    const [ofNode, ofNamespace, ofPod] = [node, namespace, pod].map(tokenOrAny);
    return `${subjectPrefix}.logs.${ofNode}.${ofNamespace}.${ofPod}.*`;
  },
};

function logPlace({ namespaceName, podName, operation }: Alert): string {
  return `${toToken(namespaceName)}.${toToken(podName)}.${toToken(operation)}`;
}

type AlertPlace = Pick<Alert, "hostName" | "namespaceName" | "podName" | "policyName">;

/** Where within a node's alerts it belongs: three tokens. */
function alertPlace({ namespaceName, podName, policyName }: Omit<AlertPlace, "hostName">): string {
  return `${toToken(namespaceName)}.${toToken(podName)}.${toToken(policyName)}`;
}

export function alertSubject(alert: AlertPlace): string {
  return `${alertPrefix}.alerts.${toToken(alert.hostName)}.${alertPlace(alert)}`;
}

export function jsonSubject(alert: AlertPlace): string {
  return `${alertPrefix}.json.${toToken(alert.hostName)}.${alertPlace(alert)}`;
}

/** What to subscribe to: the alerts themselves, or their JSON copies. */
export function alertFilterSubject(filter: AlertFilter, form: "alerts" | "json" = "alerts"): string {
  const { node, namespace, pod, policy } = filter;
  return `${alertPrefix}.${form}.${tokenOrAny(node)}.${tokenOrAny(namespace)}.${tokenOrAny(pod)}.${tokenOrAny(policy)}`;
}

const tokenOrAny = (name: string | undefined) => (name === undefined ? "*" : toToken(name));
