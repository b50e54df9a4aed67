/** Equal values made one: of a hundred and fifty thousand pods most share their labels, owner and containers with others, and JSON makes each anew. */

import { LRUCache } from "lru-cache";

/** Those that were not met for longest are forgotten, and are then there twice. */
const remembered = 32_768;

export class SharedValues {
  readonly #known = new LRUCache<string, object | string>({ max: remembered });

  /** The value, or one that is equal to it, which nobody may change. */
  of<T extends object | string>(value: T): T {
    const key = JSON.stringify(value);
    const known = this.#known.get(key);
    if (known !== undefined) return known as T;
    this.#known.set(key, value);
    return value;
  }
}
