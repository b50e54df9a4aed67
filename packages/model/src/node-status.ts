/** What a node tells the controller. */

import type { PolicyRef } from "./rule-set.ts";

/** A policy's part that this node could not bind; the controller puts it into the policy's status. */
export interface Unenforced {
  readonly policy: PolicyRef;
  readonly origin: string;
  readonly reason: string;
}

/** A bundle that a node holds, by its content: the revision alone does not say that two bundles are the same. */
export interface HeldBundle {
  readonly epoch: bigint;
  readonly revision: bigint;
  /** `sha256:<hex>` of the encoded bundle. */
  readonly digest: string;
}

/** A policy whose rules a container of the node has to get and has not got yet. */
export interface Waiting {
  readonly policy: PolicyRef;
  readonly reason: string;
}

/** A name in a rule of which a node noticed something. */
export interface NoticedName {
  readonly origin: string;
  /** As it is written; directories end in "/". */
  readonly name: string;
  /** Of an unprotected source: why, in words that go on after the name. Else empty. */
  readonly why: string;
}

/** What a node noticed of the names of a policy that it enforces as it is written. */
export interface PolicyNotices {
  readonly policy: PolicyRef;
  /** Names that nothing has had in any container of the node that the policy selects, since the node looks. */
  readonly namesNothing: readonly NoticedName[];
  /** Sources whose program some container can have put there itself. */
  readonly unprotectedSources: readonly NoticedName[];
  /** There was no room for all of it. */
  readonly cut?: boolean | undefined;
  /** The node is still looking: it says no more than it knows. */
  readonly pending?: boolean | undefined;
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
  /**
   * How many parts are unenforced in all, and of how many policies: the list may be cut. Undefined: there is none, or the enforcer
   * is of a release that does not say.
   */
  readonly unenforcedInAll?: { readonly parts: number; readonly policies: number } | undefined;
  /** The bundle that the last pass bound, but for what waits. Undefined: none yet, or the enforcer is of a release that does not say. */
  readonly held?: HeldBundle | undefined;
  /** Parts of policies that are in force but for what they must not deny; at most 256. */
  readonly exempt?: readonly Unenforced[] | undefined;
  /** 3 KiB at most, all policies together. */
  readonly notices?: readonly PolicyNotices[] | undefined;
  /** Not every policy of which there is something to say is among them: there was no room, or nothing is known yet. */
  readonly noticesCut?: boolean | undefined;
  /** One entry a policy; the list may be cut. */
  readonly waiting?: readonly Waiting[] | undefined;
  /** How many policies wait in all. */
  readonly waitingPolicies?: number | undefined;
  /** Why the newest bundle is not in force. */
  readonly bundleProblem?: string | undefined;
  /** Counters: refused bundles, lost events, spool drops, kernel anomalies. Names as in the metrics. */
  readonly counters: Readonly<Record<string, number>>;
  readonly headroom: { readonly slotsUsed: number; readonly slots: number };
}
