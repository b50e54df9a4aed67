/**
 * The slot table: which container has which slot, what rule table the slot holds, and which table id belonged to whom. Each
 * change is in the journal before the kernel is touched, and its success after, so that the next enforcer can adopt what
 * this one has bound and can name the policy of events that were made while none was running.
 */

import type { Binding } from "./binding.ts";
import type { JournalLine, SlotIntent, SlotJournal, SlotRecord } from "./slot-journal.ts";
import { TableIds } from "./table-ids.ts";

const compactAboveBytes = 4 << 20;

export class SlotTable {
  readonly #journal: SlotJournal;
  readonly #records = new Map<number, SlotRecord>();
  /** Container id → slot. */
  readonly #slots = new Map<string, number>();
  readonly #tableIds = new TableIds();
  /** What was announced and not yet done, by slot. */
  readonly #intents = new Map<number, SlotIntent>();
  readonly #failed: (error: unknown) => void;
  #cursor = 0;

  /** Reads what an earlier process of this boot left. Never throws: `failed` is called when the disk refuses. */
  constructor(journal: SlotJournal, failed: (error: unknown) => void) {
    this.#journal = journal;
    this.#failed = failed;
    try {
      for (const line of journal.read()) this.#replay(line);
      this.#compact();
    } catch (error) {
      failed(error);
    }
  }

  get records(): Iterable<SlotRecord> {
    return this.#records.values();
  }

  get size(): number {
    return this.#records.size;
  }

  of(containerId: string): SlotRecord | undefined {
    const slot = this.#slots.get(containerId);
    return slot === undefined ? undefined : this.#records.get(slot);
  }

  at(slot: number): SlotRecord | undefined {
    return this.#records.get(slot);
  }

  /** Whose rule table this was. It is known beyond the life of the container. */
  bindingOf(tableId: bigint): Binding | undefined {
    return this.#tableIds.get(tableId);
  }

  /** Digests of the rule sets that some remembered rule table was made of. */
  digests(): Set<string> {
    return new Set([...this.#tableIds.entries()].map(([, { ruleSet }]) => ruleSet).filter((digest) => digest !== ""));
  }

  /** An id that was never given out before on this boot, and is above zero. */
  nextTableId(): bigint {
    return this.#tableIds.next();
  }

  /**
   * A slot that nobody has, or undefined when all are in use. Slots are given out round robin, so that one is used again as late as possible: a
   * process that left its container's cgroup keeps the container's slot. Slot 0 is not used.
   */
  free(slotCount: number, occupied: ReadonlySet<number>): number | undefined {
    for (let tried = 1; tried < slotCount; tried++) {
      this.#cursor = (this.#cursor % (slotCount - 1)) + 1;
      if (!this.#records.has(this.#cursor) && !occupied.has(this.#cursor)) return this.#cursor;
    }
    return undefined;
  }

  /** To be called before the kernel is given the rule table: makes its events nameable. */
  intend(intent: SlotIntent): void {
    this.#write({ kind: "intend", intent });
  }

  /** The kernel took the rule table that was intended under this id. */
  done(tableId: bigint): void {
    this.#write({ kind: "done", tableId });
  }

  release(slot: number): void {
    this.#write({ kind: "release", slot });
  }

  /** Forgets every slot, because the kernel was found empty. The table ids stay known. */
  clear(): void {
    this.#records.clear();
    this.#slots.clear();
    this.#intents.clear();
    try {
      this.#compact();
    } catch (error) {
      this.#failed(error);
    }
  }

  /**
   * Memory comes first, so that a journal that is compacted now has this line in it. A disk that takes nothing must not keep a rule
   * set from being bound: it is reported, and memory goes on.
   */
  #write(line: JournalLine): void {
    this.#replay(line);
    try {
      this.#journal.append(line);
      if (this.#journal.appendedBytes > compactAboveBytes) this.#compact();
    } catch (error) {
      this.#failed(error);
    }
  }

  #replay(line: JournalLine): void {
    switch (line.kind) {
      case "intend":
        this.#intents.set(line.intent.slot, line.intent);
        this.#apply({ ...line.intent, tableKey: undefined });
        break;
      case "done":
        this.#settle(line.tableId);
        break;
      case "release":
        this.#drop(line.slot);
        break;
      case "table id":
        this.#tableIds.set(line.tableId, line.binding);
        break;
      case "record":
        this.#apply(line.record);
        break;
    }
  }

  #apply(record: SlotRecord): void {
    const before = this.#records.get(record.slot);
    if (before) this.#slots.delete(before.binding.containerId);
    this.#records.set(record.slot, record);
    this.#slots.set(record.binding.containerId, record.slot);
    this.#tableIds.use(record.tableId, record.binding);
    this.#tableIds.trim(this.#records);
  }

  #settle(tableId: bigint): void {
    for (const [slot, intent] of this.#intents) {
      if (intent.tableId !== tableId) continue;
      this.#intents.delete(slot);
      this.#apply(intent);
    }
  }

  #drop(slot: number): void {
    const record = this.#records.get(slot);
    if (!record) return;
    this.#records.delete(slot);
    if (this.#slots.get(record.binding.containerId) === slot) this.#slots.delete(record.binding.containerId);
  }

  /** Writes the state as the shortest journal that gives it. */
  #compact(): void {
    const lines: JournalLine[] = [];
    for (const [tableId, binding] of this.#tableIds.entries()) lines.push({ kind: "table id", tableId, binding });
    for (const record of this.#records.values()) lines.push({ kind: "record", record });
    this.#journal.rewrite(lines);
  }
}
