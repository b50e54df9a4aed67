/** What the enforcers say of their nodes, and how long ago. */
import type { NodeStatus, PolicyRef } from "@portcullis/model";
import { keyOfRef } from "../watch/objects.ts";

/** A node that has not been heard for so long is silent. */
export const silenceMs = 60_000;

/** Why a node does not enforce a policy. */
export interface NodeFault {
  readonly reason: string;
  /** Nothing is wrong: the node was told and has not answered yet. */
  readonly waiting: boolean;
}

interface Heard {
  status: NodeStatus;
  /** When it was heard, by our own clock. */
  at: number;
  silent: boolean;
}

export class NodeHealth {
  readonly #heard = new Map<string, Heard>();
  readonly #now: () => number;

  /** `now`: milliseconds since the epoch. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /**
   * A status arrived. The first one of a node may have been in the bucket for long: its own time counts then, if that is in the past.
   * Later ones count from their arrival, because a node's clock may differ from ours.
   */
  hear(node: string, status: NodeStatus): void {
    const now = this.#now();
    const written = Date.parse(status.updatedAt);
    const first = !this.#heard.has(node) && Number.isFinite(written);
    const at = first ? Math.min(now, written) : now;
    this.#heard.set(node, { status, at, silent: now - at >= silenceMs });
  }

  forget(node: string): void {
    this.#heard.delete(node);
  }

  status(node: string): NodeStatus | undefined {
    return this.#heard.get(node)?.status;
  }

  silent(node: string): boolean {
    return this.#heard.get(node)?.silent ?? false;
  }

  /** The nodes that have fallen silent since the last call. */
  fallenSilent(): string[] {
    const now = this.#now();
    const fallen: string[] = [];
    for (const [node, heard] of this.#heard) {
      if (heard.silent || now - heard.at < silenceMs) continue;
      heard.silent = true;
      fallen.push(node);
    }
    return fallen;
  }

  /** Counts for the metrics. */
  summary(): { enforcing: number; failing: number; silent: number } {
    const sum = { enforcing: 0, failing: 0, silent: 0 };
    for (const { status, silent } of this.#heard.values()) {
      if (silent) sum.silent++;
      else if (status.enforcing) sum.enforcing++;
      else sum.failing++;
    }
    return sum;
  }

  /** Why the node does not enforce what `revision` of its bundle carries of this policy; undefined: it does. */
  fault(node: string, policy: PolicyRef, revision: bigint): NodeFault | undefined {
    const heard = this.#heard.get(node);
    if (heard === undefined) return failure("no enforcer has reported from this node");
    const { status, at, silent } = heard;
    if (silent) {
      const since = new Date(at).toISOString();
      return failure(`the enforcer has been silent since ${since}; what it bound last stays in force`);
    }
    if (!status.enforcing)
      return failure(status.problems.join("; ") || "the enforcer says that it cannot enforce here");
    if (status.appliedRevision < revision) {
      const reason = `revision ${revision} of its bundle is not applied yet, ${status.appliedRevision} is`;
      return { reason, waiting: true };
    }
    const [first, ...rest] = this.unenforced(node, policy);
    if (first === undefined) return undefined;
    return failure(`${first.origin}: ${first.reason}${rest.length > 0 ? ` (and ${rest.length} more)` : ""}`);
  }

  /** The parts of a policy that the node says it could not bind. */
  unenforced(node: string, policy: PolicyRef): NodeStatus["unenforced"] {
    const key = keyOfRef(policy);
    return this.#heard.get(node)?.status.unenforced.filter((entry) => keyOfRef(entry.policy) === key) ?? [];
  }
}

const failure = (reason: string): NodeFault => ({ reason, waiting: false });

/** Whether two statuses differ in anything that a policy's status is made of. Statuses that only say that the node lives do not. */
export function differs(a: NodeStatus | undefined, b: NodeStatus): boolean {
  return (
    a === undefined ||
    a.enforcing !== b.enforcing ||
    a.appliedRevision !== b.appliedRevision ||
    JSON.stringify([a.problems, a.unenforced]) !== JSON.stringify([b.problems, b.unenforced])
  );
}
