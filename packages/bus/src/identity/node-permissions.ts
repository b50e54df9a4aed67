/**
 * What a node with a login of its own may do on the bus. Pure. Everything that it publishes lies below one subject that names it, and goes from the
 * nodes' account into the controller's by that subject alone. The server looks at no permission when it sends an answer; but an answer, which
 * has come out of that account, does not go into it again. So one that is to be sent to another node's subject arrives nowhere.
 */

import { bundleHintSubject, inboxPrefixOf, nodeSubject } from "../channels/subjects.ts";

/** The account that nodes are in; the server's configuration has it. */
export const nodeAccount = "NODES";

export interface NodePermissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

/** The words behind a node's subject, and how many tokens follow each. */
export const nodeWords = {
  alert: "alert",
  json: "json",
  status: "status",
  bundle: "bundle",
  ruleSet: "rule-set",
  alertStream: "alert-stream",
  storedAlert: "stored-alert",
  log: "log",
  jsonLog: "json-log",
  logStream: "log-stream",
  storedLog: "stored-log",
} as const;

/** Those of alerts and of logs, by what they are about. */
export const channelWords = {
  alert: { stored: nodeWords.alert, json: nodeWords.json, stream: nodeWords.alertStream, one: nodeWords.storedAlert },
  log: { stored: nodeWords.log, json: nodeWords.jsonLog, stream: nodeWords.logStream, one: nodeWords.storedLog },
} as const;

export function nodePermissions(node: string): NodePermissions {
  const { status, bundle, ruleSet } = nodeWords;
  return {
    publish: [
      ...Object.values(channelWords).flatMap(({ stored, json, stream, one }) => [
        nodeSubject(node, stored, "*", "*", "*"),
        nodeSubject(node, json, "*", "*", "*"),
        nodeSubject(node, stream),
        nodeSubject(node, one, "*"),
      ]),
      nodeSubject(node, status),
      nodeSubject(node, bundle),
      // By digest: a controller answers, for the rule sets that the node's bundle names.
      nodeSubject(node, ruleSet, "*"),
    ],
    subscribe: [bundleHintSubject(node), `${inboxPrefixOf(node)}.>`],
  };
}
