/** What a pass did for each container, and what that comes to for the node. Pure. */

import type { HeldBundle, PolicyNotices, PolicyRef, Unenforced, Waiting } from "@portcullis/model";
import type { Unproven } from "./unproven.ts";

/** What a pass did for one container. `ruleSet` and `heldRuleSet` are digests, empty when there is none. */
export type Step =
  /** No policy selects it and it has no slot. */
  | { readonly kind: "nothing" }
  /** Its slot holds the right rule table and its cgroup is bound to the slot. */
  | {
      readonly kind: "bound";
      readonly ruleSet: string;
      readonly tableKey: string;
      /** What the compiler said of the rule table; the same for every container that has it. */
      readonly report: readonly Unenforced[];
      /** Parts of policies that this container's symlinks, or hooks that this kernel lacks, keep from being enforced. */
      readonly refused: readonly Unenforced[];
      /** Parts that hold but for what the node must not deny. */
      readonly exempt: readonly Unenforced[];
      /** Why what it has is not final, so that it counts as waiting: its symlinks could not be read yet, or its host's allow-list is still tried. Empty: it is. */
      readonly awaits: string;
      /** Which container it is, for people. */
      readonly where: string;
    }
  /** Its symlinks are not known yet; meanwhile the rule set it holds is in force. */
  | { readonly kind: "waiting"; readonly heldRuleSet: string; readonly ruleSet: string; readonly where: string }
  /** There is something to do for it, and the pass has no time left. */
  | { readonly kind: "deferred"; readonly heldRuleSet: string; readonly ruleSet: string; readonly where: string }
  | {
      readonly kind: "failed";
      readonly ruleSet: string;
      readonly problem: string;
      /** Which container failed, for people. */
      readonly where: string;
      /** The policies whose rules it should have, and why it has not. The reason does not name the container. */
      readonly unenforced: readonly Unenforced[];
      /** It is bound, but what the compiler says of its rule table is not known. */
      readonly tableKey: string | undefined;
    };

/** What a pass found; the node's status is made of it. */
export interface Outcome {
  /** Of the last bundle that no container waits for. */
  readonly revision: bigint;
  /** Digests bound to at least one container. */
  readonly boundRuleSets: readonly string[];
  readonly unenforced: readonly Unenforced[];
  /** Parts that hold but for what the node must not deny. */
  readonly exempt: readonly Unenforced[];
  /** What was noticed of the names of policies; the same object while it is the same. Undefined: nothing is known yet. */
  readonly notices: readonly PolicyNotices[] | undefined;
  /** One line for each container that is not as it should be. */
  readonly problems: readonly string[];
  readonly slotsUsed: number;
  /** Containers that wait for their symlinks, for their identity or for the next pass. */
  readonly waiting: number;
  /** The bundle that the pass bound, but for the policies in `waitingFor`. Undefined: the containers have never been listed whole. */
  readonly held: HeldBundle | undefined;
  /** The policies that those containers wait for, each once with the first of them. */
  readonly waitingFor: readonly Waiting[];
  /** This pass ran out of time and left some to the next, which should come at once. */
  readonly more: boolean;
}

/** What is true of the whole pass. */
interface PassFacts {
  /** Of the bundle that the pass applied, and of the last one before it that nothing waited for. */
  readonly revision: bigint;
  readonly settledRevision: bigint;
  readonly held: HeldBundle | undefined;
  /** Containers with a rule set that may run without it. */
  readonly unproven: readonly Unproven[];
  readonly policiesOf: (ruleSet: string) => readonly PolicyRef[];
  readonly notices: readonly PolicyNotices[] | undefined;
  readonly slotsUsed: number;
}

export function outcomeOf(steps: readonly Step[], facts: PassFacts): Outcome {
  const late = steps.filter(isLate);
  const waiting = facts.unproven.length + late.length;
  return {
    held: facts.held,
    waitingFor: waitingOf(late, facts),
    revision: waiting === 0 ? facts.revision : facts.settledRevision,
    boundRuleSets: [...new Set(steps.map(ruleSetInForce))].filter((digest) => digest !== "").sort(),
    unenforced: unenforcedOf(steps),
    exempt: steps.flatMap((step) => (step.kind === "bound" ? step.exempt : [])),
    notices: facts.notices,
    problems: steps.flatMap((step) => (step.kind === "failed" ? [step.problem] : [])),
    slotsUsed: facts.slotsUsed,
    waiting,
    more: steps.some(({ kind }) => kind === "deferred"),
  };
}

