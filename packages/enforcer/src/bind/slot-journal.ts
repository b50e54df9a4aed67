/**
 * The slot table on disk: a journal of lines, written before the kernel is touched and again after, so that an enforcer that
 * died in between knows afterwards which slots it cannot vouch for.
 *
 *     {"boot": …}          first line: the journal is worth nothing after a reboot
 *     {"intend": {…}}      the slot's rule table is about to be set
 *     {"done": …}          the kernel took the rule table of this id
 *     {"release": …}       the slot was unbound and cleared
 *     {"generation": […]}  whose the rule table of this id was
 *     {"record": {…}}      what the slot held when the journal was last compacted
 *
 * The keys in it are older than the words of the code. A table id is stored as "generation", a table key as "image", a binding
 * as "subject", with the digest of its rule set beside it. They are translated here and nowhere else.
 */

import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { isMissing } from "../files.ts";
import type { Binding } from "./binding.ts";

/** What a slot holds, and for whom. */
export interface SlotRecord {
  readonly slot: number;
  readonly binding: Binding;
  /** Key of the rule table that the kernel holds. Undefined when that is not known, so that it has to be set again. */
  readonly tableKey: string | undefined;
  readonly tableId: bigint;
}

/** A rule table that is about to be set into a slot. */
export interface SlotIntent extends SlotRecord {
  readonly tableKey: string;
}

export type JournalLine =
  | { readonly kind: "intend"; readonly intent: SlotIntent }
  | { readonly kind: "done"; readonly tableId: bigint }
  | { readonly kind: "release"; readonly slot: number }
  | { readonly kind: "table id"; readonly tableId: bigint; readonly binding: Binding }
  | { readonly kind: "record"; readonly record: SlotRecord };

export class SlotJournal {
  readonly #path: string;
  readonly #boot: string;
  #appendedBytes = 0;

  /** `boot` is the kernel's boot id: a journal of another boot counts as empty. */
  constructor(path: string, boot: string) {
    this.#path = path;
    this.#boot = boot;
  }

  /** Bytes that were appended since the journal was last rewritten. */
  get appendedBytes(): number {
    return this.#appendedBytes;
  }

  /** The lines of this boot. A line that a crash has torn ends them: what it announced was never done. */
  read(): JournalLine[] {
    const [first = "", ...rest] = this.#text().split("\n");
    if (!this.#isOfThisBoot(first)) return [];
    const lines: JournalLine[] = [];
    for (const text of rest) {
      if (text === "") continue;
      try {
        const line = decode(text);
        if (line) lines.push(line);
      } catch {
        break;
      }
    }
    return lines;
  }

  append(line: JournalLine): void {
    const text = `${encode(line)}\n`;
    appendFileSync(this.#path, text, { mode: 0o600 });
    this.#appendedBytes += text.length;
  }

  /** Replaces the journal by these lines in one step. */
  rewrite(lines: readonly JournalLine[]): void {
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
    const text = [JSON.stringify({ boot: this.#boot }), ...lines.map(encode)].join("\n");
    writeFileSync(`${this.#path}.new`, `${text}\n`, { mode: 0o600 });
    renameSync(`${this.#path}.new`, this.#path);
    this.#appendedBytes = 0;
  }

  #text(): string {
    try {
      return readFileSync(this.#path, "utf8");
    } catch (error) {
      if (isMissing(error)) return "";
      throw error;
    }
  }

  #isOfThisBoot(line: string): boolean {
    try {
      return (JSON.parse(line) as { boot?: string } | null)?.boot === this.#boot;
    } catch {
      return false;
    }
  }
}

interface StoredBinding {
  readonly digest: string;
  readonly subject: Omit<Binding, "ruleSet">;
}

interface StoredSlot extends StoredBinding {
  readonly slot: number;
  readonly generation: bigint;
  readonly image?: string | undefined;
}

interface StoredLine {
  readonly intend?: StoredSlot & { readonly image: string };
  readonly done?: bigint;
  readonly release?: number;
  readonly generation?: readonly [bigint, StoredBinding];
  readonly record?: StoredSlot;
}

function encode(line: JournalLine): string {
  return JSON.stringify(storedLine(line), (_, value) =>
    typeof value === "bigint" ? { $bigint: value.toString() } : value,
  );
}

function storedLine(line: JournalLine): StoredLine {
  switch (line.kind) {
    case "intend":
      return { intend: { ...storedSlot(line.intent), image: line.intent.tableKey } };
    case "done":
      return { done: line.tableId };
    case "release":
      return { release: line.slot };
    case "table id":
      return { generation: [line.tableId, storedBinding(line.binding)] };
    case "record":
      return { record: storedSlot(line.record) };
  }
}

/** The order of the keys is a part of the format: golden bytes are compared with it. */
function storedSlot({ slot, tableId, tableKey, binding }: SlotRecord): StoredSlot {
  return { slot, generation: tableId, image: tableKey, ...storedBinding(binding) };
}

function storedBinding(binding: Binding): StoredBinding {
  const { containerId, cgroupId, cgroupPath, container, pod, namespace, podUid, image, labels, owner } = binding;
  return {
    digest: binding.ruleSet,
    subject: { containerId, cgroupId, cgroupPath, container, pod, namespace, podUid, image, labels, owner },
  };
}

/** Undefined when this version does not know such a line. Throws when the text is no whole line. */
function decode(text: string): JournalLine | undefined {
  const stored = JSON.parse(text, (_, value: { $bigint?: unknown } | null) =>
    typeof value?.$bigint === "string" ? BigInt(value.$bigint) : value,
  ) as StoredLine;
  if (stored.intend) return { kind: "intend", intent: { ...recordOf(stored.intend), tableKey: stored.intend.image } };
  if (stored.done !== undefined) return { kind: "done", tableId: stored.done };
  if (stored.release !== undefined) return { kind: "release", slot: stored.release };
  if (stored.record) return { kind: "record", record: recordOf(stored.record) };
  if (!stored.generation) return undefined;
  const [tableId, of] = stored.generation;
  return { kind: "table id", tableId, binding: bindingOf(of) };
}

function recordOf(stored: StoredSlot): SlotRecord {
  return { slot: stored.slot, binding: bindingOf(stored), tableKey: stored.image, tableId: stored.generation };
}

function bindingOf({ digest, subject: names }: StoredBinding): Binding {
  return { ...names, ruleSet: digest };
}
