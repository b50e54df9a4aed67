/**
 * A watched collection with a local copy, indexes and listeners. Listeners run synchronously and in order, after the copy has changed.
 * One that throws is counted and reported, and the others still run. An object that was deleted and made again under the same name
 * is told as a delete and an add, also when only the result was seen.
 */
import { type Log, orAbort } from "@portcullis/daemon";
import { collectionPath, type KubeObject, objectKey, type Resource } from "../client/resource.ts";
import { ListenerError } from "../errors.ts";
import { Reflector, type ReflectorOptions } from "./reflector.ts";
import { type IndexFn, Store } from "./store.ts";

export type Change<T> =
  | { readonly type: "add"; readonly object: T; readonly old?: undefined }
  | { readonly type: "update"; readonly object: T; readonly old: T }
  | { readonly type: "delete"; readonly object: T; readonly old?: undefined };

export type Listener<T> = (change: Change<T>) => void;

export interface InformerOptions<T extends KubeObject> extends Omit<ReflectorOptions, "path"> {
  readonly resource: Resource;
  /** One namespace; absent: all. */
  readonly namespace?: string | undefined;
  readonly log: Log;
  readonly indexes?: Readonly<Record<string, IndexFn<T>>>;
  /** Cuts an arriving object down to what is needed, to save memory. It must keep what identifies the object in its metadata. */
  readonly transform?: (object: T) => T;
}

export class Informer<T extends KubeObject> {
  readonly resource: Resource;
  readonly store: Store<T>;
  /** Listener exceptions since the start. */
  listenerFailures = 0;
  readonly #log: Log;
  readonly #reflector: Reflector;
  readonly #listeners: Listener<T>[] = [];
  readonly #transform: (object: T) => T;
  readonly #synced = Promise.withResolvers<void>();
  #hasSynced = false;

  constructor(options: InformerOptions<T>) {
    this.resource = options.resource;
    this.store = new Store<T>(options.indexes);
    this.#log = options.log;
    this.#transform = options.transform ?? ((object) => object);
    const path = collectionPath(options.resource, options.namespace);
    this.#reflector = new Reflector(
      { ...options, path },
      {
        kept: (object) => this.#transform(object as T),
        replaced: (objects) => this.#replace(objects as readonly T[]),
        changed: (type, object) => {
          if (type === "DELETED") this.#remove(objectKey(object.metadata));
          else this.#upsert(this.#transform(object as T));
        },
        failed: (error, failures) => {
          const log = failures > 3 ? this.#log.error : this.#log.warn;
          log.call(this.#log, "list or watch failed, trying again", { path, failures, error });
        },
      },
    );
  }

  /** True once a list has returned and every object of it has been told. */
  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** Whether a watch is open and has caught up, so that what the copy does not hold is most likely not there. */
  get current(): boolean {
    return this.#hasSynced && this.#reflector.current;
  }

  get counters() {
    return this.#reflector.counters;
  }

  on(listener: Listener<T>): this {
    this.#listeners.push(listener);
    return this;
  }

  /** Resolves when synced; rejects with the signal's reason. */
  async whenSynced(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await orAbort(this.#synced.promise, signal);
  }

  /** Runs until the signal is aborted. */
  run(signal: AbortSignal): Promise<void> {
    return this.#reflector.run(signal);
  }

  #replace(objects: readonly T[]): void {
    const present = new Set(objects.map((object) => objectKey(object.metadata)));
    for (const key of [...this.store.keys()]) if (!present.has(key)) this.#remove(key);
    for (const object of objects) this.#upsert(object);
    this.#hasSynced = true;
    this.#synced.resolve();
  }

  #upsert(object: T): void {
    const key = objectKey(object.metadata);
    let old = this.store.byKey(key);
    if (old?.metadata.resourceVersion === object.metadata.resourceVersion) return;
    if (old !== undefined && old.metadata.uid !== object.metadata.uid) {
      this.#remove(key);
      old = undefined;
    }
    this.store.set(object);
    this.#tell(old === undefined ? { type: "add", object } : { type: "update", object, old });
  }

  #remove(key: string): void {
    const object = this.store.byKey(key);
    if (object === undefined) return;
    this.store.delete(key);
    this.#tell({ type: "delete", object });
  }

  #tell(change: Change<T>): void {
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (cause) {
        this.listenerFailures++;
        const key = objectKey(change.object.metadata);
        const error = new ListenerError(`a listener of ${this.resource.plural} failed on ${change.type} of ${key}`, {
          cause,
        });
        this.#log.error("listener failed", { error });
      }
    }
  }
}
