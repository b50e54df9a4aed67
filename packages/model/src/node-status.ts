/** What a node tells the controller. */

import type { PolicyRef } from "./rule-set.ts";

/** A policy's part that this node could not bind; the controller puts it into the policy's status. */
export interface Unenforced {
  readonly policy: PolicyRef;
  readonly origin: string;
  readonly reason: string;
}

/** What a node says of itself, in the node-status KV bucket, key = node. */
export interface NodeStatus {
  readonly node: string;
  /** RFC 3339, UTC. */
  readonly updatedAt: string;
  readonly enforcerVersion: string;
  readonly kernel: string;
  /** False: nothing can be enforced here; `problems` says why (BPF LSM absent, no BTF, …). */
  readonly enforcing: boolean;
  readonly problems: readonly string[];
  /** LSM hooks attached. */
  readonly hooks: readonly string[];
  /** Revision of the bundle in force; 0n: none yet. */
  readonly appliedRevision: bigint;
  /** Digests of rule sets bound to at least one running container. */
  readonly boundRuleSets: readonly string[];
  readonly unenforced: readonly Unenforced[];
  /** Counters: refused bundles, lost events, spool drops, kernel anomalies. Names as in the metrics. */
  readonly counters: Readonly<Record<string, number>>;
  readonly headroom: { readonly slotsUsed: number; readonly slots: number };
}
