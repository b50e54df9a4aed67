/**
 * The slot table: which container has which slot, what image the slot holds, and which generation belonged to whom. It is
 * kept as a journal of lines, written before the kernel is touched and again after, so that an enforcer that died in
 * between knows afterwards which slots it cannot vouch for, and can name the policy of events made while it was dead.
 *
 *     {"boot": …}                                             first line: the journal is worth nothing after a reboot
 *     {"intend": {slot, generation, image, digest, subject}}  about to set the slot's image
 *     {"done": generation}                                    the kernel took it
 *     {"release": slot}                                       unbound and cleared
 */

import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { isMissing } from "../host/files.ts";

/** The container an image was made for: enough to name it in an alert after it has gone. */
export interface Subject {
  readonly containerId: string;
  readonly cgroupId: bigint;
  readonly cgroupPath: string;
  readonly container: string;
  readonly pod: string;
  readonly namespace: string;
  readonly podUid: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly owner?: { readonly kind: string; readonly name: string; readonly namespace: string } | undefined;
}

export interface SlotRecord {
  readonly slot: number;
  readonly subject: Subject;
  /** Key of the image the kernel holds; undefined: not known, it has to be set again. */
  readonly image: string | undefined;
  /** Digest of the image's rule set; empty: the empty image. */
  readonly digest: string;
  readonly generation: bigint;
}

/** What a generation was, for events that carry it. */
export interface Generation {
  readonly digest: string;
  readonly subject: Subject;
}

interface Intent {
  readonly slot: number;
  readonly generation: bigint;
  readonly image: string;
  readonly digest: string;
  readonly subject: Subject;
}

const keptGenerations = 1024;
const compactAbove = 4 << 20;

export class SlotTable {
  readonly #path: string;
  readonly #boot: string;
  readonly #records = new Map<number, SlotRecord>();
  /** Container id → slot. */
  readonly #slots = new Map<string, number>();
  /** In order of use, oldest first. */
  readonly #generations = new Map<bigint, Generation>();
  readonly #intents = new Map<number, Intent>();
  readonly #failed: (error: unknown) => void;
  #written = 0;
  #last = 0n;
  #cursor = 0;

