/** What a node noticed of the names of policies, found by policy and place. */

import type { NodeStatus, NoticedName } from "@portcullis/model";
import { keyOfRef } from "../watch/objects.ts";

/** What a node noticed of the names of one policy, by their places in it (`placeOf`). */
export interface NodeNotices {
  /** Names that nothing has had in any of its containers. */
  readonly namesNothing: ReadonlyMap<string, NoticedName>;
  /** Sources that some container can have put there itself. */
  readonly unprotectedSources: ReadonlyMap<string, NoticedName>;
  /** The node had no room for all of it. */
  readonly cut: boolean;
  /** The node is still looking. */
  readonly pending: boolean;
}

/** `unknown`: the node knows nothing yet, had no room, or is silent. */
export type NoticedOnNode = NodeNotices | "nothing" | "unknown";

export const placeOf = ({ origin, name }: Pick<NoticedName, "origin" | "name">): string => `${origin} ${name}`;

/** By the keys of policies. */
export function noticesIn({ notices = [] }: NodeStatus): Map<string, NodeNotices> {
  const byPlace = (names: readonly NoticedName[]) => new Map(names.map((one) => [placeOf(one), one]));
  return new Map(
    notices.map(({ policy, namesNothing, unprotectedSources, cut = false, pending = false }) => [
      keyOfRef(policy),
      { namesNothing: byPlace(namesNothing), unprotectedSources: byPlace(unprotectedSources), cut, pending },
    ]),
  );
}
