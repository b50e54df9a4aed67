/**
 * Compiled rule sets, kept by rule set and aliases, so that the replicas of one Deployment are compiled once. The least
 * recently used go first.
 */

import type { RuleSet, Unenforced } from "@portcullis/model";
import type { Compiler, RuleTable } from "../ports.ts";
import type { KnownSymlinks } from "./symlink-cache.ts";

export interface CompiledRuleSet {
  readonly tableKey: string;
  readonly pack: (tableId: bigint) => RuleTable;
  readonly unenforced: readonly Unenforced[];
}

const emptyRuleSet: RuleSet = { policies: [], rules: [], posture: {} };

/** Key of the rule table that has no rule. */
export const emptyTableKey = "";

export function tableKeyOf(digest: string, symlinks: KnownSymlinks): string {
  return `${digest}|${symlinks.key}`;
}

export class RuleTableCache {
  readonly #compiler: Compiler;
  readonly #limit: number;
  readonly #entries = new Map<string, CompiledRuleSet>();

  constructor(compiler: Compiler, limit = 64) {
    this.#compiler = compiler;
    this.#limit = limit;
  }

  /** Throws what the compiler throws. */
  get(digest: string, ruleSet: RuleSet, symlinks: KnownSymlinks): CompiledRuleSet {
    return this.#get(tableKeyOf(digest, symlinks), ruleSet, symlinks.aliases);
  }

  empty(): CompiledRuleSet {
    return this.#get(emptyTableKey, emptyRuleSet, new Map());
  }

  #get(tableKey: string, ruleSet: RuleSet, aliases: ReadonlyMap<string, readonly string[]>): CompiledRuleSet {
    const known = this.#entries.get(tableKey);
    const compiled = known ?? { tableKey, ...this.#compiler.compile(ruleSet, aliases) };
    this.#entries.delete(tableKey);
    this.#entries.set(tableKey, compiled);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#limit) break;
      this.#entries.delete(oldest);
    }
    return compiled;
  }
}
