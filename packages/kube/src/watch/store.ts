/** An informer's copy of the world: objects by key, and indexes kept in step with them. */
import { type KubeObject, objectKey } from "../client/resource.ts";

/** Values under which an object is found; an object may have none or several. */
export type IndexFn<T> = (object: T) => readonly string[];

export class Store<T extends KubeObject> {
  readonly #objects = new Map<string, T>();
  readonly #indexFns: Readonly<Record<string, IndexFn<T>>>;
  readonly #indexes = new Map<string, Map<string, Set<string>>>();

  constructor(indexes: Readonly<Record<string, IndexFn<T>>> = {}) {
    this.#indexFns = indexes;
    for (const name of Object.keys(indexes)) this.#indexes.set(name, new Map());
  }

  get size(): number {
    return this.#objects.size;
  }

  get(name: string, namespace?: string): T | undefined {
    return this.#objects.get(objectKey(namespace ? { name, namespace } : { name }));
  }

  byKey(key: string): T | undefined {
    return this.#objects.get(key);
  }

  keys(): IterableIterator<string> {
    return this.#objects.keys();
  }

  list(): T[] {
    return [...this.#objects.values()];
  }

  /** The objects that an index holds under `value`. The cost grows with their number only. */
  byIndex(index: string, value: string): T[] {
    const found: T[] = [];
    for (const key of this.#index(index).get(value) ?? []) {
      const object = this.#objects.get(key);
      if (object !== undefined) found.push(object);
    }
    return found;
  }

  /** The values an index knows. */
  indexValues(index: string): string[] {
    return [...this.#index(index).keys()];
  }

  set(object: T): void {
    const key = objectKey(object.metadata);
    this.delete(key);
    this.#objects.set(key, object);
    for (const [name, values] of this.#indexes) {
      for (const value of this.#indexFns[name]?.(object) ?? []) {
        const keys = values.get(value);
        if (keys) keys.add(key);
        else values.set(value, new Set([key]));
      }
    }
  }

  delete(key: string): void {
    const old = this.#objects.get(key);
    if (old === undefined) return;
    this.#objects.delete(key);
    for (const [name, values] of this.#indexes) {
      for (const value of this.#indexFns[name]?.(old) ?? []) {
        const keys = values.get(value);
        keys?.delete(key);
        if (keys?.size === 0) values.delete(value);
      }
    }
  }

  #index(name: string): Map<string, Set<string>> {
    const index = this.#indexes.get(name);
    if (index === undefined) throw new RangeError(`index ${JSON.stringify(name)} is not declared`);
    return index;
  }
}
