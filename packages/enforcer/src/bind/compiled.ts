/** Compiled rule sets, kept by (digest, aliases): replicas of one workload are compiled once. Least recently used go first. */

import type { RuleSet, Unenforced } from "@portcullis/model";
import type { Compiler, RuleTable } from "../ports.ts";
import type { KnownLinks } from "./link-cache.ts";

export interface Compiled {
  readonly key: string;
  readonly pack: (generation: bigint) => RuleTable;
  readonly unenforced: readonly Unenforced[];
}

export const emptyRuleSet: RuleSet = { policies: [], rules: [], posture: {} };

/** Key of the image that has no rule. */
export const emptyKey = "";

export function imageKey(digest: string, links: KnownLinks): string {
  return `${digest}|${links.key}`;
}

export class CompiledCache {
  readonly #compiler: Compiler;
  readonly #limit: number;
  readonly #entries = new Map<string, Compiled>();

  constructor(compiler: Compiler, limit = 64) {
    this.#compiler = compiler;
    this.#limit = limit;
  }

  /** Throws what the compiler throws. */
  get(digest: string, ruleSet: RuleSet, links: KnownLinks): Compiled {
    return this.#get(imageKey(digest, links), ruleSet, links.aliases);
  }

  empty(): Compiled {
    return this.#get(emptyKey, emptyRuleSet, new Map());
  }

  #get(key: string, ruleSet: RuleSet, aliases: ReadonlyMap<string, readonly string[]>): Compiled {
    const known = this.#entries.get(key);
    const compiled = known ?? { key, ...this.#compiler.compile(ruleSet, aliases) };
    this.#entries.delete(key);
    this.#entries.set(key, compiled);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#limit) break;
      this.#entries.delete(oldest);
    }
    return compiled;
  }
}
