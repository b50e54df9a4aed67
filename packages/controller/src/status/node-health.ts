/**
 * What the enforcers say of their nodes, and how long ago by our monotonic clock. No wall clock decides anything: neither ours, which may
 * be set, nor a node's, which may differ.
 */
import type { NodeStatus, Unenforced } from "@portcullis/model";
import { keyOfRef } from "../watch/objects.ts";
import { type NodeNotices, type NoticedOnNode, noticesIn } from "./node-notices.ts";

/** A node that has not been heard for so long is silent. */
export const silenceMs = 60_000;

/** Why a node does not enforce a policy. */
export interface NodeFault {
  readonly reason: string;
  /** Nothing is wrong: the node was told and has not answered yet. */
  readonly waiting: boolean;
  /** It is not known what the node does: it has not been heard for long. */
  readonly silent?: boolean;
}

interface Heard {
  said: Said;
  /** When it was heard, or when its stored status was read, by our monotonic clock. */
  at: number;
  silent: boolean;
  /** Only what lay on the bus when we began to lead is known: no sign of life was seen since. */
  stored: boolean;
}

/** A status, with what it says of policies found by their keys. */
interface Said {
  readonly status: NodeStatus;
  readonly unenforced: ReadonlyMap<string, readonly Unenforced[]>;
  readonly exempt: ReadonlyMap<string, readonly Unenforced[]>;
  readonly notices: ReadonlyMap<string, NodeNotices>;
  readonly waiting: ReadonlyMap<string, string>;
}

export class NodeHealth {
  readonly #heard = new Map<string, Heard>();
  readonly #now: () => number;

  /** `now`: milliseconds of a monotonic clock. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /**
   * A status arrived. One that lay there (`stored`) says what the node said last and not that it lives; nor does one that comes again
   * because the watch was opened again.
   */
  hear(node: string, status: NodeStatus, stored = false): void {
    const before = this.#heard.get(node);
    const said = saidIn(status);
    if (before?.said.status.updatedAt === status.updatedAt) before.said = said;
    else this.#heard.set(node, { said, at: this.#now(), silent: false, stored });
  }

  /** Whether nothing is known of the node but what lay there. It will speak soon, or be silent. */
  unheard(node: string): boolean {
    const heard = this.#heard.get(node);
    return heard?.stored === true && !heard.silent;
  }

  forget(node: string): void {
    this.#heard.delete(node);
  }

  status(node: string): NodeStatus | undefined {
    return this.#heard.get(node)?.said.status;
  }

  silent(node: string): boolean {
    return this.#heard.get(node)?.silent ?? false;
  }

  /** Whether the node is heard of, or was before we began to lead, and says that it enforces. */
  enforces(node: string): boolean {
    const heard = this.#heard.get(node);
    return heard !== undefined && !heard.silent && heard.said.status.enforcing;
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
    for (const { said, silent } of this.#heard.values()) {
      if (silent) sum.silent++;
      else if (said.status.enforcing) sum.enforcing++;
      else sum.failing++;
    }
    return sum;
  }

  /**
   * Why the node does not enforce the policy of this key as the bundles carry it that `carries` knows by their digests; undefined: it does. The
   * digest alone proves what a node holds: a revision can be forged, and comes from a clock.
   */
  fault(node: string, policy: string, carries: (digest: string) => boolean): NodeFault | undefined {
    const heard = this.#heard.get(node);
    if (heard === undefined) return failure("no enforcer has reported from this node");
    const { said, silent } = heard;
    const { status } = said;
    if (silent) {
      const last = `the enforcer is silent; its last status is of ${status.updatedAt} by its own clock`;
      return { reason: `${last}; what it bound last stays in force`, waiting: false, silent };
    }
    if (this.unheard(node)) return { reason: "its enforcer was not heard since this controller leads", waiting: true };
    if (!status.enforcing)
      return failure(status.problems.join("; ") || "the enforcer says that it cannot enforce here");
    const behind = notHeld(status, carries) ?? waitingFor(said, policy);
    if (behind !== undefined) return behind;
    const [first, ...rest] = this.unenforced(node, policy);
    if (first === undefined) return missingParts(said);
    const part = first.origin === "" ? first.reason : `${first.origin}: ${first.reason}`;
    return failure(`${part}${rest.length > 0 ? ` (and ${rest.length} more)` : ""}`);
  }

