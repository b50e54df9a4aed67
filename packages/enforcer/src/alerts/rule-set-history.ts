/**
 * Rule sets for naming policies in alerts: those in force, and earlier ones that events may still come of. What memory does
 * not hold any more is read back from the disk.
 */

import { readFileSync } from "node:fs";
import type { Match, RuleSet } from "@portcullis/model";
import { LRUCache } from "lru-cache";
import { verifyRuleSet } from "../bundles/verification.ts";

/**
 * Bytes of memory for earlier rule sets, about sixty thousand rules. Reading one back costs milliseconds, once, so that more
 * would gain little.
 */
const defaultMaxBytes = 32 << 20;

export class RuleSetHistory {
  readonly #pathOf: (digest: string) => string;
  readonly #earlier: LRUCache<string, RuleSet>;
  #inForce: ReadonlyMap<string, RuleSet> = new Map();

  /** `pathOf`: the file that a rule set is kept in. */
  constructor(pathOf: (digest: string) => string, maxBytes = defaultMaxBytes) {
    this.#pathOf = pathOf;
    this.#earlier = new LRUCache({ maxSize: maxBytes, sizeCalculation: memoryOf });
  }

  /** These are in force from now on. */
  replace(ruleSets: ReadonlyMap<string, RuleSet>): void {
    for (const [digest, ruleSet] of this.#inForce) if (!ruleSets.has(digest)) this.#earlier.set(digest, ruleSet);
    this.#inForce = ruleSets;
  }

  get(digest: string): RuleSet | undefined {
    const known = this.#inForce.get(digest) ?? this.#earlier.get(digest);
    if (known) return known;
    try {
      const ruleSet = verifyRuleSet(digest, readFileSync(this.#pathOf(digest)));
      this.#earlier.set(digest, ruleSet);
      return ruleSet;
    } catch {
      return undefined; // gone or damaged: the alert says that the rule is not known
    }
  }
}

const bytesOfObjects = 400;

/** An estimate, good enough for a bound: what a rule's objects take as measured, and its strings at a byte a character. */
function memoryOf({ rules }: RuleSet): number {
  let bytes = bytesOfObjects;
  for (const { match, source, message, origin, tags } of rules) {
    const texts = [match, source].map((each) => (each ? textOf(each) : ""));
    bytes += bytesOfObjects + [...texts, message, origin, ...tags].reduce((sum, text) => sum + text.length, 0);
  }
  return bytes;
}

function textOf(match: Match): string {
  if (match.kind === "pattern") return match.pattern;
  if (match.kind === "execname") return match.name;
  if (match.kind === "directory") return match.dir;
  return match.kind === "path" ? match.path : "";
}
