/**
 * Rule sets by what they are made of. Pods of one Deployment share one, on every node, so that it is built and encoded once;
 * the memory of them is bounded, the longest unused goes first.
 */
import { digestOf, encodeRuleSet } from "@portcullis/bus";
import { buildRuleSet, type Posture } from "@portcullis/policy";
import type { PreparedPolicy } from "./prepared.ts";

export interface EncodedRuleSet {
  readonly digest: string;
  readonly bytes: Uint8Array;
}

export class RuleSetCache {
  readonly #made = new Map<string, EncodedRuleSet | undefined>();
  readonly #limit: number;
  readonly counters = { hits: 0, built: 0 };

  constructor(limit = 4_096) {
    this.#limit = limit;
  }

  /** The rule set of a container these policies select; undefined when none of them has a rule. Their order is of no account. */
  of(policies: readonly PreparedPolicy[], posture: Posture): EncodedRuleSet | undefined {
    const parts = policies.map((policy) => `${policy.key}@${policy.uid}@${policy.generation}`).sort();
    const key = JSON.stringify([posture.file, posture.network, posture.capabilities, ...parts]);
    if (this.#made.has(key)) {
      this.counters.hits++;
      const known = this.#made.get(key);
      this.#made.delete(key);
      this.#made.set(key, known);
      return known;
    }
    this.counters.built++;
    const ruleSet = buildRuleSet(
      policies.map((policy) => policy.lowered),
      { posture },
    );
    const bytes = ruleSet && encodeRuleSet(ruleSet);
    const made = bytes && { digest: digestOf(bytes), bytes };
    this.#made.set(key, made);
    if (this.#made.size > this.#limit) {
      const oldest = this.#made.keys().next().value;
      if (oldest !== undefined) this.#made.delete(oldest);
    }
    return made;
  }
}
