/**
 * Computes the status of a policy and applies it when it says something new. The status of one policy is written at most once in
 * `intervalMs`.
 */
import { type PolicyStatus, reasons } from "@portcullis/api";
import { type Log, sleep, type Took } from "@portcullis/daemon";
import { apply, isStatus, type KubeClient, type News } from "@portcullis/kube";
import { NotLeaderError } from "../errors.ts";
import { type PolicyObject, policyResource } from "../watch/objects.ts";
import type { Prepared } from "../watch/prepared.ts";
import type { World } from "../watch/world.ts";
import type { Ledger } from "./ledger.ts";
import type { NodeHealth } from "./node-health.ts";
import { newsOf, policyStatus, sameStatus } from "./policy-status.ts";

/** Who the API server says wrote the status. */
const fieldManager = "portcullis-controller";

export interface StatusWriterOptions {
  readonly client: KubeClient;
  readonly world: Pick<World, "prepared" | "policyObject" | "untracked" | "current" | "namespaceUnseen">;
  readonly ledger: Ledger;
  readonly health: NodeHealth;
  readonly log: Log;
  readonly isLeader: () => boolean;
  /** True while the policy has changed and its nodes were not worked on since. */
  readonly pending: (policy: string) => boolean;
  /** Tells the policy's readers of a change, as an Event. */
  readonly tell: (policy: PolicyObject, news: News) => void;
  /** Told how long after its last change a policy was found to be enforced everywhere. */
  readonly enforcedAfter?: Took | undefined;
  /** Default 1 s. */
  readonly intervalMs?: number;
  /** A policy that was enforced and waits for a node is given so long before its status says so; default 2 s. */
  readonly patienceMs?: number;
  /** In all, on average; default 50. */
  readonly writesPerSecond?: number;
  /** For tests: milliseconds of a monotonic clock. */
  readonly now?: () => number;
}

/** So many may be written at once after a while of rest. */
const writesAtOnce = 100;

interface Written {
  /** By the monotonic clock. */
  readonly at: number;
  readonly uid: string;
  readonly status: PolicyStatus;
  /** Of the object as the write returned it; empty once the informer has it. */
  readonly resourceVersion: string;
}

/** What is written, into which object, and what was written of it last. */
interface Content {
  readonly object: PolicyObject;
  readonly last: Written | undefined;
  readonly status: PolicyStatus;
}

type Defaulted = StatusWriterOptions &
  Required<Pick<StatusWriterOptions, "intervalMs" | "patienceMs" | "writesPerSecond" | "now">>;

export class StatusWriter {
  readonly counters = { written: 0, unchanged: 0 };
  readonly #options: Defaulted;
  readonly #written = new Map<string, Written>();
  /** When policies changed that were not found to be enforced since. */
  readonly #changedAt = new Map<string, number>();
  /** Since when enforced policies wait for nodes. */
  readonly #waitingSince = new Map<string, number>();
  /** How many may be written at once, as of when. Below zero: so many wait for their turn. */
  #pace: { readonly writes: number; readonly at: number };

