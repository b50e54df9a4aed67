/**
 * Leader election on a coordination.k8s.io Lease. Times are judged by this machine's monotonic clock alone: a lease counts
 * as expired when it has not been seen to change for its duration, whatever its renewTime says. Writes are optimistic
 * (resourceVersion), so that of two candidates one loses. A process that has lost the lease ends, because it cannot know whether
 * somebody else is writing already.
 */
import { type Log, sleep } from "@portcullis/daemon";
import type { KubeClient } from "./client/client.ts";
import { collectionPath, type KubeObject, objectPath, type Resource } from "./client/resource.ts";
import { isStatus, LeaseLostError } from "./errors.ts";

/** One request that hangs, on a connection that is dead for instance, must leave time for several others before the deadline. */
const longestRequestMs = 15_000;
const requestTimeoutMs = (retryMs: number, renewDeadlineMs: number): number =>
  Math.max(retryMs, Math.min(renewDeadlineMs / 2, longestRequestMs));

export const leaseResource: Resource = { group: "coordination.k8s.io", version: "v1", plural: "leases", kind: "Lease" };

interface Lease extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string | null;
    readonly leaseDurationSeconds?: number | null;
    readonly renewTime?: string | null;
    readonly acquireTime?: string | null;
    readonly leaseTransitions?: number | null;
  };
}

export interface LeaseOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly name: string;
  /** Two processes that may run at once must differ; one that follows another under its name takes its lease over at once. */
  readonly identity: string;
  readonly log: Log;
  /** Others wait so long for a silent leader; default 15 s. Whole seconds on the wire. */
  readonly durationMs?: number;
  /** A leader that could not renew for so long gives up; must be shorter; default 10 s. */
  readonly renewDeadlineMs?: number;
  /** Between two attempts; default 2 s. */
  readonly retryMs?: number;
  /** Whether this process could do a leader's work now; while it could not, it does not try to become one. Default: always. */
  readonly eligible?: () => boolean;
}

export class LeaderElection {
  readonly #options: Required<LeaseOptions>;
  /** The lease as last seen, and when it was first seen so. */
  #seen: Lease | undefined;
  #seenAt = 0;
  /** When the last successful write began; -Infinity: not the leader. */
  #renewedAt = Number.NEGATIVE_INFINITY;

  constructor(options: LeaseOptions) {
    this.#options = { durationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000, eligible: () => true, ...options };
    const { durationMs, renewDeadlineMs, retryMs } = this.#options;
    if (!(retryMs < renewDeadlineMs && renewDeadlineMs < durationMs)) {
      throw new RangeError(
        `lease times must grow: retry ${retryMs} < renew deadline ${renewDeadlineMs} < duration ${durationMs} ms`,
      );
    }
  }

  /** True while nobody else can have become the leader. Ask before every write that only a leader may do. */
  get isLeader(): boolean {
    return performance.now() - this.#renewedAt < this.#options.renewDeadlineMs;
  }

  /** Who leads, as last seen; empty: nobody. */
  get holder(): string {
    return this.#seen?.spec?.holderIdentity ?? "";
  }

