/**
 * What a policy's status warns of: what is bound as it is written and probably meant otherwise, which workloads it turns into allow-lists, which a policy
 * with an Allow rule does to every container that it selects, and what the nodes noticed of its names.
 */

import { type PolicyStatus, type PolicyWarning, podPolicyAnnotation, reasons } from "@portcullis/api";
import { cut } from "@portcullis/kube";
import type { Category } from "@portcullis/model";
import { remedyFor } from "@portcullis/policy";
import type { Prepared } from "../watch/prepared.ts";
import { bounded } from "./bounded.ts";
import type { NodeView } from "./ledger.ts";
import { nameWarnings } from "./name-warnings.ts";
import type { NodeHealth } from "./node-health.ts";

const maxWarnings = 100;
/** More than this many are said by the next smaller one of these: a status is not written anew for every pod that comes or goes. */
const exactlyUpTo = 20;
const steps = [1, 2, 5];

/** Where a category stands in a policy, and what its rules allow. */
const allowed: Partial<Record<Category, [section: string, what: string]>> = {
  process: ["process", "programs"],
  file: ["file", "files"],
  network: ["network", "the network"],
  dns: ["network", "queries of DNS"],
  capabilities: ["capabilities", "capabilities"],
};

/** What nodes said, and what the status said before. */
interface Heard {
  readonly health: Pick<NodeHealth, "notices">;
  readonly before: PolicyStatus | undefined;
}

/** The part of a status that warns, if anything does. `nodes`: those where it selects something; none where it is never enforced. */
export function warned(policy: Prepared, nodes: readonly NodeView[], heard: Heard): { warnings?: PolicyWarning[] } {
  const warnings = warningsFor(policy, nodes, heard);
  return warnings.length === 0 ? {} : { warnings };
}

function warningsFor(policy: Prepared, nodes: readonly NodeView[], { health, before }: Heard): PolicyWarning[] {
  const bound = nodes.filter(({ wanted }) => wanted.refused === undefined);
  const notices = bound.map(({ node }) => health.notices(node, policy.key));
  const list = [
    ...[...optedOut(nodes), ...allowLists(policy, bound), ...policy.warnings],
    ...[...overridden(policy, bound), ...nameWarnings(policy, notices, before)],
  ].map(({ origin, reason, message }) => ({ origin, reason, message: cut(message, 4_096) }));
  return bounded(list, { most: maxWarnings, what: "warnings", reason: list.at(-1)?.reason ?? "" });
}

/** Counts as enforced, because whoever may write the namespace has left it to its pods; and yet nothing is denied there. */
function optedOut(nodes: readonly NodeView[]): PolicyWarning[] {
  const number = nodes.reduce((sum, { wanted }) => sum + (wanted.audited ?? 0), 0);
  if (number === 0) return [];
  const message = `it denies nothing in ${said(number, "container")}, where it reports alone: their pods' annotation ${podPolicyAnnotation} asks for that, and their namespace allows it`;
  return [{ origin: "spec.selector", reason: reasons.optedOut, message }];
}

/** Rules that decide in none of the policy's rule sets, because another policy's always decides before. Of several such the first by name is named. */
function overridden({ host, lowered: { rules } }: Prepared, bound: readonly NodeView[]): PolicyWarning[] {
  const all = bound.map(({ wanted }) => wanted.overridden);
  return [...(all[0]?.keys() ?? [])].sort().flatMap((origin) => {
    const [by] = all.map((one) => one?.get(origin) ?? "").sort();
    const rule = rules.find((one) => one.origin === origin);
    if (!by || rule === undefined) return [];
    const where = host ? "on no node" : "in no container";
    const message = `it decides ${where} that the policy selects: ${by} is of the same object and source, and stricter or before it; ${remedyFor(rule, rules)}`;
    return [{ origin, reason: reasons.neverDecides, message }];
  });
}

function allowLists({ lowered: { rules }, host }: Prepared, bound: readonly NodeView[]): PolicyWarning[] {
  const containers = bound.reduce((sum, { wanted }) => sum + [...wanted.pods.values()].reduce((a, b) => a + b, 0), 0);
  const number = host ? bound.length : containers;
  if (number === 0) return [];
  const where = said(number, host ? "node" : "container");
  const categories = new Set(rules.filter(({ action }) => action === "allow").map(({ category }) => category));
  return [...categories].flatMap((category) => {
    const [section, what] = allowed[category] ?? [];
    if (section === undefined) return [];
    const message = `its Allow rules make an allow-list of ${what} in ${where}: what no Allow rule matches there is decided by the posture`;
    return [{ origin: `spec.${section}`, reason: reasons.allowList, message }];
  });
}

function said(number: number, what: string): string {
  if (number <= exactlyUpTo) return `${number} ${what}${number === 1 ? "" : "s"}`;
  const power = 10 ** Math.floor(Math.log10(number));
  const below = steps.map((step) => step * power).findLast((one) => one <= number) ?? power;
  return `${below} or more ${what}s`;
}
