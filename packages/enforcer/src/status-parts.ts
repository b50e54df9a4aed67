/**
 * The list of unenforced parts as it is sent: bounded, and fair. Policies take turns, so that the many parts of one tenant cannot
 * push another's out of the list. How many parts and policies there are is said beside it, so that a reader knows what is missing. Pure.
 */

import type { NodeStatus, PolicyRef, Unenforced } from "@portcullis/model";

export type SentParts = Pick<NodeStatus, "unenforced" | "unenforcedInAll">;

/** With how many there are, of how many policies. */
export function fairParts(parts: readonly Unenforced[], most: number): SentParts {
  if (parts.length === 0) return { unenforced: [] };
  const policies = new Set(parts.map(({ policy }) => policyKey(policy))).size;
  return { unenforced: fair(parts, most), unenforcedInAll: { parts: parts.length, policies } };
}

/** At most `most` parts: the first of every policy, then the second of every policy, and so on. */
export function fair(parts: readonly Unenforced[], most: number): Unenforced[] {
  const byPolicy = new Map<string, Unenforced[]>();
  for (const part of parts) {
    const key = policyKey(part.policy);
    const own = byPolicy.get(key);
    if (own === undefined) byPolicy.set(key, [part]);
    else own.push(part);
  }
  const taken: Unenforced[] = [];
  for (let turn = 0; taken.length < Math.min(most, parts.length); turn++) {
    for (const own of byPolicy.values()) {
      const part = own[turn];
      if (part !== undefined && taken.length < most) taken.push(part);
    }
  }
  return taken;
}

function policyKey({ kind, namespace, name }: PolicyRef): string {
  return `${kind}/${namespace}/${name}`;
}
