/**
 * The list of unenforced parts as it is sent: bounded, and fair. Policies take turns, so that the many parts of one tenant cannot
 * push another's out of the list. How many parts and policies there are is said beside it, so that a reader knows what is missing. Pure.
 */

import type { NodeStatus, PolicyRef, Unenforced } from "@portcullis/model";

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
