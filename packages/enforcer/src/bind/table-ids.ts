/**
 * The ids of rule tables, and whose table each one was: an event names the table that decided, and may arrive long after its
 * container has gone.
 */

import type { Binding } from "./binding.ts";

/**
 * So many ids are remembered beyond those that slots hold. A bound by count is enough: an entry is one binding, that is names
 * and labels of a pod, one or two KiB, so that all of them stay below a few MiB.
 */
const kept = 1024;

export class TableIds {
  /** In order of use, oldest first. */
  readonly #bindings = new Map<bigint, Binding>();
  #last = 0n;

  /** An id that was never given out before on this boot, and is above zero. */
  next(): bigint {
    this.#last = max(this.#last + 1n, BigInt(Date.now()) << 10n);
    return this.#last;
  }

  get(tableId: bigint): Binding | undefined {
    return this.#bindings.get(tableId);
  }

  entries(): IterableIterator<[bigint, Binding]> {
    return this.#bindings.entries();
  }

  /** Remembers whose table it is. */
  set(tableId: bigint, binding: Binding): void {
    this.#bindings.set(tableId, binding);
    this.#last = max(this.#last, tableId);
  }

  /** As `set`, and the id is the newest one from now on. */
  use(tableId: bigint, binding: Binding): void {
    this.#bindings.delete(tableId);
    this.set(tableId, binding);
  }

  /** Forgets the oldest ids beyond the bound, never one that a slot holds. */
  trim(slots: ReadonlyMap<number, { readonly tableId: bigint }>): void {
    if (this.#bindings.size <= kept + slots.size) return;
    const held = new Set([...slots.values()].map(({ tableId }) => tableId));
    for (const tableId of this.#bindings.keys()) {
      // Half the allowance is left free, so that not every new id has to look for one to forget.
      if (this.#bindings.size <= kept + slots.size / 2) return;
      if (!held.has(tableId)) this.#bindings.delete(tableId);
    }
  }
}

const max = (a: bigint, b: bigint) => (a > b ? a : b);
