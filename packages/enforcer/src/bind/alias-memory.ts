/**
 * Aliases of a container, remembered for as long as it lives. A Block rule stays in force on whatever its names have once led to: else
 * whoever may turn a symlink would be free of the rule at the next look. The key of a rule table holds its aliases, so that an enforcer
 * that was started anew knows them as well.
 */

import type { Aliases, KnownAliases } from "@portcullis/policy";

/** So many are remembered of one name: the first, and the newest. Kubelet makes a new one at each change of a volume. */
const mostOfOneName = 256;

export const noAliases: KnownAliases = { aliases: new Map(), fixedAliases: new Map(), links: new Map() };

/** What was known of `names` before, and what was found now. */
export function remembered(before: KnownAliases, found: KnownAliases, names: readonly string[]): KnownAliases {
  return {
    aliases: union(before.aliases, found.aliases, names),
    fixedAliases: union(before.fixedAliases, found.fixedAliases, names),
    links: union(before.links, found.links, names),
  };
}

function union(before: Aliases, found: Aliases, names: readonly string[]): Aliases {
  if (before.size === 0) return found;
  const all = new Map<string, readonly string[]>();
  for (const name of new Set([...names, ...found.keys()])) {
    const now = found.get(name) ?? [];
    const older = (before.get(name) ?? []).filter((alias) => !now.includes(alias));
    const each = [...older, ...now];
    const kept = each.length <= mostOfOneName ? each : [each[0]!, ...each.slice(1 - mostOfOneName)];
    if (kept.length > 0) all.set(name, kept);
  }
  return all;
}

/** A text that is the same for the same aliases, in whatever order the names were found. */
export function aliasesKey({ aliases, fixedAliases, links }: KnownAliases): string {
  const all = JSON.stringify(entriesOf(aliases));
  const fixed = JSON.stringify(entriesOf(fixedAliases));
  const way = links.size === 0 ? "" : `,"links":${JSON.stringify(entriesOf(links))}`;
  return all === fixed && way === "" ? all : `{"all":${all},"fixed":${fixed}${way}}`;
}

/** The aliases that a key was made of. Throws a SyntaxError for what is no key. */
export function aliasesOfKey(key: string): KnownAliases {
  const read = JSON.parse(key) as Entries | { all: Entries; fixed: Entries; links?: Entries };
  const { all, fixed, links = [] } = Array.isArray(read) ? { all: read, fixed: read } : read;
  return { aliases: new Map(all), fixedAliases: new Map(fixed), links: new Map(links) };
}

type Entries = [string, readonly string[]][];

function entriesOf(aliases: Aliases): Entries {
  return [...aliases].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