  /**
   * Waits to become the leader, then runs `work`. Its signal is aborted at shutdown and on loss. At shutdown the lease
   * is held until `work` has finished, then released, so that the next leader need not wait.
   * @throws LeaseLostError when the lease was lost, after which the process has to end; whatever `work` throws
   */
  async lead(work: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    const { log, identity, eligible } = this.#options;
    while (!(eligible() && (await this.#attempt(signal)))) {
      await sleep(this.#options.retryMs * (0.75 + Math.random() / 2), signal);
      if (signal.aborted) return;
    }
    log.info("became the leader", { identity });
    const finished = new AbortController();
    const lost = new AbortController();
    const renewal = this.#renew(finished.signal).catch((error: unknown) => lost.abort(error));
    const aborted = Promise.withResolvers<never>();
    lost.signal.addEventListener("abort", () => aborted.reject(lost.signal.reason), { once: true });
    aborted.promise.catch(() => undefined);
    try {
      // After a loss the work is not waited for: it may hang on the very thing that broke.
      await Promise.race([work(AbortSignal.any([signal, lost.signal])), aborted.promise]);
    } finally {
      finished.abort();
      await renewal;
      if (!lost.signal.aborted) await this.#release();
    }
  }

  async #renew(signal: AbortSignal): Promise<void> {
    const { retryMs, renewDeadlineMs, name, identity } = this.#options;
    for (;;) {
      await sleep(retryMs, signal);
      if (signal.aborted) return;
      // An answer after the deadline is of no use.
      const left = this.#renewedAt + renewDeadlineMs - performance.now();
      const ours = await this.#attempt(AbortSignal.any([signal, AbortSignal.timeout(Math.max(1, Math.ceil(left)))]));
      if (!ours && this.holder !== "" && this.holder !== identity) {
        this.#renewedAt = Number.NEGATIVE_INFINITY;
        throw new LeaseLostError(
          `lease ${name} is held by ${this.holder}: two leaders were possible; this process must end`,
        );
      }
      if (!this.isLeader) {
        throw new LeaseLostError(`lease ${name} could not be renewed for ${renewDeadlineMs} ms; this process must end`);
      }
    }
  }

  /** One try to take or renew. False: not ours, or the API server did not answer. */
  async #attempt(signal: AbortSignal): Promise<boolean> {
    const began = performance.now();
    try {
      const lease = await this.#read(signal);
      const ours = lease?.spec?.holderIdentity === this.#options.identity;
      if (lease !== undefined && !ours && lease.spec?.holderIdentity) {
        // The duration that the holder wrote counts, and not ours.
        const durationMs = (lease.spec.leaseDurationSeconds ?? 0) * 1_000 || this.#options.durationMs;
        if (performance.now() - this.#seenAt < durationMs) return false;
      }
      this.#observe(await this.#write(lease, ours, signal));
      this.#renewedAt = began;
      return true;
    } catch (error) {
      // A conflict means that somebody was faster. After anything else it is tried again until the deadline.
      if (!isStatus(error, 409) && !signal.aborted) this.#options.log.warn("lease attempt failed", { error });
      return false;
    }
  }

  async #read(signal: AbortSignal): Promise<Lease | undefined> {
    const { client, name, namespace, retryMs, renewDeadlineMs } = this.#options;
    try {
      const path = objectPath(leaseResource, name, namespace);
      const timeoutMs = requestTimeoutMs(retryMs, renewDeadlineMs);
      this.#observe(await client.request<Lease>({ method: "GET", path, signal, timeoutMs }));
      return this.#seen;
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      throw error;
    }
  }

  #observe(lease: Lease): void {
    if (this.#seen?.metadata.resourceVersion !== lease.metadata.resourceVersion) this.#seenAt = performance.now();
    this.#seen = lease;
  }

  #write(lease: Lease | undefined, ours: boolean, signal: AbortSignal): Promise<Lease> {
    const { client, name, namespace, identity, durationMs, retryMs, renewDeadlineMs } = this.#options;
    const now = microTime();
    const spec = {
      holderIdentity: identity,
      leaseDurationSeconds: Math.max(1, Math.ceil(durationMs / 1_000)),
      renewTime: now,
      acquireTime: ours ? (lease?.spec?.acquireTime ?? now) : now,
      leaseTransitions: (lease?.spec?.leaseTransitions ?? 0) + (lease !== undefined && !ours ? 1 : 0),
    };
    const timeoutMs = requestTimeoutMs(retryMs, renewDeadlineMs);
    const base = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", spec };
    if (lease === undefined) {
      const body = { ...base, metadata: { name, namespace } };
      return client.request<Lease>({
        method: "POST",
        path: collectionPath(leaseResource, namespace),
        body,
        signal,
        timeoutMs,
      });
    }
    const body = { ...base, metadata: { name, namespace, resourceVersion: lease.metadata.resourceVersion } };
    return client.request<Lease>({
      method: "PUT",
      path: objectPath(leaseResource, name, namespace),
      body,
      signal,
      timeoutMs,
    });
  }

  /** Gives the lease back. If that fails, it expires by itself. */
  async #release(): Promise<void> {
    const { identity, log } = this.#options;
    this.#renewedAt = Number.NEGATIVE_INFINITY;
    if (this.#seen?.spec?.holderIdentity !== identity) return;
    try {
      await this.#writeReleased(this.#seen).catch(async (error: unknown) => {
        // The last renewal was given up at the end of the work, and the API server had taken it all the same.
        if (!isStatus(error, 409)) throw error;
        const lease = await this.#read(AbortSignal.timeout(3_000));
        if (lease?.spec?.holderIdentity === identity) await this.#writeReleased(lease);
      });
      log.info("released the lease", { identity });
    } catch (error) {
      log.warn("lease not released; it expires by itself", { error });
    }
  }

  async #writeReleased(lease: Lease): Promise<void> {
    const { client, name, namespace } = this.#options;
    const { resourceVersion } = lease.metadata;
    const spec = { ...lease.spec, holderIdentity: "", leaseDurationSeconds: 1, renewTime: microTime() };
    const metadata = { name, namespace, resourceVersion };
    const body = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata, spec };
    await client.request({ method: "PUT", path: objectPath(leaseResource, name, namespace), body, timeoutMs: 3_000 });
  }
}

/** Kubernetes MicroTime: RFC 3339 with exactly six fractional digits. */
export function microTime(date = new Date()): string {
  return date.toISOString().replace("Z", "000Z");
}
