/** What all receivers are told of an alert in the same words: how bad it is, which rule it was, a line to read, and its fields by the names of the JSON document. */

import { alertJson } from "@portcullis/bus";
import type { Alert } from "@portcullis/model";

/** Falco's words, as falcosidekick takes them. */
export type Priority = "Debug" | "Informational" | "Notice" | "Warning" | "Error" | "Critical";

/** By severity, 1 to 10. */
const priorities: readonly Priority[] = [
  ...(["Debug", "Informational", "Notice", "Notice", "Warning"] as const),
  ...(["Warning", "Error", "Error", "Critical", "Critical"] as const),
];

/** Without a severity (a posture has decided): what was denied is a warning, all else a notice. */
export function priorityOf({ severity, action, type }: Alert): Priority {
  const given = priorities[Number(severity) - 1];
  if (given !== undefined) return given;
  return action === "Block" && type !== "SystemEvent" ? "Warning" : "Notice";
}

/** `no-sleep spec.process.matchPaths[0]`. */
export function ruleOf({ policyName, rule }: Alert): string {
  const policy = policyName === "" ? "portcullis" : policyName;
  return rule === undefined ? policy : `${policy} ${rule.origin}`;
}

const done: Record<Alert["action"], string> = { Block: "denied", Audit: "audited", Allow: "allowed" };

/** One line for people. */
export function lineOf(alert: Alert): string {
  const { operation, action, resource, source, namespaceName, podName, containerName, hostName, count } = alert;
  const where = podName === "" ? `node ${hostName}` : `${namespaceName}/${podName} ${containerName} on ${hostName}`;
  const what =
    alert.type === "SystemEvent" ? `${operation} of ${ruleOf(alert)}` : `${operation} ${done[action]}: ${resource}`;
  const times = count === undefined ? "" : `, ${count} times more`;
  const message = alert.message === "" ? "" : `: ${alert.message}`;
  return `${what} by ${source} in ${where}${times} (${ruleOf(alert)})${message}`;
}

/** The JSON document's fields, flat: `Owner.Name`, `EventData.Syscall`. What is empty is left out, and so is the list of tags, which has a place of its own. */
export function fieldsOf(alert: Alert): Record<string, string | number> {
  const flat: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(JSON.parse(alertJson(alert)) as Record<string, unknown>)) {
    if (Array.isArray(value)) continue;
    if (typeof value === "string" || typeof value === "number") put(flat, name, value);
    else for (const [inner, text] of Object.entries(value as object)) put(flat, `${name}.${inner}`, String(text));
  }
  return flat;
}

function put(flat: Record<string, string | number>, name: string, value: string | number): void {
  if (value !== "") flat[name] = value;
}
