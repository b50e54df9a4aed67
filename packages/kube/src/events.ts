/**
 * Kubernetes Events (events.k8s.io/v1) about other objects. The same news of the same object is told once, and after that counted in
 * the event's series. A token bucket bounds how many are written, and the memory of what was told is bounded too.
 */
import { type Clock, type Log, systemClock } from "@portcullis/daemon";
import { LRUCache } from "lru-cache";
import type { KubeClient } from "./client/client.ts";
import { collectionPath, type KubeObject, objectPath, type Resource } from "./client/resource.ts";
import { isStatus } from "./errors.ts";
import { microTime } from "./lease.ts";

export const eventResource: Resource = { group: "events.k8s.io", version: "v1", plural: "events", kind: "Event" };

export interface News {
  readonly type: "Normal" | "Warning";
  /** CamelCase, for machines. */
  readonly reason: string;
  /** What was being done, CamelCase. */
  readonly action: string;
  /** For people; cut at 1,024 bytes. */
  readonly note: string;
}

export interface EventRecorderOptions {
  readonly client: KubeClient;
  readonly log: Log;
  /** e.g. `portcullis.dev/controller`. */
  readonly controller: string;
  /** This process: the pod's name. */
  readonly instance: string;
  /** Where events about cluster-scoped objects go; default `default`, as everywhere. */
  readonly clusterNamespace?: string;
  /** Burst and refill a second; default 25 and 0.2. */
  readonly burst?: number;
  readonly perSecond?: number;
  /** Bytes for the news that were told; default 1 MiB, which is a thousand of the longest. */
  readonly memoryBytes?: number;
  readonly clock?: Clock;
}

interface Told {
  readonly path: string;
  count: number;
  at: number;
}

/** For so long the same news of an object belongs to the same event. */
const seriesMs = 360_000;

export class EventRecorder {
  readonly counters = { written: 0, suppressed: 0, failed: 0 };
  readonly #options: Required<EventRecorderOptions>;
  readonly #told: LRUCache<string, Told>;
  #tokens: number;
  #filledAt: number;

  constructor(options: EventRecorderOptions) {
    this.#options = {
      clusterNamespace: "default",
      burst: 25,
      perSecond: 0.2,
      memoryBytes: 1 << 20,
      clock: systemClock,
      ...options,
    };
    this.#tokens = this.#options.burst;
    this.#filledAt = this.#options.clock.monotonic();
    this.#told = new LRUCache({
      maxSize: this.#options.memoryBytes,
      sizeCalculation: ({ path }, key) => key.length + path.length,
    });
  }

  /**
   * Writes an event, unless the same was told before (then it is counted) or too many were written. Returns whether it was told, now or before. Never rejects: an
   * event is not worth a failure.
   */
  async record(object: KubeObject, news: News, signal?: AbortSignal): Promise<boolean> {
    const { clock, log } = this.#options;
    const key = JSON.stringify([object.metadata.uid, news.type, news.reason, news.action, news.note]);
    const told = this.#told.get(key);
    const fresh = told !== undefined && clock.monotonic() - told.at < seriesMs;
    if (told !== undefined) {
      told.count++;
      // Counts are written at powers of two, so that a thousand repetitions cost ten writes.
      if (fresh && (told.count & (told.count - 1)) !== 0) return true;
    }
    if (!this.#spend()) {
      this.counters.suppressed++;
      return false;
    }
    try {
      if (told !== undefined && fresh) await this.#count(told, signal);
      else this.#told.set(key, await this.#create(object, news, signal));
      this.counters.written++;
      return true;
    } catch (error) {
      this.counters.failed++;
      if (isStatus(error, 404)) this.#told.delete(key);
      if (!signal?.aborted) log.warn("event not written", { reason: news.reason, object: object.metadata.name, error });
      return false;
    }
  }

  async #create(object: KubeObject, news: News, signal?: AbortSignal): Promise<Told> {
    const { client, controller, instance, clusterNamespace, clock } = this.#options;
    const namespace = object.metadata.namespace ?? clusterNamespace;
    const { name, uid, resourceVersion } = object.metadata;
    // Names are unique as client-go makes them: the object's name and the time in hexadecimal.
    const unique = `${name.slice(0, 200)}.${BigInt(clock.now()).toString(16)}${Math.floor(Math.random() * 0xffffff).toString(16)}`;
    const event = await client.request<KubeObject>({
      method: "POST",
      path: collectionPath(eventResource, namespace),
      body: {
        apiVersion: "events.k8s.io/v1",
        kind: "Event",
        metadata: { name: unique, namespace },
        eventTime: microTime(),
        reportingController: controller,
        reportingInstance: instance.slice(0, 128),
        type: news.type,
        reason: news.reason,
        action: news.action,
        note: cut(news.note, 1_024),
        regarding: {
          apiVersion: object.apiVersion,
          kind: object.kind,
          name,
          uid,
          resourceVersion,
          namespace: object.metadata.namespace,
        },
      },
      signal,
    });
    return { path: objectPath(eventResource, event.metadata.name, namespace), count: 1, at: clock.monotonic() };
  }

  async #count(told: Told, signal?: AbortSignal): Promise<void> {
    told.at = this.#options.clock.monotonic();
    await this.#options.client.request({
      method: "PATCH",
      path: told.path,
      contentType: "application/merge-patch+json",
      body: { series: { count: told.count, lastObservedTime: microTime() } },
      signal,
    });
  }

  #spend(): boolean {
    const { burst, perSecond, clock } = this.#options;
    const at = clock.monotonic();
    this.#tokens = Math.min(burst, this.#tokens + ((at - this.#filledAt) / 1_000) * perSecond);
    this.#filledAt = at;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}

/** At most `bytes` bytes of UTF-8, whole characters. */
export function cut(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  let out = "";
  let used = 3;
  for (const character of text) {
    used += Buffer.byteLength(character);
    if (used > bytes) break;
    out += character;
  }
  return `${out}…`;
}
