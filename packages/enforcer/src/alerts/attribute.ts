/**
 * Whose event, and which rule: by the generation of the image that decided, which the slot table remembers beyond the
 * life of the container and of this process. Labels and owner are taken from the bundle in force where the container is
 * still in it, because they may have changed since the image was made.
 */

import type { BundleContainer, RuleSet } from "@portcullis/model";
import type { KernelEvent } from "@portcullis/native";
import type { SlotTable, Subject } from "../bind/slots.ts";
import type { Attribution } from "./convert.ts";

export interface AttributionSources {
  readonly table: SlotTable;
  /** Of the bundle in force, or kept; undefined: gone. */
  readonly ruleSet: (digest: string) => RuleSet | undefined;
  /** Of the bundle in force. */
  readonly workload: (podUid: string, container: string) => BundleContainer | undefined;
}

export function attribute(event: KernelEvent, sources: AttributionSources): Attribution {
  const generation = sources.table.generation(event.tableId);
  const subject = generation?.subject ?? sources.table.at(event.slot)?.subject;
  const ruleSet = generation && event.ruleId !== 0 ? sources.ruleSet(generation.digest) : undefined;
  const rule = ruleSet?.rules[event.ruleId - 1];
  const found = rule?.id === event.ruleId ? rule : ruleSet?.rules.find(({ id }) => id === event.ruleId);
  return {
    subject: subject && refreshed(subject, sources.workload(subject.podUid, subject.container)),
    rule: found,
    policy: found && ruleSet?.policies[found.policy],
  };
}

function refreshed(subject: Subject, workload: BundleContainer | undefined): Subject {
  if (!workload) return subject;
  return { ...subject, labels: workload.labels, owner: workload.owner, image: workload.image || subject.image };
}
