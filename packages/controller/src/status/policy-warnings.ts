/**
 * What a policy's status warns of: what is bound as it is written and probably meant otherwise, which workloads it turns into allow-lists, which a policy
 * with an Allow rule does to every container that it selects, and what the nodes noticed of its names.
 */

import { type PolicyWarning, podPolicyAnnotation, reasons } from "@portcullis/api";
import { cut } from "@portcullis/kube";
import type { Category, NoticedName } from "@portcullis/model";
import type { Prepared } from "../watch/prepared.ts";
import { bounded } from "./bounded.ts";
import type { NodeView } from "./ledger.ts";
import type { NodeHealth } from "./node-health.ts";
import type { NodeNotices } from "./node-notices.ts";

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

/** The part of a status that warns, if anything does. `nodes`: those where it selects something; none where it is never enforced. */
export function warned(
  policy: Prepared,
  nodes: readonly NodeView[],
  health: Pick<NodeHealth, "notices">,
): { warnings?: PolicyWarning[] } {
  const warnings = warningsFor(policy, nodes, health);
  return warnings.length === 0 ? {} : { warnings };
}

function warningsFor(
  policy: Prepared,
  nodes: readonly NodeView[],
  health: Pick<NodeHealth, "notices">,
): PolicyWarning[] {
  const bound = nodes.filter(({ wanted }) => wanted.refused === undefined);
  const notices = bound.map(({ node }) => health.notices(node, policy.key));
  const list = [
    ...[...optedOut(nodes), ...allowLists(policy, bound), ...policy.warnings],
    ...[...overridden(policy, bound), ...namesNothing(policy, notices), ...unprotectedSources(policy, notices)],
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

/** Rules that decide in none of the policy's rule sets, because another policy's always decides before; of one that is, the policy is named. */
function overridden({ host }: Prepared, bound: readonly NodeView[]): PolicyWarning[] {
  const [first, ...others] = bound.map(({ wanted }) => wanted.overridden);
  return [...(first ?? [])].flatMap(([origin, by]) => {
    if (!others.every((rules) => rules?.has(origin))) return [];
    const message = `it decides ${host ? "on no node" : "in no container"} that the policy selects: ${by} is of the same object and source, and stricter or before it`;
    return [{ origin, reason: reasons.neverDecides, message }];
  });
}

/** What every node says. One that has not said it yet may have a container in which something has that name. */
function namesNothing({ host }: Prepared, notices: readonly (NodeNotices | undefined)[]): PolicyWarning[] {
  const [first, ...others] = notices;
  let left = [...(first?.namesNothing ?? [])];
  for (const other of others) {
    if (left.length === 0) return [];
    left = left.filter(([place]) => other?.namesNothing.has(place));
  }
  const where = host ? "on the nodes" : "in the containers";
  const reason = reasons.namesNothing;
  const warnings = left.sort(byPlace).map(([, { origin, name }]) => {
    const message = `nothing ${where} that it selects has had the name ${JSON.stringify(name)} since it is looked for: is it spelled as it is there?`;
    return { origin, reason, message };
  });
  if (warnings.length === 0 || !notices.some((one) => one?.mayBeMore)) return warnings;
  return [
    ...warnings,
    { origin: "spec", reason, message: "there may be more names of that kind: not every node had room to name all" },
  ];
}

/** What one node says: a program that one container can put in the source's place is enough. */
function unprotectedSources(
  { lowered: { rules } }: Prepared,
  notices: readonly (NodeNotices | undefined)[],
): PolicyWarning[] {
  const all = new Map<string, NoticedName>();
  for (const one of notices)
    for (const [place, noticed] of one?.unprotectedSources ?? []) {
      const known = all.get(place);
      if (known === undefined || noticed.why < known.why) all.set(place, noticed);
    }
  const allowing = new Set(rules.filter(({ action }) => action === "allow").map(({ origin }) => origin));
  return [...all].sort(byPlace).map(([, { origin, name, why }]) => ({
    ...{ origin, reason: reasons.unprotectedSource },
    message: allowing.has(origin)
      ? `the source ${JSON.stringify(name)} does not count where ${why}: an Allow rule counts programs alone that its container cannot write`
      : `nothing protects the source ${JSON.stringify(name)} where ${why}: that container decides which program the rule is about`,
  }));
}

const byPlace = ([a]: readonly [string, NoticedName], [b]: readonly [string, NoticedName]) => (a < b ? -1 : 1);

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
