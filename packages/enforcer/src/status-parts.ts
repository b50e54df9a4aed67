/**
 * The lists of unenforced parts and of notices as they are sent: bounded, and fair. Policies take turns, so that the many parts of one tenant cannot
 * push another's out of the list. How many parts and policies there are is said beside it, so that a reader knows what is missing. Pure.
 */

import { Buffer } from "node:buffer";
import type { NodeStatus, NoticedName, PolicyNotices, PolicyRef, Unenforced } from "@portcullis/model";

export type SentParts = Pick<NodeStatus, "unenforced" | "unenforcedInAll">;

/** At most `most` parts: the first of every policy, then the second of every policy, and so on. */
export function fairParts(parts: readonly Unenforced[], most: number): SentParts {
  const byPolicy = new Map<string, Unenforced[]>();
  for (const part of parts) {
    const key = policyKey(part.policy);
    const own = byPolicy.get(key);
    if (own === undefined) byPolicy.set(key, [part]);
    else own.push(part);
  }
  if (parts.length === 0) return { unenforced: [] };
  const unenforced: Unenforced[] = [];
  for (let turn = 0; unenforced.length < Math.min(most, parts.length); turn++) {
    for (const own of byPolicy.values()) {
      const part = own[turn];
      if (part !== undefined && unenforced.length < most) unenforced.push(part);
    }
  }
  return { unenforced, unenforcedInAll: { parts: parts.length, policies: byPolicy.size } };
}

function policyKey({ kind, namespace, name }: PolicyRef): string {
  return `${kind}/${namespace}/${name}`;
}

/** So much of it as `most` bytes hold, policies taking turns; a name that is too long for that is left out. `cut`: so is some policy. */
export function fittingNotices(
  all: readonly PolicyNotices[],
  most: number,
): { notices: PolicyNotices[]; cut: boolean } {
  const kept = keptNotices(all, most);
  const isKept = (one: NoticedName) => kept.has(one);
  const notices = all
    .filter(({ policy }) => kept.has(policy))
    .map((one): PolicyNotices => {
      const [namesNothing, unprotectedSources] = [
        one.namesNothing.filter(isKept),
        one.unprotectedSources.filter(isKept),
      ];
      const left = namesNothing.length + unprotectedSources.length;
      const isCut = left < one.namesNothing.length + one.unprotectedSources.length;
      return { ...one, namesNothing, unprotectedSources, ...(isCut && { cut: true }) };
    });
  return { notices, cut: notices.length < all.length };
}

/** The names, and the policies that are named with them or are still looked at. */
function keptNotices(all: readonly PolicyNotices[], most: number): ReadonlySet<NoticedName | PolicyRef> {
  const kept = new Set<NoticedName | PolicyRef>();
  const lists = all.map((one) => ({ policy: one.policy, names: [...one.unprotectedSources, ...one.namesNothing] }));
  let left = most;
  const keep = (...parts: (NoticedName | PolicyRef)[]) => {
    const more = parts.filter((part) => !kept.has(part));
    const size = more.reduce((sum, part) => sum + sizeOf(part), 0);
    if (size > left) return;
    left -= size;
    for (const part of more) kept.add(part);
  };
  const keepNamed = (policy: PolicyRef, noticed: NoticedName | undefined) => noticed && keep(policy, noticed);
  const longest = Math.max(0, ...lists.map(({ names }) => names.length));
  for (let turn = 0; turn < longest && left >= shortest; turn++)
    for (const { policy, names } of lists) keepNamed(policy, names[turn]);
  for (const { policy, names } of lists) if (names.length === 0) keep(policy);
  return kept;
}

/** No name is shorter, with its place. */
const shortest = 16;

/** The bytes of the texts, and some for each that says how long it is. */
const sizeOf = (texts: NoticedName | PolicyRef): number =>
  Object.values(texts).reduce((sum: number, text: string) => sum + Buffer.byteLength(text) + 3, 3);
