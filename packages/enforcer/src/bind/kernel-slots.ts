/**
 * The kernel's slots and our table of them, changed together. For a container its rule table is put into its slot first, and
 * then its cgroup is bound to the slot. A container that no policy selects any more, and that is not visible, gets the empty rule table and stays bound. A slot is
 * free again only after its cgroup has gone and was unbound.
 */

import type { Log, Took } from "@portcullis/daemon";
import type { RuleSet, Unenforced, Visibility } from "@portcullis/model";
import { hostCgroupId, hostSlot, type RuleTable } from "@portcullis/native";
import type { KnownAliases } from "@portcullis/policy";
import type { Count } from "../counters.ts";
import { SlotsExhaustedError } from "../errors.ts";
import { noAliases } from "./alias-memory.ts";
import type { Binding } from "./binding.ts";
import type { Compiled } from "./compiler.ts";
import { isHost } from "./host.ts";
import {
  aliasesOfTable,
  emptyTableKey,
  type RuleTableCache,
  tableKeyOf,
  variantOf,
  visibleKeyOf,
} from "./rule-tables.ts";
import type { SlotRecord } from "./slot-journal.ts";
import type { SlotTable } from "./slot-table.ts";
import type { KnownSymlinks } from "./symlink-cache.ts";

/** The part of native's `Engine` that binding uses. All calls are synchronous and throw with the kernel's own words. */
export interface SlotEngine {
  readonly slotCount: number;
  setRules(slot: number, table: RuleTable): void;
  clearSlot(slot: number): void;
  usedSlots(): readonly number[];
  bindCgroup(cgroupId: bigint, slot: number): void;
  unbindCgroup(cgroupId: bigint): void;
  boundCgroups(): Map<bigint, number>;
  setPodCgroups(cgroupIds: readonly bigint[]): void;
  regardTasks(): number;
}

interface KernelSlotsOptions {
  readonly engine: SlotEngine;
  readonly table: SlotTable;
  readonly ruleTables: RuleTableCache;
  /** Called when slots of containers that have gone were released. */
  readonly released?: () => void;
  /** Told how long it took to bind a container. */
  readonly took?: Took | undefined;
  readonly log: Log;
  readonly count: Count;
}

export interface WantedRules {
  readonly ruleSet: RuleSet;
  readonly symlinks: KnownSymlinks;
  /** Of the host: what tells the rule set from that of the same digest. */
  readonly variant?: string;
  /** … and in which categories what it does is recorded. */
  readonly recorded?: Visibility;
}

/** What a container is to have in its slot. */
export interface Wanted {
  readonly binding: Binding;
  /** Undefined when no policy selects it, visible or not, or when its symlinks are not known yet. */
  readonly rules: WantedRules | undefined;
}

/** What a container has in its slot. */
interface Held {
  readonly tableKey: string;
  /** What the compiler said of the rule table. Undefined when the slot held it already, and the compiler was not asked. */
  readonly unenforced: readonly Unenforced[] | undefined;
  /** The kernel was given something just now. */
  readonly isNew: boolean;
}

/** So many times in a row no task may be found that is not as it should be, before it is looked no more. */
const quietLooks = 3;

export class KernelSlots {
  readonly #options: KernelSlotsOptions;
  /** Cgroup id → slot, as the kernel has it. */
  #bound = new Map<bigint, number>();
  /** Slots that are not free, whoever has them. */
  #occupied = new Set<number>();
  #podCgroups = "";
  /** How often the kernel's tasks are still to be looked at, because the host was bound or unbound. */
  #looks = quietLooks;

  constructor(options: KernelSlotsOptions) {
    this.#options = options;
    this.#adopt();
  }

  get used(): number {
    return this.#options.table.size;
  }

