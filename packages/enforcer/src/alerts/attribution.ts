/**
 * Whose event it is, and which rule decided. Both are found by the id of the rule table, which the slot table remembers beyond
 * the life of the container and of this process. Labels and owner are taken from the bundle in force where the container is still in it,
 * because they may have changed since the rule table was made.
 */

import type { BundleContainer, RuleSet } from "@portcullis/model";
import type { KernelEvent } from "@portcullis/native";
import type { Binding } from "../bind/binding.ts";
import type { SlotTable } from "../bind/slot-table.ts";
import type { Attribution } from "./alert.ts";

export interface AttributionSources {
  readonly table: SlotTable;
  /** A rule set of the bundle in force, or an earlier one; undefined when it is not known any more. */
  readonly ruleSet: (digest: string) => RuleSet | undefined;
  /** A container of the bundle in force. */
  readonly bundleContainer: (podUid: string, container: string) => BundleContainer | undefined;
}

export function attribute(
  event: Pick<KernelEvent, "tableId" | "slot" | "ruleId">,
  sources: AttributionSources,
): Attribution {
  const decidedFor = sources.table.bindingOf(event.tableId);
  const binding = decidedFor ?? sources.table.at(event.slot)?.binding;
  const ruleSet = decidedFor && event.ruleId !== 0 ? sources.ruleSet(decidedFor.ruleSet) : undefined;
  const rule = ruleSet?.rules[event.ruleId - 1];
  const found = rule?.id === event.ruleId ? rule : ruleSet?.rules.find(({ id }) => id === event.ruleId);
  return {
    binding: binding && refreshed(binding, sources.bundleContainer(binding.podUid, binding.container)),
    rule: found,
    policy: found && ruleSet?.policies[found.policy],
  };
}

function refreshed(binding: Binding, bundleContainer: BundleContainer | undefined): Binding {
  if (!bundleContainer) return binding;
  const { labels, owner, image } = bundleContainer;
  return { ...binding, labels, owner, image: image || binding.image };
}
