/**
 * The typed face of the kernel engine: everything other packages may use of it. A rule table is packed from an automaton and
 * put into a slot; events come out; the probe says what a kernel can enforce.
 */
export type { DescriptorSearch } from "./earlier/earlier-descriptors.ts";
export { Engine, hostCgroupId, hostSlot } from "./engine.ts";
export type { KernelCount, KernelEvent } from "./events/kernel-event.ts";
export { nameIn } from "./events/name-text.ts";
export { packRules, type RuleTable, withTableId } from "./pack/rule-table.ts";
export type { KernelSupport } from "./probe/kernel-support.ts";
export { probe } from "./probe/probe.ts";
