/** A Report of OpenReports: what was denied or audited in one namespace. Pure. */

import type { Resource } from "@portcullis/kube";
import { type Entry, mostResults, type ReportEntries } from "./report-entries.ts";

export const reportResource: Resource = {
  group: "openreports.io",
  version: "v1alpha1",
  plural: "reports",
  kind: "Report",
};
/** One in each namespace. */
export const reportName = "portcullis";
/** By it ours are found. */
export const reportLabels = { "app.kubernetes.io/managed-by": "portcullis" };

interface Result {
  readonly policy: string;
  /** The rule's place in the policy. */
  readonly rule?: string;
  readonly category: string;
  readonly result: "fail" | "warn";
  readonly scored: boolean;
  readonly severity?: "info" | "low" | "medium" | "high" | "critical";
  readonly timestamp: { readonly seconds: number; readonly nanos: 0 };
  readonly resources: readonly object[];
  readonly message: string;
  readonly properties: Readonly<Record<string, string>>;
}

export interface ReportContent {
  readonly source: "portcullis";
  readonly scope: object;
  readonly configuration: object;
  /** `skip`: results that gave way to those that were seen later. */
  readonly summary: Readonly<Record<"pass" | "fail" | "warn" | "error" | "skip", number>>;
  readonly results: readonly Result[];
}

/** Two of ours each. */
const severities = ["info", "low", "medium", "high", "critical"] as const;
const versions: Readonly<Record<string, string>> = {
  ...{ Deployment: "apps/v1", StatefulSet: "apps/v1", DaemonSet: "apps/v1", ReplicaSet: "apps/v1" },
  ...{ Job: "batch/v1", CronJob: "batch/v1", Pod: "v1" },
};

export function reportOf(namespace: string, { entries, leftOut }: ReturnType<ReportEntries["of"]>): ReportContent {
  const results = entries.map((entry) => resultOf(namespace, entry));
  const count = (wanted: Result["result"]) => results.filter(({ result }) => result === wanted).length;
  return {
    source: "portcullis",
    scope: { apiVersion: "v1", kind: "Namespace", name: namespace },
    configuration: { limits: { maxResults: mostResults } },
    summary: { pass: 0, fail: count("fail"), warn: count("warn"), error: 0, skip: leftOut },
    results,
  };
}

function resultOf(namespace: string, entry: Entry): Result {
  const { key, policy, origin, operation, action, severity, owner, total, last } = entry;
  const denied = action === "Block";
  const apiVersion = versions[owner.kind];
  const level = severities[Math.ceil(Number(severity) / 2) - 1];
  const [kind = ""] = key.split("/");
  return {
    policy,
    ...(origin === "" ? {} : { rule: origin }),
    category: operation,
    result: denied ? "fail" : "warn",
    scored: denied,
    ...(level === undefined ? {} : { severity: level }),
    timestamp: { seconds: last, nanos: 0 },
    resources: [{ ...(apiVersion ? { apiVersion } : {}), kind: owner.kind, namespace, name: owner.name }],
    message: `${operation} ${denied ? "denied" : "audited"} ${total === 1 ? "once" : `${total} times`}`,
    properties: { count: String(total), action, ...(kind === "" ? {} : { policyKind: kind }) },
  };
}