  /** Why the node cannot take the newest bundle, when it holds none that carries the policy; undefined: it says nothing of the kind. */
  refusal(node: string, carries: (digest: string) => boolean): NodeFault | undefined {
    const heard = this.#heard.get(node);
    if (heard === undefined || heard.silent || this.unheard(node)) return undefined;
    const { status } = heard.said;
    return (status.bundleProblem ?? "") === "" ? undefined : notHeld(status, carries);
  }

  /** The parts of a policy that the node says it could not bind. */
  unenforced(node: string, policy: string): readonly Unenforced[] {
    return this.#heard.get(node)?.said.unenforced.get(policy) ?? [];
  }

  /** The parts of a policy that are in force there but for what the node must not deny. */
  exempt(node: string, policy: string): readonly Unenforced[] {
    return this.#heard.get(node)?.said.exempt.get(policy) ?? [];
  }

  /** What the node noticed of the names of a policy. */
  notices(node: string, policy: string): NoticedOnNode {
    const heard = this.#heard.get(node);
    if (heard === undefined || heard.silent) return "unknown";
    return heard.said.notices.get(policy) ?? (heard.said.status.noticesCut ? "unknown" : "nothing");
  }
}

function saidIn(status: NodeStatus): Said {
  const waiting = new Map((status.waiting ?? []).map(({ policy, reason }) => [keyOfRef(policy), reason]));
  const [unenforced, exempt] = [ofPolicies(status.unenforced), ofPolicies(status.exempt ?? [])];
  return { status, unenforced, exempt, waiting, notices: noticesIn(status) };
}

const ofPolicies = (parts: readonly Unenforced[]): Map<string, Unenforced[]> =>
  Map.groupBy(parts, ({ policy }) => keyOfRef(policy));

/** Why the bundle that the node holds proves nothing of what `carries` stands for. */
function notHeld(
  { held, bundleProblem = "" }: NodeStatus,
  carries: (digest: string) => boolean,
): NodeFault | undefined {
  if (held !== undefined && carries(held.digest)) return undefined;
  if (bundleProblem !== "") return failure(`its newest bundle is not in force: ${bundleProblem}`);
  const reason =
    held === undefined
      ? "the enforcer does not say which bundle it holds: it has none yet, or is of an earlier release"
      : `its newest bundle is not applied yet, revision ${held.revision} is`;
  return { reason, waiting: true };
}

/** Some container of the node that the policy selects has not got its rules yet. */
function waitingFor({ status: { waitingPolicies = 0 }, waiting }: Said, policy: string): NodeFault | undefined {
  const named = waiting.get(policy);
  if (named !== undefined) return { reason: named, waiting: true };
  if (waitingPolicies <= waiting.size) return undefined;
  const reason = `the enforcer names ${waiting.size} of ${waitingPolicies} policies that wait for containers: this one may wait too`;
  return { reason, waiting: true };
}

/** Releases that do not say how many parts there are cut their list here. */
const formerCut = 256;

/**
 * The node does not name the policy. That proves nothing when its list was cut and some policy of it is missing: it may be this one.
 */
function missingParts({ status: { unenforced, unenforcedInAll }, unenforced: byPolicy }: Said): NodeFault | undefined {
  const listed = unenforced.length;
  if (unenforcedInAll === undefined) {
    if (listed < formerCut) return undefined;
    return failure(`the enforcer names ${listed} parts that are not bound and may have left out this policy's`);
  }
  const named = byPolicy.size;
  const { parts, policies } = unenforcedInAll;
  if (named >= policies) return undefined;
  const list = `${listed} of ${parts} parts that are not bound, of ${named} of ${policies} policies`;
  return failure(`the enforcer names ${list}: this policy may be among the others`);
}

const failure = (reason: string): NodeFault => ({ reason, waiting: false });

/** Whether two statuses differ in anything that a policy's status is made of. Statuses that only say that the node lives do not. */
export function differs(a: NodeStatus | undefined, b: NodeStatus): boolean {
  return a === undefined || facts(a) !== facts(b);
}

function facts(status: NodeStatus): string {
  const { enforcing, problems, held, unenforced, unenforcedInAll, exempt, waiting } = status;
  const { waitingPolicies, bundleProblem, notices, noticesCut } = status;
  const list = [
    enforcing,
    problems,
    held?.digest,
    unenforced,
    unenforcedInAll,
    exempt,
    waiting,
    waitingPolicies,
    bundleProblem,
    notices,
    noticesCut,
  ];
  return JSON.stringify(list);
}
