/**
 * Whether the kernel has to judge what costs something wherever it is judged: queries of DNS, and whom sockets speak with. It does so while a bound container's
 * rule set has a rule about it, from before a rule table is bound that has one until the last one has gone.
 */
import type { Rule, RuleSet, Unenforced } from "@portcullis/model";

/** The part of native's `Engine` that judges such rules. */
export interface JudgingEngine {
  judge(what: "dns" | "addresses", cgroupRoot: string): string | undefined;
  ignore(what: "dns" | "addresses"): void;
}

interface Judging {
  readonly isAbout: (rule: Rule) => boolean;
  /** Returns why it cannot be. */
  readonly judge: () => string | undefined;
  readonly ignore: () => void;
  /** What is judged, in words for the status. */
  readonly what: string;
}

/** All kinds of such rules. */
export const judgedRules = (engine: JudgingEngine, cgroupRoot: string): readonly JudgedRules[] => [
  new JudgedRules({
    isAbout: ({ category }) => category === "dns",
    judge: () => engine.judge("dns", cgroupRoot),
    ignore: () => engine.ignore("dns"),
    what: "queries of DNS",
  }),
  new JudgedRules({
    isAbout: ({ match }) => match.kind === "address",
    judge: () => engine.judge("addresses", cgroupRoot),
    ignore: () => engine.ignore("addresses"),
    what: "addresses",
  }),
];

export class JudgedRules {
  readonly #judging: Judging;
  #isWanted = false;
  /** What the kernel was last told. Undefined: nothing yet by this process. */
  #isJudged: boolean | undefined;

  constructor(judging: Judging) {
    this.#judging = judging;
  }

  /** To be called first in every pass. */
  begin(): void {
    this.#isWanted = false;
  }

  /** Has it judged, if the rule set is about it. Returns the parts of policies that cannot be. */
  need({ rules, policies }: RuleSet): readonly Unenforced[] {
    const { isAbout, judge, what } = this.#judging;
    const about = rules.filter(isAbout);
    if (about.length === 0) return [];
    this.#isWanted = this.#isJudged = true;
    const why = judge();
    if (why === undefined) return [];
    return about.flatMap(({ policy: index, origin }) => {
      const policy = policies[index];
      return policy ? [{ policy, origin, reason: `${what} cannot be judged on this node: ${why}` }] : [];
    });
  }

  /** To be called last in a pass in which every container got what it is to have. */
  settle(): void {
    if (this.#isWanted || this.#isJudged === false) return;
    this.#judging.ignore();
    this.#isJudged = false;
  }
}