  /** `boot`: the kernel's boot id; a journal of another boot is begun anew. `failed`: the disk refused. Never throws. */
  constructor(path: string, boot: string, failed: (error: unknown) => void) {
    this.#path = path;
    this.#boot = boot;
    this.#failed = failed;
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      for (const line of this.#read()) this.#replay(line);
      this.#compact();
    } catch (error) {
      failed(error);
    }
    for (const generation of this.#generations.keys()) this.#last = max(this.#last, generation);
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

  generation(generation: bigint): Generation | undefined {
    return this.#generations.get(generation);
  }

  /** Digests some generation of the table refers to. */
  digests(): Set<string> {
    return new Set([...this.#generations.values()].map(({ digest }) => digest).filter((digest) => digest !== ""));
  }

  /** Never given out before on this boot, and above zero. */
  nextGeneration(): bigint {
    this.#last = max(this.#last + 1n, BigInt(Date.now()) << 10n);
    return this.#last;
  }

  /**
   * A slot nobody has, or undefined. Slots are given out round robin, so that one is used again as late as possible: a
   * process that left its container's cgroup keeps the container's slot. Slot 0 is not used.
   */
  free(slotCount: number, occupied: ReadonlySet<number>): number | undefined {
    for (let tried = 1; tried < slotCount; tried++) {
      this.#cursor = (this.#cursor % (slotCount - 1)) + 1;
      if (!this.#records.has(this.#cursor) && !occupied.has(this.#cursor)) return this.#cursor;
    }
    return undefined;
  }

  /** To be called before the kernel is given the image: makes its events nameable. */
  intend(intent: Intent): void {
    this.#append({ intend: intent });
    this.#intended(intent);
  }

  /** The kernel took the image that was intended with this generation. */
  done(generation: bigint): void {
    this.#append({ done: generation });
    this.#settle(generation);
  }

  release(slot: number): void {
    this.#append({ release: slot });
    this.#drop(slot);
  }

  /** Forgets every slot, not the generations: the kernel was found empty. */
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

  #apply(record: SlotRecord): void {
    const before = this.#records.get(record.slot);
    if (before) this.#slots.delete(before.subject.containerId);
    this.#records.set(record.slot, record);
    this.#slots.set(record.subject.containerId, record.slot);
    this.#generations.delete(record.generation);
    this.#generations.set(record.generation, { digest: record.digest, subject: record.subject });
    if (this.#generations.size > keptGenerations + this.#records.size) this.#forgetOldest();
  }

  #forgetOldest(): void {
    const live = new Set([...this.#records.values()].map(({ generation }) => generation));
    for (const generation of this.#generations.keys()) {
      if (this.#generations.size <= keptGenerations + this.#records.size / 2) return;
      if (!live.has(generation)) this.#generations.delete(generation);
    }
  }

  #drop(slot: number): void {
    const record = this.#records.get(slot);
    if (!record) return;
    this.#records.delete(slot);
    if (this.#slots.get(record.subject.containerId) === slot) this.#slots.delete(record.subject.containerId);
  }

  /** A disk that takes nothing must not keep a rule set from being bound: reported, and gone on in memory. */
  #append(line: object): void {
    try {
      const text = `${encode(line)}\n`;
      appendFileSync(this.#path, text, { mode: 0o600 });
      this.#written += text.length;
      if (this.#written > compactAbove) this.#compact();
    } catch (error) {
      this.#failed(error);
    }
  }

  #read(): JournalLine[] {
    let text: string;
    try {
      text = readFileSync(this.#path, "utf8");
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
    const lines: JournalLine[] = [];
    for (const line of text.split("\n")) {
      if (line === "") continue;
      try {
        lines.push(decode(line));
      } catch {
        break; // torn by a crash: what follows was never acted upon
      }
    }
    return lines[0]?.boot === this.#boot ? lines : [];
  }

  #replay(line: JournalLine): void {
    if (line.intend) this.#intended(line.intend);
    else if (line.done !== undefined) this.#settle(line.done);
    else if (line.release !== undefined) this.#drop(line.release);
    else if (line.record) this.#apply(line.record);
    else if (line.generation) this.#generations.set(line.generation[0], line.generation[1]);
  }

  #intended(intent: Intent): void {
    this.#intents.set(intent.slot, intent);
    this.#apply({ ...intent, image: undefined });
  }

  #settle(generation: bigint): void {
    for (const [slot, intent] of this.#intents) {
      if (intent.generation !== generation) continue;
      this.#intents.delete(slot);
      this.#apply(intent);
    }
  }

  /** Writes the state as the shortest journal that gives it. */
  #compact(): void {
    const lines: object[] = [{ boot: this.#boot }];
    for (const entry of this.#generations) lines.push({ generation: entry });
    for (const record of this.#records.values()) lines.push({ record });
    writeFileSync(`${this.#path}.new`, `${lines.map(encode).join("\n")}\n`, { mode: 0o600 });
    renameSync(`${this.#path}.new`, this.#path);
    this.#written = 0;
  }
}

interface JournalLine {
  boot?: string;
  intend?: Intent;
  record?: SlotRecord;
  generation?: [bigint, Generation];
  release?: number;
  done?: bigint;
}

/** JSON with bigints as `{"$bigint": "…"}`. */
function encode(value: object): string {
  return JSON.stringify(value, (_, entry) => (typeof entry === "bigint" ? { $bigint: entry.toString() } : entry));
}

interface BigintJson {
  $bigint: string;
}

function decode(line: string): JournalLine {
  const revive = (_: string, entry: unknown) =>
    typeof (entry as BigintJson | null)?.$bigint === "string" ? BigInt((entry as BigintJson).$bigint) : entry;
  return JSON.parse(line, revive) as JournalLine;
}

const max = (a: bigint, b: bigint) => (a > b ? a : b);
