/**
 * Kubernetes objects in memory, as far as a controller can tell them from those of an API server: versions that grow,
 * generations that count changes of the spec, uids, and the history that a watch resumes from.
 */
import { randomUUID } from "node:crypto";
import type { KubeObject } from "../target.ts";

interface StoredMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly [key: string]: unknown;
}
export type StoredObject = KubeObject & { readonly metadata: StoredMetadata };

export interface StoreEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: StoredObject;
}

/** Which object: `collection` is the path of all objects of its kind, `/api/v1/pods`. */
export interface ObjectPlace {
  readonly collection: string;
  readonly namespace?: string | undefined;
  readonly name: string;
}

export class ObjectStore {
  readonly #objects = new Map<string, StoredObject>();
  /** Every event there has been, by collection: a run is short. */
  readonly #history = new Map<string, StoreEvent[]>();
  readonly #watchers = new Map<string, Set<(event: StoreEvent) => void>>();
  /** Which parts of a status who applies them has applied, by the object's uid. */
  readonly #applied = new Map<string, Map<string, readonly string[]>>();
  #version = 0;

  get version(): string {
    return String(this.#version);
  }

  get(place: ObjectPlace): StoredObject | undefined {
    return this.#objects.get(keyOf(place));
  }

  list(collection: string): StoredObject[] {
    const prefix = `${collection} `;
    return [...this.#objects].filter(([key]) => key.startsWith(prefix)).map(([, object]) => object);
  }

  /** Creates it, or gives it all of `object` but a status, which stays as it is. */
  put(place: ObjectPlace, object: KubeObject): StoredObject {
    const before = this.get(place);
    const { status: _, ...content } = object;
    const isSame = before !== undefined && JSON.stringify(before.spec) === JSON.stringify(object.spec);
    const stored = {
      ...content,
      ...(before?.status === undefined ? {} : { status: before.status }),
      metadata: {
        ...object.metadata,
        name: place.name,
        ...(place.namespace === undefined ? {} : { namespace: place.namespace }),
        uid: before?.metadata.uid ?? randomUUID(),
        creationTimestamp: before?.metadata.creationTimestamp ?? new Date().toISOString(),
        generation: (before?.metadata.generation ?? 0) + (isSame ? 0 : 1),
        resourceVersion: this.#next(),
      },
    };
    return this.#tell(place, before === undefined ? "ADDED" : "MODIFIED", stored);
  }

  /** Undefined: there is no such object. */
  putStatus(place: ObjectPlace, status: unknown): StoredObject | undefined {
    const before = this.get(place);
    if (before === undefined) return undefined;
    return this.#tell(place, "MODIFIED", {
      ...before,
      status,
      metadata: { ...before.metadata, resourceVersion: this.#next() },
    });
  }

  /** Gives the status what `manager` applies, in the place of what it has applied before. What others have applied stays. */
  applyStatus(place: ObjectPlace, status: object, manager: string): StoredObject | undefined {
    const before = this.get(place);
    if (before === undefined) return undefined;
    const managers = this.#applied.get(before.metadata.uid) ?? new Map<string, readonly string[]>();
    const own = managers.get(manager) ?? [];
    const others = Object.entries(before.status ?? {}).filter(([key]) => !own.includes(key));
    this.#applied.set(before.metadata.uid, managers.set(manager, Object.keys(status)));
    return this.putStatus(place, { ...Object.fromEntries(others), ...status });
  }

  delete(place: ObjectPlace): void {
    const before = this.get(place);
    if (before === undefined) return;
    this.#applied.delete(before.metadata.uid);
    this.#tell(place, "DELETED", { ...before, metadata: { ...before.metadata, resourceVersion: this.#next() } });
  }

  /** Everything of a collection since a version, then what comes. Returns how to end it. */
  watch(collection: string, since: string, listener: (event: StoreEvent) => void): () => void {
    for (const event of this.#history.get(collection) ?? [])
      if (Number(event.object.metadata.resourceVersion) > Number(since)) listener(event);
    const watchers = this.#watchers.get(collection) ?? new Set();
    this.#watchers.set(collection, watchers.add(listener));
    return () => watchers.delete(listener);
  }

  #next(): string {
    return String(++this.#version);
  }

  #tell(place: ObjectPlace, type: StoreEvent["type"], object: StoredObject): StoredObject {
    if (type === "DELETED") this.#objects.delete(keyOf(place));
    else this.#objects.set(keyOf(place), object);
    const event = { type, object };
    const history = this.#history.get(place.collection) ?? [];
    history.push(event);
    this.#history.set(place.collection, history);
    for (const listener of this.#watchers.get(place.collection) ?? []) listener(event);
    return object;
  }
}

const keyOf = ({ collection, namespace = "", name }: ObjectPlace): string => `${collection} ${namespace}/${name}`;
