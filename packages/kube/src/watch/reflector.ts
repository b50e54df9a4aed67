/**
 * List, then watch, for ever: turns a collection on the API server into a sequence of changes. It never stops without being asked to.
 *
 * - A connection that was lost is resumed from the last resourceVersion: at once if it had lived for a while, else after a back-off.
 * - After 410 Gone the collection is listed again. The same happens after an event that cannot be read, and every `relistMs`.
 * - Bookmarks keep the resourceVersion young. A watch that carried no byte for `silenceMs` is given up and resumed.
 */
import { Backoff, sleep } from "@portcullis/daemon";
import type { ApiRequest, KubeClient, Query } from "../client/client.ts";
import type { KubeObject } from "../client/resource.ts";
import { isStatus, KubeResponseError, KubeStatusError, WatchSilentError } from "../errors.ts";
import { acceptOf, eventsOf, listOf, type Wanted, type WatchEvent } from "../wire/format.ts";

export interface ReflectorOptions extends Wanted {
  readonly client: KubeClient;
  readonly path: string;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Objects a list page; default 500. */
  readonly pageSize?: number | undefined;
  /** Default 90 s: an API server sends a bookmark about every minute. */
  readonly silenceMs?: number | undefined;
  /** Default 30 min. */
  readonly relistMs?: number | undefined;
  /** First and longest back-off; default 200 ms and 30 s. */
  readonly backoffMs?: readonly [number, number] | undefined;
}

/** Whom the reflector tells. */
export interface Sink {
  /** What is kept of an object that was listed. Asked for each as its page arrives, so that no more than a page is ever there whole. */
  kept(object: KubeObject): KubeObject;
  /** The whole collection, after each list, as `kept` has left it. */
  replaced(objects: readonly KubeObject[]): void;
  changed(type: "ADDED" | "MODIFIED" | "DELETED", object: KubeObject): void;
  /** Before every back-off; `failures` counts from the last success. */
  failed(error: unknown, failures: number): void;
}

export interface ReflectorCounters {
  lists: number;
  watches: number;
  events: number;
  failures: number;
}

/** How one list and watch went. */
interface Round {
  readonly error: unknown;
  /** It began with a watch from a version that was known. */
  readonly resumed: boolean;
  /** Something arrived. */
  readonly progress: boolean;
  readonly longLived: boolean;
}

interface Again {
  /** It went well: the next failure waits the shortest time. */
  readonly settled: boolean;
  readonly atOnce: boolean;
}

/** A connection that lived for so long was a good one: its end is ordinary. */
const longLivedMs = 1_000;

export class Reflector {
  readonly counters: ReflectorCounters = { lists: 0, watches: 0, events: 0, failures: 0 };
  readonly #options: ReflectorOptions;
  readonly #sink: Sink;
  /** Where the next watch begins; empty: list first. */
  #version = "";
  #listedAt = 0;
  /** When the watch at work was answered. */
  #openedAt: number | undefined;
  /** Since the last success. */
  #failures = 0;

  constructor(options: ReflectorOptions, sink: Sink) {
    this.#options = options;
    this.#sink = sink;
  }

  /** A watch is open, and has been for long enough that what had gathered before it was told. */
  get current(): boolean {
    return this.#openedAt !== undefined && performance.now() - this.#openedAt > longLivedMs;
  }

  /** Runs until the signal aborts, then resolves. Never rejects for a reason that the API server or the network has. */
  async run(signal: AbortSignal): Promise<void> {
    const [firstMs, maxMs] = this.#options.backoffMs ?? [200, 30_000];
    const backoff = new Backoff({ firstMs, maxMs, jitter: 0.5 });
    this.#failures = 0;
    while (!signal.aborted) {
      const round = await this.#round(signal);
      if (signal.aborted) return;
      const again = this.#again(round);
      if (again.settled) backoff.reset();
      if (!again.atOnce) await sleep(backoff.next(), signal);
    }
  }

