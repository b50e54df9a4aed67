/**
 * What a policy's status warns of because nodes noticed it: names that nothing has, sources that nothing protects. Nodes look at the names of the bundle that they
 * hold: what the policy has not (any more) is none of its.
 */

import { type PolicyStatus, type PolicyWarning, reasons } from "@portcullis/api";
import type { NoticedName } from "@portcullis/model";
import { isOfPreset, literalNames } from "@portcullis/policy";
import type { Prepared } from "../watch/prepared.ts";
import { type NodeNotices, type NoticedOnNode, placeOf } from "./node-notices.ts";

interface Named {
  readonly origin: string;
  readonly name: string;
  readonly isSource: boolean;
  readonly allows: boolean;
}

/**
 * `notices`: of every node that has to enforce it. What the status of the same generation says already (`before`) is kept where a node does not know: it is not taken
 * back and said again whenever an enforcer starts.
 */
export function nameWarnings(
  policy: Prepared,
  notices: readonly NoticedOnNode[],
  before: PolicyStatus | undefined,
): PolicyWarning[] {
  if (notices.every((one) => one === "nothing")) return [];
  const kept = before?.observedGeneration === policy.generation ? (before.warnings ?? []) : [];
  const entries = notices.filter((one) => typeof one !== "string");
  const named = namesIn(policy);
  const warnings = [
    ...namesNothing(policy, named, { notices, kept }),
    ...unprotectedSources(named, { entries, kept: notices.some(mayKnowLess) ? kept : [] }),
  ];
  if (!entries.some(({ cut }) => cut)) return warnings;
  const message =
    "there may be more names that nothing has, and more unprotected sources: not every node had room for all";
  return [...warnings, { origin: "spec", reason: reasons.namesNothing, message }];
}

const namesOf = new WeakMap<Prepared, ReadonlyMap<string, Named>>();

/** The names that the policy has written itself, by their places, sorted. */
function namesIn(policy: Prepared): ReadonlyMap<string, Named> {
  const known = namesOf.get(policy);
  if (known !== undefined) return known;
  const all = policy.lowered.rules
    .filter((rule) => !isOfPreset(rule))
    .flatMap((rule) =>
      literalNames(rule).map((one) => ({ ...one, origin: rule.origin, allows: rule.action === "allow" })),
    );
  const made = new Map(all.map((one) => [placeOf(one), one] as const).sort(([a], [b]) => (a < b ? -1 : 1)));
  namesOf.set(policy, made);
  return made;
}

/** What every node says. */
function namesNothing(
  { host }: Prepared,
  named: ReadonlyMap<string, Named>,
  { notices, kept }: { readonly notices: readonly NoticedOnNode[]; readonly kept: readonly PolicyWarning[] },
): PolicyWarning[] {
  // On most nodes there is nothing to notice of most policies.
  if (notices.includes("nothing")) return [];
  const where = host ? "on the nodes" : "in the containers";
  const said = new Set(kept.map(({ origin, message }) => JSON.stringify([origin, message])));
  return [...named].flatMap(([place, { origin, name }]) => {
    const message = `nothing ${where} that it selects has had the name ${JSON.stringify(name)} since it is looked for: is it spelled as it is there?`;
    const isKept = said.has(JSON.stringify([origin, message]));
    // One that does not know all may have a container in which something has that name.
    const says = (one: NoticedOnNode) => hasNothing(one, place) || (isKept && mayKnowLess(one));
    return notices.every(says) ? [{ origin, reason: reasons.namesNothing, message }] : [];
  });
}

const hasNothing = (one: NoticedOnNode, place: string): boolean =>
  typeof one !== "string" && one.namesNothing.has(place);

const mayKnowLess = (one: NoticedOnNode): boolean =>
  typeof one === "string" ? one === "unknown" : one.cut || one.pending;

/** What one node says: a program that one container can put in the source's place is enough. */
function unprotectedSources(
  named: ReadonlyMap<string, Named>,
  { entries, kept }: { readonly entries: readonly NodeNotices[]; readonly kept: readonly PolicyWarning[] },
): PolicyWarning[] {
  const reason = reasons.unprotectedSource;
  const found = new Map<string, NoticedName>();
  for (const { unprotectedSources: sources } of entries)
    for (const [place, one] of sources) {
      const known = found.get(place);
      if (named.get(place)?.isSource && (known === undefined || one.why < known.why)) found.set(place, one);
    }
  const warnings = [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([place, { origin, name, why }]) => ({
      ...{ origin, reason },
      message: named.get(place)?.allows
        ? `the source ${JSON.stringify(name)} does not count where ${why}: an Allow rule counts programs alone that its container cannot write`
        : `nothing protects the source ${JSON.stringify(name)} where ${why}: that container decides which program the rule is about`,
    }));
  const origins = new Set(warnings.map(({ origin }) => origin));
  return [...warnings, ...kept.filter((one) => one.reason === reason && !origins.has(one.origin))];
}