  constructor(options: StatusWriterOptions) {
    this.#options = {
      intervalMs: 1_000,
      patienceMs: 2_000,
      writesPerSecond: 50,
      now: () => performance.now(),
      ...options,
    };
    this.#pace = { writes: writesAtOnce, at: this.#options.now() };
  }

  /** The policy is new or was changed. */
  changed(key: string): void {
    this.#changedAt.set(key, this.#options.now());
  }

  async reconcile(key: string, signal?: AbortSignal): Promise<{ requeueAfterMs: number } | undefined> {
    const { world, isLeader, pending, intervalMs, now } = this.#options;
    const policy = world.prepared(key);
    const object = world.policyObject(key);
    if (policy === undefined || object === undefined) {
      this.#written.delete(key);
      this.#changedAt.delete(key);
      this.#waitingSince.delete(key);
      return undefined;
    }
    // When its nodes have been worked on, this policy is queued again.
    if (pending(key)) return undefined;
    const last = this.#written.get(key);
    const wait = this.#mayBeUnseen(key) ? intervalMs : (last?.at ?? Number.NEGATIVE_INFINITY) + intervalMs - now();
    if (wait > 0) return { requeueAfterMs: wait };
    const before = this.#current(object, last);
    const status = this.#computed(policy, before);
    if (status === undefined) return undefined;
    this.#time(key, status);
    if (sameStatus(before, status)) {
      this.counters.unchanged++;
      this.#waitingSince.delete(key);
      return undefined;
    }
    const patience = this.#patience(key, before, status);
    if (patience > 0) return { requeueAfterMs: patience };
    await this.#turn(signal);
    if (!isLeader()) throw new NotLeaderError(`the status of ${key} is not ours to write now`);
    return await this.#tell(key, { object, last, before, status });
  }

  async #tell(
    key: string,
    { object, last, before, status }: Content & { readonly before: PolicyStatus | undefined },
  ): Promise<{ requeueAfterMs: number } | undefined> {
    try {
      await this.#write(key, { object, last, status });
      for (const news of newsOf(before, status)) this.#options.tell(object, news);
      return undefined;
    } catch (error) {
      if (!isStatus(error, 404, 409)) throw error;
      // The policy was changed or deleted meanwhile, and the informer will have it soon: what it holds is looked at then.
      this.#written.delete(key);
      return isStatus(error, 409) ? { requeueAfterMs: this.#options.intervalMs } : undefined;
    }
  }

  /**
   * How long what was written may stand. Whenever a pod comes its node has to prove anew that it holds the bundle, in a few tenths of a
   * second; a status that said so each time would never come to rest while pods come and go.
   */
  #patience(key: string, before: PolicyStatus | undefined, status: PolicyStatus): number {
    const enforced = ({ conditions = [] }: PolicyStatus) => conditions.find(({ type }) => type === "Enforced");
    const same = before !== undefined && before.observedGeneration === status.observedGeneration;
    const waits = same && enforced(before)?.status === "True" && enforced(status)?.reason === reasons.progressing;
    const now = this.#options.now();
    const since = waits ? (this.#waitingSince.get(key) ?? now) : undefined;
    if (since === undefined) {
      this.#waitingSince.delete(key);
      return 0;
    }
    this.#waitingSince.set(key, since);
    return since + this.#options.patienceMs - now;
  }

  #time(key: string, { conditions = [] }: PolicyStatus): void {
    const enforced = conditions.find(({ type }) => type === "Enforced");
    const changedAt = this.#changedAt.get(key);
    if (changedAt === undefined || (enforced?.status !== "True" && enforced?.reason !== "NoWorkload")) return;
    this.#changedAt.delete(key);
    if (enforced.status === "True") this.#options.enforcedAfter?.((this.#options.now() - changedAt) / 1_000);
  }

  /** Something that decides what the policy means, or whether it means anything, may not have been seen yet: no finding holds so far. */
  #mayBeUnseen(key: string): boolean {
    const { world, ledger } = this.#options;
    if (world.namespaceUnseen(key)) return true;
    return !world.current && ledger.nodesOf(key).length === 0;
  }

  /** Undefined: what was written stays. */
  #computed(policy: Prepared, before: PolicyStatus | undefined): PolicyStatus | undefined {
    const { world, ledger, health } = this.#options;
    const nodes = ledger.nodesOf(policy.key);
    // After a change of leaders nothing is known of a node before it speaks. What was written of this generation stays until then, or
    // until the node is silent: then this policy is queued again.
    const told = before?.observedGeneration === policy.generation;
    if (told && nodes.some(({ node }) => health.unheard(node))) return undefined;
    return policyStatus({
      policy,
      nodes,
      health,
      untracked: policy.namespace !== undefined && world.untracked(policy.namespace),
      before,
      now: new Date().toISOString().replace(/\.\d+Z$/, "Z"),
    });
  }

  async #write(key: string, { object, last, status }: Content): Promise<void> {
    const { client, world, now } = this.#options;
    const { name, namespace } = object.metadata;
    const target = { resource: policyResource(object.kind), name, namespace, subresource: "status" };
    // The status is of this very object: a policy that was changed, or deleted and made again meanwhile, does not get it. The API server
    // compares no uid in a write of the status, but it compares the version.
    const computedFrom = this.#isOurs(object, last) ? last.resourceVersion : object.metadata.resourceVersion;
    const content = { metadata: { resourceVersion: computedFrom }, status };
    const after = await apply<PolicyObject>(client, target, content, { fieldManager });
    const { uid, resourceVersion } = after.metadata;
    this.#written.set(key, { at: now(), uid, status, resourceVersion });
    // The watch may have brought the new object before this answer came.
    const held = world.policyObject(key);
    if (held !== undefined) this.observed(key, held);
    this.counters.written++;
  }

  /** Resolves when a status may be written: one that concerns all policies, such as a node that falls silent, must be no storm. */
  async #turn(signal: AbortSignal | undefined): Promise<void> {
    const { now, writesPerSecond } = this.#options;
    const at = now();
    const writes = Math.min(writesAtOnce, this.#pace.writes + ((at - this.#pace.at) / 1_000) * writesPerSecond) - 1;
    this.#pace = { writes, at };
    if (writes < 0) await sleep((-writes / writesPerSecond) * 1_000, signal);
  }

  /** The informer saw the policy change. Once it holds the object that our write made, its copy is never older than what we wrote. */
  observed(key: string, object: PolicyObject): void {
    const last = this.#written.get(key);
    if (last?.resourceVersion === object.metadata.resourceVersion)
      this.#written.set(key, { ...last, resourceVersion: "" });
  }

  /** What the API server holds: the informer's copy, or what we wrote as long as the informer has not seen that. */
  #current(object: PolicyObject, last: Written | undefined): PolicyStatus | undefined {
    return this.#isOurs(object, last) ? last.status : (object.status as PolicyStatus | undefined);
  }

  #isOurs(object: PolicyObject, last: Written | undefined): last is Written {
    return last !== undefined && last.resourceVersion !== "" && last.uid === object.metadata.uid;
  }
}
