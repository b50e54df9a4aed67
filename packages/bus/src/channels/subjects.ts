/**
 * Where things are on the bus. The version in the names rises when a message's meaning changes, so that old and new can
 * run beside each other.
 *
 *   portcullis.v2.alerts.<node>.<namespace>.<pod>.<policy>   protobuf Alert, kept in the stream PORTCULLIS_ALERTS
 *   portcullis.v2.json.<node>.<namespace>.<pod>.<policy>     the same as JSON, sent by the controller to whoever listens; not kept
 *   portcullis.v1.logs.<node>.<namespace>.<pod>.<operation>  protobuf Alert of a log, kept in the stream PORTCULLIS_LOGS
 *   portcullis.v1.json-logs.<node>.<namespace>.<pod>.<operation>  the same as JSON; not kept
 *   portcullis.v1.summary.<namespace>.<policy>               how often what happened, as JSON, for whoever listens; not kept
 *   portcullis.v1.bundle.<node>                              what is stored of a node's bundle, repeated by the server; not kept
 *   portcullis.v1.node.<node>.<what>                         all that a node with a login of its own may publish (`own-node.ts`)
 *   KV portcullis-v1-bundles      key = node
 *   KV portcullis-v1-rule-sets    key = 64 hex digits of the SHA-256
 *   KV portcullis-v1-node-status  key = node
 *   KV portcullis-v1-progress     key = who reads a stream: how far it has come, and what it has made of it
 *
 * A name becomes one token: letters, digits and "-" stay as they are, any other byte of its UTF-8 is written `=HH` (a dot is `=2E`, an
 * underscore is `=5F`), and the empty name is `_` (the host has no namespace). Two names never share a token.
 */

import { MessageInvalidError } from "../errors.ts";

export const subjectPrefix = "portcullis.v1";
/** Of alerts and their JSON, since the node is in their subjects. */
export const alertPrefix = "portcullis.v2";
export const buckets = {
  bundles: "portcullis-v1-bundles",
  ruleSets: "portcullis-v1-rule-sets",
  nodeStatus: "portcullis-v1-node-status",
  progress: "portcullis-v1-progress",
} as const;

/** Where the server repeats what it stores in the bucket of bundles; its own notation stands for the key. */
export const bundleHintSubjects = `${subjectPrefix}.bundle.{{wildcard(1)}}`;

export function bundleHintSubject(node: string): string {
  return `${subjectPrefix}.bundle.${toToken(node)}`;
}

/** The words behind a node's subject; those of alerts and logs are their channels'. */
export const nodeWords = { status: "status", bundle: "bundle", ruleSet: "rule-set" } as const;

/** What the node publishes on: one of its words, then the tokens that belong to that. */
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
const allSafe = /^[A-Za-z0-9-]+$/;
const emptyToken = "_";

export function toToken(name: string): string {
  if (name === "") return emptyToken;
  if (allSafe.test(name)) return name;
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
  if (allSafe.test(token)) return token;
  const bytes = token.replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  const name = Buffer.from(bytes, "latin1").toString("utf8");
  if (toToken(name) !== token) throw new MessageInvalidError("token", `${JSON.stringify(token)} names nothing`);
  return name;
}
