/**
 * A recording engine: the kernel's side of binding, at the edge where this machine's kernel may refuse LSM programs. It
 * keeps what a kernel would keep (slots, bindings) beyond the life of a reconciler, and every call in order.
 */

import { digestOf, encodeRuleSet } from "@portcullis/bus";
import type { RuleSet } from "@portcullis/model";
import type { DescriptorSearch, KernelCount, KernelEvent, RuleTable } from "@portcullis/native";
import { type KnownAliases, pathsToResolve } from "@portcullis/policy";
import type { Compiler } from "../src/bind/compiler.ts";
import type { KernelEngine } from "../src/engine.ts";

export class RecordingEngine implements KernelEngine {
  readonly slotCount: number;
  readonly seed = [1n, 2n] as const;
  readonly hooks = ["bprm_creds_for_exec", "file_open"];
  readonly slots = new Map<number, RuleTable>();
  readonly bound = new Map<bigint, number>();
  readonly calls: string[] = [];
  adopted = false;
  refuse: ((slot: number) => Error | undefined) | undefined;
  /** The kernel's bindings cannot be read, for this reason. */
  unreadable: Error | undefined;
  #logListeners = new Set<(events: KernelEvent[]) => void>();
  #listeners = new Set<(events: KernelEvent[]) => void>();

  constructor(slotCount = 64) {
    this.slotCount = slotCount;
  }
  setRules(slot: number, table: RuleTable): void {
    const refusal = this.refuse?.(slot);
    if (refusal) throw refusal;
    this.calls.push(`rules ${slot}`);
    this.slots.set(slot, table);
  }
  clearSlot(slot: number): void {
    if ([...this.bound.values()].includes(slot)) throw new Error(`slot ${slot} is cleared while bound`);
    this.calls.push(`clear ${slot}`);
    this.slots.delete(slot);
  }
  usedSlots(): number[] {
    return [...this.slots.keys()];
  }
  bindCgroup(cgroupId: bigint, slot: number): void {
    if (!this.slots.has(slot)) throw new Error(`cgroup ${cgroupId} is bound to slot ${slot}, which is empty`);
    this.calls.push(`bind ${cgroupId}`);
    this.bound.set(cgroupId, slot);
  }
  /** System calls that the kernel refuses to look for, with the reason. */
  unseen = new Map<string, string>();
  /** Those that it looks for. */
  readonly seen = new Set<string>();
  traceSyscalls(wanted: ReadonlyMap<string, number>): Map<string, string> {
    for (const name of wanted.keys()) {
      if (this.seen.has(name) || this.unseen.has(name)) continue;
      this.calls.push(`see ${name}`);
      this.seen.add(name);
    }
    return new Map([...this.unseen].filter(([name]) => wanted.has(name)));
  }
  keepSyscalls(wanted: ReadonlySet<string>): void {
    for (const name of this.seen) {
      if (wanted.has(name)) continue;
      this.calls.push(`no longer see ${name}`);
      this.seen.delete(name);
    }
  }
  /** Why the kernel refuses to judge queries and addresses; undefined: it does not. */
  unjudged: string | undefined;
  /** What it judges. */
  readonly judged = new Set<string>();
  judge(what: string): string | undefined {
    if (!this.judged.has(what) && this.unjudged === undefined) {
      this.calls.push(`judge ${what}`);
      this.judged.add(what);
    }
    return this.unjudged;
  }
  ignore(what: string): void {
    if (this.judged.delete(what)) this.calls.push(`ignore ${what}`);
  }
  /** What searches for descriptors come to, one after another; then nothing is found. */
  searches: (DescriptorSearch | Error)[] = [];
  searched = 0;
  #holds = false;
  searchDescriptors(): DescriptorSearch {
    this.searched++;
    const search = this.searches.shift() ?? { isOver: true, files: 0, slots: 0 };
    if (search instanceof Error) throw search;
    this.#holds = search.files + search.slots > 0;
    return search;
  }
  holdsDescriptors(): boolean {
    return this.#holds;
  }
  unbindCgroup(cgroupId: bigint): void {
    this.calls.push(`unbind ${cgroupId}`);
    this.bound.delete(cgroupId);
  }
  boundCgroups(): Map<bigint, number> {
    if (this.unreadable) throw this.unreadable;
    return new Map(this.bound);
  }
  /** What it was told last of the cgroups of pods. */
  podCgroups: readonly bigint[] = [];
  setPodCgroups(cgroupIds: readonly bigint[]): void {
    this.podCgroups = cgroupIds;
  }
  /** How many tasks are to be found out of date, look by look. */
  outdated: number[] = [];
  looks = 0;
  regardTasks(): number {
    this.looks++;
    return this.outdated.shift() ?? 0;
  }
  counters(): Record<string, number> {
    return { ring_full_denial: 0, denied: 3 };
  }
  onEvents(listener: (events: KernelEvent[]) => void): { close(): void } {
    this.#listeners.add(listener);
    return { close: () => void this.#listeners.delete(listener) };
  }
  /** What the kernel is to have counted. */
  counts: KernelCount[] = [];
  takeCounts(): KernelCount[] {
    return [...this.counts];
  }
  forgetCounts(counts: readonly KernelCount[]): void {
    this.counts = this.counts.filter((one) => !counts.includes(one));
  }
  onLogs(listener: (events: KernelEvent[]) => void): { close(): void } {
    this.#logListeners.add(listener);
    return { close: () => void this.#logListeners.delete(listener) };
  }
  /** What the kernel is to have counted of what is only visible. */
  logCounts: KernelCount[] = [];
  takeLogCounts(): KernelCount[] {
    return [...this.logCounts];
  }
  forgetLogCounts(counts: readonly KernelCount[]): void {
    this.logCounts = this.logCounts.filter((one) => !counts.includes(one));
  }
  emitLogs(...events: KernelEvent[]): void {
    for (const listener of this.#logListeners) listener(events);
  }
  emit(...events: KernelEvent[]): void {
    for (const listener of this.#listeners) listener(events);
  }
  close(): void {}

  /** The text that the rule table of a cgroup was packed from; undefined: not bound. */
  rulesOf(cgroupId: bigint): string | undefined {
    const slot = this.bound.get(cgroupId);
    return slot === undefined ? undefined : textOf(this.slots.get(slot));
  }
  tableIdOf(cgroupId: bigint): bigint {
    return new DataView(this.slots.get(this.bound.get(cgroupId)!)!.data.buffer).getBigUint64(0);
  }
}

/** Packs the rule set's digest and its aliases as text, behind the table id, and then what is visible. */
export const textCompiler: Compiler = {
  pathsToResolve,
  compile: (ruleSet, aliases) => ({
    unenforced: [],
    bytes: tableText(ruleSet, aliases).length,
    pack: (tableId, visible = []) => {
      const seen = visible.length === 0 ? "" : ` visible: ${visible.join(", ")}`;
      const text = Buffer.from(`${tableText(ruleSet, aliases)}${seen}`);
      const data = new Uint8Array(8 + text.length);
      new DataView(data.buffer).setBigUint64(0, tableId);
      data.set(text, 8);
      return { elements: 1, data };
    },
  }),
};

export function tableText(ruleSet: RuleSet, { aliases }: KnownAliases): string {
  if (ruleSet.rules.length === 0) return "empty";
  return `${digestOf(encodeRuleSet(ruleSet))} ${JSON.stringify([...aliases].sort())}`;
}

function textOf(table: RuleTable | undefined): string | undefined {
  return table && Buffer.from(table.data.subarray(8)).toString();
}
