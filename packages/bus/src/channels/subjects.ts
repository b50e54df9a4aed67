/**
 * Where things are on the bus. The version in the names rises when a message's meaning changes, so that old and new can
 * run beside each other.
 *
 *   portcullis.v1.alerts.<namespace>.<pod>.<policy>   protobuf Alert, kept in the stream PORTCULLIS_ALERTS
 *   portcullis.v1.json.<namespace>.<pod>.<policy>     the same as JSON, for whoever listens now; not kept
 *   portcullis.v1.bundle.<node>                       what is stored of a node's bundle, repeated by the server; not kept
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
export const alertStream = "PORTCULLIS_ALERTS";
export const alertSubjects = `${subjectPrefix}.alerts.>`;
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

type AlertPlace = Pick<Alert, "namespaceName" | "podName" | "policyName">;

function place({ namespaceName, podName, policyName }: AlertPlace): string {
  return `${toToken(namespaceName)}.${toToken(podName)}.${toToken(policyName)}`;
}

export function alertSubject(alert: AlertPlace): string {
  return `${subjectPrefix}.alerts.${place(alert)}`;
}

export function jsonSubject(alert: AlertPlace): string {
  return `${subjectPrefix}.json.${place(alert)}`;
}

/** What to subscribe to: the alerts themselves, or their JSON copies. */
export function alertFilterSubject(filter: AlertFilter, form: "alerts" | "json" = "alerts"): string {
  const token = (name: string | undefined) => (name === undefined ? "*" : toToken(name));
  return `${subjectPrefix}.${form}.${token(filter.namespace)}.${token(filter.pod)}.${token(filter.policy)}`;
}
