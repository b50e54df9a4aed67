/**
 * Compiled rule sets, kept by rule set and aliases, so that the replicas of one Deployment are compiled once. The least
 * recently used go first.
 */

import type { RuleSet } from "@portcullis/model";
import { LRUCache } from "lru-cache";
import type { Compiled, Compiler } from "./compiler.ts";
import type { KnownSymlinks } from "./symlink-cache.ts";

/**
 * Bytes of the rule tables that are kept. A table of ten thousand rules has about 4 MiB, a usual one a few KiB: so this is room
 * for everything on all nodes but the oddest, and half of the memory that the chart requests for an enforcer. A table that
 * alone is larger is not kept, and compiled again when another container needs it.
 */
const defaultMaxBytes = 64 << 20;

const emptyRuleSet: RuleSet = { policies: [], rules: [], posture: {} };

/** Key of the rule table that has no rule. */
export const emptyTableKey = "";

export function tableKeyOf(digest: string, symlinks: KnownSymlinks): string {
  return `${digest}|${symlinks.key}`;
}

export class RuleTableCache {
  readonly #compiler: Compiler;
  readonly #kept: LRUCache<string, Compiled>;

  constructor(compiler: Compiler, maxBytes = defaultMaxBytes) {
    this.#compiler = compiler;
    this.#kept = new LRUCache({ maxSize: maxBytes, sizeCalculation: ({ bytes }) => bytes });
  }

  /** Throws what the compiler throws. */
  get(digest: string, ruleSet: RuleSet, symlinks: KnownSymlinks): Compiled {
    return this.#get(tableKeyOf(digest, symlinks), ruleSet, symlinks.aliases);
  }

  empty(): Compiled {
    return this.#get(emptyTableKey, emptyRuleSet, new Map());
  }

  #get(tableKey: string, ruleSet: RuleSet, aliases: ReadonlyMap<string, readonly string[]>): Compiled {
    const known = this.#kept.get(tableKey);
    if (known) return known;
    const compiled = this.#compiler.compile(ruleSet, aliases);
    this.#kept.set(tableKey, compiled);
    return compiled;
  }
}
