/** Rule sets for naming policies in alerts: those in force, and earlier ones read back from the disk while events may still come. */

import { readFileSync } from "node:fs";
import type { RuleSet } from "@portcullis/model";
import { verifyRuleSet } from "../bundles/verify.ts";

export class RuleSetHistory {
  readonly #pathOf: (digest: string) => string;
  readonly #limit: number;
  #inForce: ReadonlyMap<string, RuleSet> = new Map();
  /** Earlier ones, oldest use first. */
  readonly #earlier = new Map<string, RuleSet>();

  constructor(pathOf: (digest: string) => string, limit = 64) {
    this.#pathOf = pathOf;
    this.#limit = limit;
  }

  replace(ruleSets: ReadonlyMap<string, RuleSet>): void {
    for (const [digest, ruleSet] of this.#inForce) if (!ruleSets.has(digest)) this.#remember(digest, ruleSet);
    this.#inForce = ruleSets;
  }

  get(digest: string): RuleSet | undefined {
    const known = this.#inForce.get(digest) ?? this.#earlier.get(digest);
    if (known) return known;
    try {
      const ruleSet = verifyRuleSet(digest, readFileSync(this.#pathOf(digest)));
      this.#remember(digest, ruleSet);
      return ruleSet;
    } catch {
      return undefined; // gone or damaged: the alert says that the rule is not known
    }
  }

  #remember(digest: string, ruleSet: RuleSet): void {
    this.#earlier.delete(digest);
    this.#earlier.set(digest, ruleSet);
    for (const oldest of this.#earlier.keys()) {
      if (this.#earlier.size <= this.#limit) break;
      this.#earlier.delete(oldest);
    }
  }
}
