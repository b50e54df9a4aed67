/**
 * Descriptors from before a rule. A search (bpf/look.bpf.c) looks at every task's descriptors and keeps the open files that its rules forbid; while
 * there are any, what is done through them is judged (bpf/earlier.bpf.c). All of it is pinned in `<pinDir>/earlier`: the maps by their names, iterators
 * and hooks as `<program>-<build>`, so that they go on when this process ends and another build takes their place.
 */
import { readFileSync } from "node:fs";
import { pc_earlier } from "../abi/structs.ts";
import type { Addon, BpfMap } from "../addon.ts";
import { step } from "../errors.ts";
import { firstKey, indexKey, viewOf } from "../keys.ts";
import { availableHooks } from "../load/hooks.ts";
import type { PinDir } from "../load/pins.ts";
import { PinnedObject } from "./pinned-object.ts";

/** What a search came to. */
export interface DescriptorSearch {
  /** Nothing new was found any more. False: it is to be repeated. */
  readonly isOver: boolean;
  /** Open files that are kept, and slots in which everything is judged. While there are any, each use of them is judged. */
  readonly files: number;
  readonly slots: number;
}

/** So many times in a row nothing new may be found, before the search is over. */
const quietLooks = 3;
/** So many looks belong to one search, so that who makes new descriptors all the time does not keep the process. */
const mostLooks = 12;

/** The maps of the search: those that the engine does not have. */
export const earlierMaps = ["earlier_files", "earlier_slots", "searched_slots", "look_now"] as const;

type IsKept = (value: DataView, key: Uint8Array) => boolean;

export class EarlierDescriptors {
  readonly #addon: Addon;
  readonly #pins: PinDir;
  readonly #look: PinnedObject;
  readonly #hooks: PinnedObject;

  constructor(addon: Addon, pins: PinDir, objectOf: (name: string) => string) {
    this.#addon = addon;
    this.#pins = pins;
    const known = (hooks: readonly string[]) => availableHooks(addon, hooks);
    this.#look = new PinnedObject({ addon, pins, path: objectOf("look"), ownMaps: ["looked_at"], known });
    this.#hooks = new PinnedObject({ addon, pins, path: objectOf("earlier"), ownMaps: [], known });
  }

  /** Whether something is attached because of what was found, by this build or another one. */
  get isHolding(): boolean {
    return this.#hooks.pinnedOfAny().length > 0;
  }

  /**
   * Has the next search look for something new in this slot, which is about to be given a table or a control group. That is not done for whatever is open at
   * any search: it may have been opened since by a program that may, and be used by one that may not. What is said here outlives the process.
   */
  expect(slot: number): void {
    if (this.#pins.earlierPins().includes("searched_slots"))
      this.#withMap("searched_slots", (map) => this.#addon.mapDelete(map, indexKey(slot)));
  }

  /** Looks until nothing new is found. `usedSlots`: those that have a table. Throws NativeError if it cannot be done; then what was in force stays. */
  search(usedSlots: readonly number[]): DescriptorSearch {
    this.#look.attach();
    let quiet = 0;
    let number = this.#begin();
    for (let looks = 0; looks < mostLooks && quiet < quietLooks; looks++) {
      const found = this.#read();
      quiet = found === 0 ? quiet + 1 : 0;
      if (found === 0 || this.#hooks.isAttached()) continue;
      this.#hooks.attach();
      number = this.#begin(); // what was found and closed meanwhile nobody has taken out: it is not found again
      quiet = 0;
    }
    const isOver = quiet >= quietLooks;
    const left = isOver ? this.#forget(number) : this.#count();
    if (isOver) this.#searched(usedSlots);
    if (isOver && left.files + left.slots === 0) this.#hooks.detach();
    return { isOver, ...left };
  }

  #searched(slots: readonly number[]): void {
    this.#withMap("searched_slots", (map) => {
      for (const slot of slots) this.#addon.mapUpdate(map, indexKey(slot), indexKey(1), 0);
    });
  }

  /** Gives the search its number. */
  #begin(): bigint {
    return this.#withMap("look_now", (map) => {
      const value = this.#addon.mapLookup(map, firstKey) ?? new Uint8Array(24);
      const number = viewOf(value).getBigUint64(0, true) + 1n;
      viewOf(value).setBigUint64(0, number, true);
      this.#addon.mapUpdate(map, firstKey, value, 0);
      return number;
    });
  }

  /** Has the kernel look once. Returns how much it has found that it had not yet. */
  #read(): number {
    return step("NATIVE_KERNEL_REFUSED", "looking at the descriptors of all tasks", () =>
      this.#look.pinned().reduce((found, pin) => found + readFileSync(this.#pins.earlier(pin)).length, 0),
    );
  }

  #count(): Pick<DescriptorSearch, "files" | "slots"> {
    const count = (name: (typeof earlierMaps)[number], size: number) =>
      this.#withMap(name, (map) => this.#addon.mapEntries(map).length / size);
    return { files: count("earlier_files", 16), slots: count("earlier_slots", 4 + pc_earlier.size) };
  }

  /** Takes out what this search has not found: it is closed, or the rules allow it now. Returns what is left. */
  #forget(number: bigint): Pick<DescriptorSearch, "files" | "slots"> {
    const files = this.#withMap("earlier_files", (map) =>
      this.#takeOut(map, 8, 8, (view) => view.getBigUint64(0, true) === number),
    );
    const slots = this.#withMap("earlier_slots", (map) =>
      this.#takeOut(map, 4, pc_earlier.size, (view, key) => {
        const { some, all } = pc_earlier.decode(view);
        // Where it is known again file by file what is held, the rest is judged no more.
        if (some === number && all !== number && all !== 0n)
          this.#addon.mapUpdate(map, key, pc_earlier.encode({ some, all: 0n }), 0);
        return some === number || all === number;
      }),
    );
    return { files, slots };
  }

  #takeOut(map: BpfMap, keySize: number, valueSize: number, isKept: IsKept): number {
    const entries = this.#addon.mapEntries(map);
    let kept = 0;
    for (let at = 0; at < entries.length; at += keySize + valueSize) {
      const key = entries.subarray(at, at + keySize);
      if (isKept(viewOf(entries.subarray(at + keySize, at + keySize + valueSize)), key)) kept++;
      else this.#addon.mapDelete(map, key);
    }
    return kept;
  }

  #withMap<T>(name: (typeof earlierMaps)[number], use: (map: BpfMap) => T): T {
    return step("NATIVE_KERNEL_REFUSED", `map ${name}`, () => {
      const map = this.#addon.openMap(this.#pins.earlier(name));
      try {
        return use(map);
      } finally {
        this.#addon.close(map);
      }
    });
  }
}