  /**
   * Drops the records that the kernel does not confirm. What the kernel has bound and no record names is kept until its
   * container is met.
   */
  #adopt(): void {
    const { engine, table, log } = this.#options;
    const bound = engine.boundCgroups();
    const used = new Set(engine.usedSlots());
    for (const { slot, binding } of [...table.records]) {
      const boundTo = bound.get(binding.cgroupId); // undefined when the process died between setting the rule table and binding
      if (!used.has(slot) || (boundTo !== undefined && boundTo !== slot)) table.release(slot);
    }
    const named = new Set([...bound.values(), ...[...table.records].map(({ slot }) => slot)]);
    for (const slot of used) if (!named.has(slot)) engine.clearSlot(slot);
    if (bound.size > 0) log.info("bindings found in the kernel", { cgroups: bound.size, known: table.size });
  }

  /**
   * To be called first in every pass: reads what the kernel has, and releases the slots of containers that have gone. `present`
   * has the cgroup of every container there is. When it is undefined none is taken for gone. `podCgroups`: below them there are pods alone.
   * Returns whether tasks of the host have become actors since the last pass.
   */
  begin(present: ReadonlySet<bigint> | undefined, podCgroups: readonly bigint[] | undefined): boolean {
    const { engine } = this.#options;
    this.#bound = engine.boundCgroups();
    if (podCgroups && podCgroups.join() !== this.#podCgroups) {
      engine.setPodCgroups(podCgroups);
      this.#podCgroups = podCgroups.join();
    }
    if (present) this.#releaseGone(present);
    this.#occupied = new Set([hostSlot, ...engine.usedSlots(), ...this.#bound.values()]);
    if (this.#looks === 0) return false;
    const hasNewActors = engine.regardTasks() > 0;
    this.#looks = hasNewActors ? quietLooks : this.#looks - 1;
    return hasNewActors;
  }

  #releaseGone(present: ReadonlySet<bigint>): void {
    const { engine, table, released } = this.#options;
    const before = this.#bound.size;
    for (const [cgroupId, slot] of this.#bound) {
      if (present.has(cgroupId)) continue;
      engine.unbindCgroup(cgroupId);
      engine.clearSlot(slot);
      this.#bound.delete(cgroupId);
      if (cgroupId === hostCgroupId) this.#looks = quietLooks;
    }
    for (const { slot, binding } of [...table.records]) if (!present.has(binding.cgroupId)) table.release(slot);
    if (this.#bound.size < before) released?.();
  }

  isBound({ cgroupId }: Binding): boolean {
    return this.#bound.has(cgroupId);
  }

  /** The digest of the rule set that the container's slot was last set to; empty when there is none. */
  heldRuleSet(binding: Binding): string {
    return this.#recordOf(binding)?.binding.ruleSet ?? "";
  }

  /** The aliases that the container's rule table knows; none when it has no table, or when nobody knows which. */
  heldAliases(binding: Binding): KnownAliases {
    const tableKey = this.#recordOf(binding)?.tableKey;
    return tableKey === undefined ? noAliases : aliasesOfTable(tableKey);
  }

  /** Whether the container's slot holds this already. */
  holds({ binding, rules }: Wanted): boolean {
    const record = this.#recordOf(binding);
    if (!record) return !needsSlot(binding);
    return record.tableKey === wantedKey({ binding, rules });
  }

  /**
   * Makes the kernel hold what is wanted. Returns undefined when the container has no slot and needs none. Throws what the
   * compiler or the kernel throws.
   */
  bind(wanted: Wanted): Held | undefined {
    const { engine } = this.#options;
    const { cgroupId, containerId } = wanted.binding;
    const record = this.#recordOf(wanted.binding);
    const own = record?.slot ?? this.#bound.get(cgroupId);
    if (own === undefined && !needsSlot(wanted.binding)) return undefined;
    const slot = own ?? this.#slotFor(wanted.binding);
    if (slot === undefined) {
      throw new SlotsExhaustedError(
        `all ${engine.slotCount} slots are in use: container ${containerId} is not enforced`,
      );
    }
    const tableKey = wantedKey(wanted);
    const compiled = record?.tableKey === tableKey ? undefined : this.#setRules(slot, wanted, tableKey);
    const isBound = this.#bound.get(cgroupId) === slot;
    if (!isBound) {
      engine.bindCgroup(cgroupId, slot);
      this.#bound.set(cgroupId, slot);
      if (slot === hostSlot) {
        this.#looks = quietLooks;
        engine.regardTasks();
      }
    }
    return { tableKey, unenforced: compiled?.unenforced, isNew: compiled !== undefined || !isBound };
  }

  #slotFor(binding: Binding): number | undefined {
    const { engine, table } = this.#options;
    return isHost(binding) ? hostSlot : table.free(engine.slotCount, this.#occupied);
  }

  #setRules(slot: number, { binding, rules }: Wanted, tableKey: string): Compiled {
    const { engine, table, ruleTables, count, took } = this.#options;
    const begun = performance.now();
    const compiled = rules
      ? ruleTables.get(digestOf(binding, rules), rules.ruleSet, rules.symlinks)
      : ruleTables.empty();
    const tableId = table.nextTableId();
    const packed = compiled.pack(tableId, binding.visible, rules?.recorded);
    table.intend({ slot, binding, tableKey, tableId });
    this.#occupied.add(slot);
    engine.setRules(slot, packed);
    table.done(tableId);
    count("image_swaps");
    took?.((performance.now() - begun) / 1_000);
    return compiled;
  }

  #recordOf({ containerId, cgroupId }: Binding): SlotRecord | undefined {
    const record = this.#options.table.of(containerId);
    return record?.binding.cgroupId === cgroupId ? record : undefined;
  }
}

/** A policy selects it, or what passes in it is to be told. */
const needsSlot = ({ ruleSet, visible = [] }: Binding): boolean => ruleSet !== "" || visible.length > 0;

function wantedKey({ binding, rules }: Wanted): string {
  const tableKey = rules ? tableKeyOf(digestOf(binding, rules), rules.symlinks) : emptyTableKey;
  return visibleKeyOf(tableKey, binding.visible, rules?.recorded);
}

/** What compiled rule sets are kept by. */
export const digestOf = ({ ruleSet }: Binding, { variant = "" }: WantedRules): string => variantOf(ruleSet, variant);
