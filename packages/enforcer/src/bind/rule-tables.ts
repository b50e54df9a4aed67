/**
 * Compiled rule sets, kept by rule set and aliases, so that the replicas of one Deployment are compiled once. The least
 * recently used go first.
 */

import type { RuleSet, Visibility } from "@portcullis/model";
import type { KnownAliases } from "@portcullis/policy";
import { LRUCache } from "lru-cache";
import { aliasesOfKey, noAliases } from "./alias-memory.ts";
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

/** The key of the same rule table as it is bound where some categories are visible or recorded. A digest has neither plus nor star. */
export function visibleKeyOf(tableKey: string, visible: Visibility = [], recorded: Visibility = []): string {
  const told = visible.length === 0 ? tableKey : `+${visible.join("+")}+${tableKey}`;
  return recorded.length === 0 ? told : `*${recorded.join("*")}*${told}`;
}

/** The digest of a rule set as it is bound on the host, where a trial has made another one of it. */
export const variantOf = (digest: string, variant: string): string =>
  variant === "" ? digest : `${digest}~${variant}`;

/** The aliases that the rule table of a key knows. */
export function aliasesOfTable(tableKey: string): KnownAliases {
  const begins = tableKey.indexOf("|");
  return begins === -1 ? noAliases : aliasesOfKey(tableKey.slice(begins + 1));
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
    return this.#get(tableKeyOf(digest, symlinks), ruleSet, symlinks);
  }

  empty(): Compiled {
    return this.#get(emptyTableKey, emptyRuleSet, noAliases);
  }

  #get(tableKey: string, ruleSet: RuleSet, aliases: KnownAliases): Compiled {
    const known = this.#kept.get(tableKey);
    if (known) return known;
    const compiled = this.#compiler.compile(ruleSet, aliases);
    this.#kept.set(tableKey, compiled);
    return compiled;
  }
}
