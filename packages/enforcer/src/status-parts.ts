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
  const unenforced = [...inTurns([...byPolicy.values()])].slice(0, most);
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
  let left = most;
  const keep = (...parts: (NoticedName | PolicyRef)[]) => {
    const more = parts.filter((part) => !kept.has(part));
    const size = more.reduce((sum, part) => sum + sizeOf(part), 0);
    if (size > left) return;
    left -= size;
    for (const part of more) kept.add(part);
  };
  const named = all.map(({ policy, unprotectedSources, namesNothing }) =>
    [...unprotectedSources, ...namesNothing].map((noticed) => ({ policy, noticed })),
  );
  for (const { policy, noticed } of inTurns(named)) {
    if (left < shortest) break;
    keep(policy, noticed);
  }
  for (const { policy, unprotectedSources, namesNothing } of all)
    if (unprotectedSources.length + namesNothing.length === 0) keep(policy);
  return kept;
}

/** The first of every list, then the second of every list, and so on. */
function* inTurns<T>(lists: readonly (readonly T[])[]): Generator<T> {
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  for (let turn = 0; turn < longest; turn++)
    for (const list of lists) {
      const one = list[turn];
      if (one !== undefined) yield one;
    }
}

/** No name is shorter, with its place. */
const shortest = 16;

/** The bytes of the texts, and some for each that says how long it is. */
const sizeOf = (texts: NoticedName | PolicyRef): number =>
  Object.values(texts).reduce((sum: number, text: string) => sum + Buffer.byteLength(text) + 3, 3);
