/**
 * What the enforcer's parts ask of the outside, as narrow interfaces: the kernel engine, the policy compiler, the log
 * and the counters. `main.ts` passes the real ones; a test of the parts passes recorders at the same edge.
 */
import type { RuleSet, Unenforced } from "@portcullis/model";

export type { Log } from "@portcullis/daemon";

/** Counts something that went wrong or was lost, by a name of the list in `counters.ts`. */
export type Count = (counter: CounterName, by?: number) => void;

export type CounterName = (typeof counterNames)[number];
/** Closed set, so that metrics, node status and docs name the same things. */
export const counterNames = [
  "bundle_refused_undecodable",
  "bundle_refused_foreign",
  "bundle_refused_stale",
  "bundle_refused_inconsistent",
  "bundle_refused_digest",
  "bundle_refused_ruleset",
  "state_unreadable",
  "state_write_failures",
  "bind_failures",
  "image_swaps",
  "runtime_failures",
  "events",
  "events_unattributed",
  "events_unreadable",
  "alerts_spooled",
  "alerts_published",
  "alert_publish_failures",
  "spool_dropped",
  "status_failures",
  "loop_restarts",
] as const;

/** A rule table as the kernel takes it: opaque here. */
export interface RuleTable {
  readonly elements: number;
  readonly data: Uint8Array;
}

/** The part of native's `Engine` that binding uses. All calls are synchronous and throw with the kernel's own words. */
export interface SlotEngine {
  readonly slotCount: number;
  setRules(slot: number, table: RuleTable): void;
  clearSlot(slot: number): void;
  usedSlots(): readonly number[];
  bindCgroup(cgroupId: bigint, slot: number): void;
  unbindCgroup(cgroupId: bigint): void;
  boundCgroups(): Map<bigint, number>;
}

/** `policy`'s compiler followed by `native`'s packer. `aliases`: written name → the names it resolves to. */
export interface Compiler {
  pathsToResolve(ruleSet: RuleSet): readonly string[];
  compile(
    ruleSet: RuleSet,
    aliases: ReadonlyMap<string, readonly string[]>,
  ): { readonly pack: (tableId: bigint) => RuleTable; readonly unenforced: readonly Unenforced[] };
}