type LateStep = Step & { readonly ruleSet: string; readonly where: string };

function isLate(step: Step): step is LateStep {
  return step.kind === "waiting" || step.kind === "deferred" || (step.kind === "bound" && step.awaits !== "");
}

/**
 * One container that is late makes its own policies wait and no others. Of each policy the first such container is named.
 */
function waitingOf(
  late: readonly LateStep[],
  { unproven, policiesOf }: Pick<PassFacts, "unproven" | "policiesOf">,
): Waiting[] {
  const found = new Map<string, Waiting>();
  const add = (ruleSet: string, reason: string) => {
    for (const policy of policiesOf(ruleSet)) {
      const key = JSON.stringify([policy.kind, policy.namespace, policy.name]);
      if (!found.has(key)) found.set(key, { policy, reason });
    }
  };
  for (const { container, reason } of unproven)
    add(container.ruleSet, `${container.namespace}/${container.pod}/${container.container}: ${reason}`);
  for (const step of late) add(step.ruleSet, `${step.where}: ${reasonOf(step)}`);
  return [...found.values()];
}

/** What is not known of a container whose links are still followed. */
export const awaitsSymlinks = "what its names lead to is not known yet";

function reasonOf(step: LateStep): string {
  if (step.kind === "deferred") return "it is being bound";
  return step.kind === "bound" ? step.awaits : awaitsSymlinks;
}

/** Digests of the rule sets that the steps are about. */
export const ruleSetsOf = (steps: readonly Step[]): ReadonlySet<string> =>
  new Set(steps.flatMap((step) => (step.kind === "nothing" || step.ruleSet === "" ? [] : [step.ruleSet])));

/** Of these, those whose names are not looked up in some container, or that some container may be without. */
export function unlookedRuleSets(steps: readonly Step[], unproven: readonly Unproven[]): ReadonlySet<string> {
  const isUnlooked = (step: Step) => step.kind !== "bound" || step.awaits === awaitsSymlinks;
  return new Set([...ruleSetsOf(steps.filter(isUnlooked)), ...unproven.map(({ container }) => container.ruleSet)]);
}

/** Keys of the rule tables that containers have. */
export function tableKeysOf(steps: readonly Step[]): Set<string> {
  const keys = steps.map((step) => (step.kind === "bound" || step.kind === "failed" ? step.tableKey : undefined));
  return new Set(keys.filter((key) => key !== undefined));
}

function ruleSetInForce(step: Step): string {
  switch (step.kind) {
    case "nothing":
      return "";
    case "bound":
      return step.ruleSet;
    case "waiting":
    case "deferred":
      return step.heldRuleSet;
    case "failed":
      return step.tableKey === undefined ? "" : step.ruleSet;
  }
}

/**
 * Each part once, in the order of the containers; the report of a rule table is looked at once, however many have it. What fails for
 * one reason in many containers is one part with the number of them, or a policy of many containers would fill the list.
 */
function unenforcedOf(steps: readonly Step[]): Unenforced[] {
  const found = new Map<string, Unenforced>();
  const failed = new Map<string, FailedPart>();
  const add = (parts: readonly Unenforced[]) => {
    for (const part of parts) found.set(partKey(part), part);
  };
  const reported = new Set<string>();
  for (const step of steps) {
    if (step.kind === "failed") for (const part of step.unenforced) addFailed(failed, part, step.where);
    if (step.kind !== "bound") continue;
    if (!reported.has(step.tableKey)) add(step.report);
    reported.add(step.tableKey);
    add(step.refused);
  }
  add([...failed.values()].map(withContainers));
  return [...found.values()];
}

/** A part that failed, in how many containers, and the first of them. */
interface FailedPart {
  readonly part: Unenforced;
  readonly first: string;
  containers: number;
}

function addFailed(failed: Map<string, FailedPart>, part: Unenforced, where: string): void {
  const key = partKey(part);
  const known = failed.get(key);
  if (known === undefined) failed.set(key, { part, first: where, containers: 1 });
  else known.containers++;
}

function withContainers({ part, first, containers }: FailedPart): Unenforced {
  const others = containers === 1 ? "" : ` and ${containers - 1} more containers`;
  return { ...part, reason: `${first}${others}: ${part.reason}` };
}

function partKey({ policy, origin, reason }: Unenforced): string {
  return JSON.stringify([policy.kind, policy.namespace, policy.name, origin, reason]);
}
