/** Drains the event rings and hands decoded batches to whoever listens. */
import type { Addon, BpfMap, BpfRing } from "../addon.ts";
import { step } from "../errors.ts";
import { decodeBatch } from "./decode.ts";
import type { EventRing, KernelEvent } from "./kernel-event.ts";

/** The most that one wake-up of the event loop takes from a ring. What is left waits for the next one, after timers and sockets. */
const maxRecords = 512;
const maxBytes = 512 * 1024;

export type Listener = (events: KernelEvent[]) => void;

export class EventsReader {
  readonly #addon: Addon;
  readonly #names: readonly EventRing[];
  readonly #listeners = new Set<Listener>();
  readonly #rings: { ring: BpfRing; map: BpfMap }[] = [];
  #malformed = 0;

  constructor(addon: Addon, names: readonly EventRing[]) {
    this.#addon = addon;
    this.#names = names;
  }

  /** Records that were dropped here because they contradicted themselves. */
  get malformed(): number {
    return this.#malformed;
  }

  /** The first listener opens the rings; until then events wait in the kernel. The last one to close closes them. */
  listen(listener: Listener, open: (ring: EventRing) => BpfMap): { close(): void } {
    const own: Listener = (events) => listener(events); // the same function may listen twice
    this.#listeners.add(own);
    if (this.#listeners.size === 1) for (const ring of this.#names) this.#open(ring, open(ring));
    return {
      close: () => {
        if (this.#listeners.delete(own) && this.#listeners.size === 0) this.close();
      },
    };
  }

  #open(name: EventRing, map: BpfMap): void {
    const deliver = (records: ArrayBuffer, count: number) => {
      const { events, malformed } = decodeBatch(records, count, name);
      this.#malformed += malformed;
      if (events.length > 0) for (const listener of [...this.#listeners]) listener(events);
    };
    const ring = step("NATIVE_KERNEL_REFUSED", `ring ${name}`, () =>
      this.#addon.ringOpen(map, maxRecords, maxBytes, deliver),
    );
    this.#rings.push({ ring, map });
  }

  close(): void {
    this.#listeners.clear();
    for (const { ring, map } of this.#rings.splice(0)) {
      this.#addon.close(ring);
      this.#addon.close(map);
    }
  }
}