  /** Lists if there is nothing to resume from, then watches until the watch ends. */
  async #round(signal: AbortSignal): Promise<Round> {
    const before = this.counters.events + this.counters.lists;
    const began = performance.now();
    const resumed = this.#version !== "";
    let error: unknown;
    try {
      if (!resumed) await this.#list(signal);
      await this.#watch(signal);
    } catch (caught) {
      error = caught;
    }
    const progress = this.counters.events + this.counters.lists > before;
    return { error, resumed, progress, longLived: performance.now() - began > longLivedMs };
  }

  /** What a round that ended means for the next one; tells the sink of failures. */
  #again({ error, resumed, progress, longLived }: Round): Again {
    const gone = isStatus(error, 410);
    // Where the history is gone, or something could not be read, the collection is listed again.
    if (gone || error instanceof KubeResponseError) this.#version = "";
    // With 410 the server is well. Listing begins at once, unless it had just been tried.
    if (gone && resumed) return { settled: false, atOnce: true };
    const settled = progress || (error === undefined && longLived);
    if (settled) this.#failures = 0;
    if (error === undefined || error instanceof WatchSilentError) return { settled, atOnce: longLived };
    this.counters.failures++;
    this.#sink.failed(error, ++this.#failures);
    return { settled, atOnce: false };
  }

  async #list(signal: AbortSignal): Promise<void> {
    const objects: KubeObject[] = [];
    let page: string | undefined;
    let version = "";
    do {
      const answer = await this.#options.client.answer({
        method: "GET",
        path: this.#options.path,
        query: { ...this.#selectors(), limit: this.#options.pageSize ?? 500, continue: page },
        accept: acceptOf(this.#options, "List"),
        signal,
      });
      const list = listOf(answer);
      // An empty list of metadata is `items: null` on the wire.
      const items = list.items ?? [];
      if (!Array.isArray(items) || !list.metadata?.resourceVersion) {
        throw new KubeResponseError(`GET ${this.#options.path}: the list has no items or no metadata.resourceVersion`);
      }
      // Items of a list do not carry their kind, those of a watch do. Both leave here in one shape.
      const kind = list.kind?.replace(/List$/, "") ?? "";
      for (const item of items) objects.push(this.#sink.kept({ ...item, apiVersion: list.apiVersion ?? "", kind }));
      page = list.metadata.continue || undefined;
      version = list.metadata.resourceVersion;
    } while (page !== undefined);
    this.counters.lists++;
    this.#listedAt = performance.now();
    this.#sink.replaced(objects);
    this.#version = version;
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { path, silenceMs = 90_000, relistMs = 1_800_000 } = this.#options;
    const left = relistMs - (performance.now() - this.#listedAt);
    const silence = new AbortController();
    const timer = setTimeout(
      () => silence.abort(new WatchSilentError(`watch ${path}: silent for ${silenceMs} ms`)),
      silenceMs,
    );
    this.counters.watches++;
    try {
      const request: ApiRequest = {
        method: "GET",
        path,
        // The server ends the watch by itself after 5 to 10 minutes. The time is random, so that many watches do not end together.
        query: {
          ...this.#selectors(),
          watch: true,
          allowWatchBookmarks: true,
          resourceVersion: this.#version,
          timeoutSeconds: Math.max(1, Math.ceil(Math.min(300 + 300 * Math.random(), left / 1_000))),
        },
        accept: acceptOf(this.#options, ""),
        signal: AbortSignal.any([signal, silence.signal]),
      };
      const alive = () => void timer.refresh();
      for await (const event of this.#events(request, alive)) this.#event(event);
    } finally {
      clearTimeout(timer);
      this.#openedAt = undefined;
    }
    if (performance.now() - this.#listedAt >= relistMs) this.#version = "";
  }

  /** The events of a watch; `alive` is called for whatever comes. */
  async *#events(request: ApiRequest, alive: () => void): AsyncGenerator<WatchEvent> {
    const name = `watch ${request.path}`;
    let type = "";
    const chunks = this.#options.client.chunks(request, (opened) => {
      type = opened;
      this.#openedAt = performance.now();
    });
    // What kind of answer it is is known with its first byte.
    const first = await chunks.next();
    if (first.done) return;
    yield* eventsOf(type, told(first.value, chunks, alive), name);
  }

  #event({ type, object }: WatchEvent): void {
    if (type === "ERROR") {
      throw new KubeStatusError(
        `watch ${this.#options.path}`,
        object?.code ?? 500,
        object?.reason ?? "",
        object?.message ?? JSON.stringify(object),
      );
    }
    const version = object?.metadata?.resourceVersion;
    if (!version)
      throw new KubeResponseError(
        `watch ${this.#options.path}: an event without resourceVersion: ${JSON.stringify({ type, object }).slice(0, 80)}`,
      );
    if (type === "ADDED" || type === "MODIFIED" || type === "DELETED") {
      this.counters.events++;
      this.#sink.changed(type, object);
    } else if (type !== "BOOKMARK") {
      throw new KubeResponseError(`watch ${this.#options.path}: an event of unknown type ${JSON.stringify(type)}`);
    }
    this.#version = version;
  }

  #selectors(): Query {
    return { labelSelector: this.#options.labelSelector, fieldSelector: this.#options.fieldSelector };
  }
}

/** The first chunk and then the others, each of them told. */
async function* told(
  first: Uint8Array,
  others: AsyncIterable<Uint8Array>,
  alive: () => void,
): AsyncGenerator<Uint8Array> {
  alive();
  yield first;
  for await (const chunk of others) {
    alive();
    yield chunk;
  }
}
