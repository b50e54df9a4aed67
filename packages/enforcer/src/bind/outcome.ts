/** What a pass did for each container, and what that comes to for the node. Pure. */

import type { Unenforced } from "@portcullis/model";

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
      /** Parts of policies that this container's symlinks keep from being enforced. */
      readonly refused: readonly Unenforced[];
      /** Its symlinks could not be read yet: its rules hold for the names as written, and it counts as waiting. */
      readonly awaited: boolean;
    }
  /** Its symlinks are not known yet; meanwhile the rule set it holds is in force. */
  | { readonly kind: "waiting"; readonly heldRuleSet: string }
  /** There is something to do for it, and the pass has no time left. */
  | { readonly kind: "deferred"; readonly heldRuleSet: string }
  | {
      readonly kind: "failed";
      readonly ruleSet: string;
      readonly problem: string;
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
  /** One line for each container that is not as it should be. */
  readonly problems: readonly string[];
  readonly slotsUsed: number;
  /** Containers that wait for their symlinks, for their identity or for the next pass. */
  readonly waiting: number;
  /** This pass ran out of time and left some to the next, which should come at once. */
  readonly more: boolean;
}

/** What is true of the whole pass. */
interface PassFacts {
  /** Of the bundle that the pass applied, and of the last one before it that nothing waited for. */
  readonly revision: bigint;
  readonly settledRevision: bigint;
  /** Containers of the bundle that the node has not identified yet. */
  readonly unidentified: number;
  readonly slotsUsed: number;
}

export function outcomeOf(steps: readonly Step[], facts: PassFacts): Outcome {
  const waiting = facts.unidentified + steps.filter(waits).length;
  return {
    revision: waiting === 0 ? facts.revision : facts.settledRevision,
    boundRuleSets: [...new Set(steps.map(ruleSetInForce))].filter((digest) => digest !== "").sort(),
    unenforced: unenforcedOf(steps),
    problems: steps.flatMap((step) => (step.kind === "failed" ? [step.problem] : [])),
    slotsUsed: facts.slotsUsed,
    waiting,
    more: steps.some(({ kind }) => kind === "deferred"),
  };
}

function waits(step: Step): boolean {
  return step.kind === "waiting" || step.kind === "deferred" || (step.kind === "bound" && step.awaited);
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

/** Each part once, in the order of the containers; the report of a rule table is looked at once, however many have it. */
function unenforcedOf(steps: readonly Step[]): Unenforced[] {
  const found = new Map<string, Unenforced>();
  const add = (parts: readonly Unenforced[]) => {
    for (const part of parts) found.set(JSON.stringify(part), part);
  };
  const reported = new Set<string>();
  for (const step of steps) {
    if (step.kind === "failed") add(step.unenforced);
    if (step.kind !== "bound") continue;
    if (!reported.has(step.tableKey)) add(step.report);
    reported.add(step.tableKey);
    add(step.refused);
  }
  return [...found.values()];
}
