/** Failures of this package. Problems of a policy are no failures but values (problem.ts). */

/** A rule set that is too large for one automaton. The rule that exceeded the budget is named; nothing of it is bound. */
export class AutomatonBudgetError extends Error {
  readonly code = "POLICY_AUTOMATON_TOO_LARGE";
  override readonly name = "AutomatonBudgetError";
  /** `what` counts against the budget, e.g. "states"; `origin` is the rule's place in its policy. */
  constructor(what: string, count: number, budget: number, origin: string) {
    super(
      `rule set needs ${count} ${what}, ${budget} are the most (reached at ${origin}): use directories instead of lists of files, or fewer sources`,
    );
  }
}
