/**
 * Events that wait, in an order that is fair to containers: each has its turn, and its own are in the order in which they came. One that has
 * a thousand waiting delays another's first by one event.
 */
export class FairQueue<T> {
  readonly #laneOf: (item: T) => number;
  /** By lane, in the order of their turns. No lane is empty. */
  readonly #lanes = new Map<number, Lane<T>>();
  #size = 0;

  /** `laneOf`: whose item it is. */
  constructor(laneOf: (item: T) => number) {
    this.#laneOf = laneOf;
  }

  get size(): number {
    return this.#size;
  }

  add(item: T): void {
    const key = this.#laneOf(item);
    const lane = this.#lanes.get(key) ?? { items: [], taken: 0 };
    lane.items.push(item);
    this.#lanes.set(key, lane);
    this.#size++;
  }

  /** The next one; undefined: there is none. */
  take(): T | undefined {
    const [first] = this.#lanes;
    if (!first) return undefined;
    const [key, lane] = first;
    const item = lane.items[lane.taken++];
    this.#size--;
    // It goes to the end of the turns, or away.
    this.#lanes.delete(key);
    if (lane.taken < lane.items.length) this.#lanes.set(key, lane);
    return item;
  }
}

interface Lane<T> {
  readonly items: T[];
  /** So many of them are taken already. */
  taken: number;
}
