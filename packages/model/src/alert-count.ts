/** How often something was denied or reported, as the controller has counted it. */

import type { Alert } from "./alert.ts";

export interface AlertCount {
  /** Empty: of hosts. */
  readonly namespace: string;
  readonly policy: string;
  readonly operation: Alert["operation"];
  readonly action: Alert["action"];
  /** Of the workload; empty where it has none. */
  readonly owner: { readonly kind: string; readonly name: string };
  /** Operations, repetitions included, since counting began. */
  readonly total: number;
  /** When the last one was, seconds since the epoch. */
  readonly lastSeconds: number;
}

/** All counts of one policy, which are said when one of them has changed, and all again now and then. */
export interface AlertSummary {
  readonly namespace: string;
  readonly policy: string;
  /** When counting began, RFC 3339. */
  readonly since: string;
  readonly counts: readonly AlertCount[];
}
