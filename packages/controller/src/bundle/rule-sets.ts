/**
 * Rule sets by what they are made of. Pods of one Deployment share one, on every node, so that it is built and encoded once. Rule sets
 * are remembered up to a number of bytes, and the one that was not used for longest is forgotten first.
 */

import { digestOf, encodeRuleSet } from "@portcullis/bus";
import type { RuleSet } from "@portcullis/model";
import { buildRuleSet, type OverriddenRules, optedPolicies, overriddenIn, type Posture } from "@portcullis/policy";
import { LRUCache } from "lru-cache";
import type { Prepared } from "../watch/prepared.ts";

export interface EncodedRuleSet {
  readonly digest: string;
  readonly bytes: Uint8Array;
}

export interface MadeRuleSet {
  /** Undefined: no policy has a rule. */
  readonly ruleSet: EncodedRuleSet | undefined;
  /** Keys of the policies that had to be left out, and why; sorted. */
  readonly refused: ReadonlyMap<string, string>;
  /** Rules that never decide there, by the keys of their policies; absent: none. */
  readonly overridden?: ReadonlyMap<string, OverriddenRules>;
}

export interface RuleSetCacheOptions {
  /**
   * Bytes of all rule sets remembered; default 64 MiB, a sixteenth of the memory that the chart allows. A rule set
   * of usual size has 10 KiB, so that some thousand different ones fit.
   */
  readonly memoryBytes?: number;
  /**
   * Longest encoded rule set; default 4 MiB, which every bus of ours carries. If a rule set is longer, its largest policies are left
   * out and named: the policies of one tenant must not keep the bundle of a whole node from being published.
   */
  readonly maxBytes?: number;
  /** Permit what any program needs in order to run, where a category is an allow-list. Default true. */
  readonly baseAllowance?: boolean | undefined;
}

export class RuleSetCache {
  readonly #made: LRUCache<string, MadeRuleSet>;
  readonly #maxBytes: number;
  readonly #baseAllowance: boolean;
  /** What the policies of a list contribute to a key. */
  readonly #parts = new WeakMap<readonly Prepared[], string>();
  readonly counters = { hits: 0, built: 0, refused: 0 };

  constructor({ memoryBytes = 64 << 20, maxBytes = 4 << 20, baseAllowance = true }: RuleSetCacheOptions = {}) {
    this.#made = new LRUCache({ maxSize: memoryBytes, sizeCalculation: sizeOf });
    this.#maxBytes = maxBytes;
    this.#baseAllowance = baseAllowance;
  }

  /**
   * The rule set of a container that these policies select. Their order does not matter, and nobody may change the list afterwards.
   * `isAudited`: what they would deny is reported alone.
   */
  of(policies: readonly Prepared[], posture: Posture, { isAudited = false } = {}): MadeRuleSet {
    const parts = this.#parts.get(policies) ?? partsOf(policies);
    this.#parts.set(policies, parts);
    const { file, network, capabilities } = posture;
    const key = JSON.stringify(isAudited ? ["audited", parts] : [file, network, capabilities, parts]);
    const known = this.#made.get(key);
    if (known !== undefined) {
      this.counters.hits++;
      return known;
    }
    this.counters.built++;
    const made = this.#make(policies, { file, network, capabilities }, isAudited);
    this.#made.set(key, made);
    return made;
  }

  #make(policies: readonly Prepared[], posture: Posture, isAudited: boolean): MadeRuleSet {
    const refused = new Map<string, string>();
    // The smallest come first, so that the largest is the last. Equal ones are sorted by key, so that every controller leaves out the same.
    const kept = [...policies].sort(
      (a, b) => a.lowered.rules.length - b.lowered.rules.length || (a.key < b.key ? -1 : 1),
    );
    for (;;) {
      const lowered = kept.map((policy) => policy.lowered);
      const of = optedPolicies(lowered, posture, isAudited);
      const ruleSet = buildRuleSet(of.policies, { posture: of.posture, baseAllowance: this.#baseAllowance });
      if (ruleSet === undefined) return { ruleSet: undefined, refused };
      const fault = this.#encode(ruleSet);
      if (typeof fault !== "string") {
        const overridden = isAudited ? undefined : overriddenOf(kept);
        return { ruleSet: fault, refused: new Map([...refused].sort()), ...(overridden && { overridden }) };
      }
      this.counters.refused++;
      const largest = kept.pop();
      if (largest !== undefined) refused.set(largest.key, fault);
    }
  }

  #encode(ruleSet: RuleSet): EncodedRuleSet | string {
    try {
      const bytes = encodeRuleSet(ruleSet);
      if (bytes.length <= this.#maxBytes) return { digest: digestOf(bytes), bytes };
      const size = `${ruleSet.rules.length} rules, ${bytes.length} bytes; at most ${this.#maxBytes} bytes are carried`;
      return `the rules of all policies of a container are too many (${size}): split or shorten this policy, the largest of them`;
    } catch (error) {
      return `the rules cannot be encoded: ${(error as Error).message}`;
    }
  }
}

function overriddenOf(policies: readonly Prepared[]): ReadonlyMap<string, OverriddenRules> | undefined {
  const found = overriddenIn(policies.map(({ lowered }) => lowered));
  if (found.size === 0) return undefined;
  return new Map(
    policies.flatMap(({ key, lowered }) => {
      const rules = found.get(lowered);
      return rules === undefined ? [] : [[key, rules] as const];
    }),
  );
}

const partsOf = (policies: readonly Prepared[]): string =>
  JSON.stringify(policies.map(({ key, uid, generation }) => `${key}@${uid}@${generation}`).sort());

/** The bytes of the rule set, the key, and the reasons for what was refused. A character counts as a byte. */
function sizeOf({ ruleSet, refused, overridden = new Map() }: MadeRuleSet, key: string): number {
  let size = key.length + (ruleSet?.bytes.length ?? 0);
  for (const rules of overridden.values()) for (const [origin, by] of rules) size += origin.length + by.length;
  for (const [policy, reason] of refused) size += policy.length + reason.length;
  return size;
}
