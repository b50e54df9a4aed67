/**
 * Whether the kernel has to judge queries of DNS: while a bound container's rule set has a rule about them, because it costs something. They are judged before
 * a rule table is bound that has such a rule, and no more when the last one has gone.
 */
import type { RuleSet, Unenforced } from "@portcullis/model";

/** The part of native's `Engine` that judges queries. */
export interface DomainEngine {
  judgeDomains(cgroupRoot: string): string | undefined;
  ignoreDomains(): void;
}

export class JudgedDomains {
  readonly #engine: DomainEngine;
  readonly #cgroupRoot: string;
  #isWanted = false;
  /** What the kernel was last told. Undefined: nothing yet by this process. */
  #isJudged: boolean | undefined;

  constructor(engine: DomainEngine, cgroupRoot: string) {
    this.#engine = engine;
    this.#cgroupRoot = cgroupRoot;
  }

  /** To be called first in every pass. */
  begin(): void {
    this.#isWanted = false;
  }

  /** Has queries judged, if the rule set is about them. Returns the parts of policies that cannot be. */
  need({ rules, policies }: RuleSet): readonly Unenforced[] {
    const about = rules.filter(({ category }) => category === "dns");
    if (about.length === 0) return [];
    this.#isWanted = this.#isJudged = true;
    const why = this.#engine.judgeDomains(this.#cgroupRoot);
    if (why === undefined) return [];
    return about.flatMap(({ policy: index, origin }) => {
      const policy = policies[index];
      return policy ? [{ policy, origin, reason: `queries of DNS cannot be judged on this node: ${why}` }] : [];
    });
  }

  /** To be called last in a pass in which every container got what it is to have. */
  settle(): void {
    if (this.#isWanted || this.#isJudged === false) return;
    this.#engine.ignoreDomains();
    this.#isJudged = false;
  }
}
