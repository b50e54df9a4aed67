/** What a node noticed of the names of policies, found by policy and place. */

import type { NodeStatus, NoticedName } from "@portcullis/model";
import { keyOfRef } from "../watch/objects.ts";

/** What a node noticed of the names of a policy, by their places in it. */
export interface NodeNotices {
  /** Names that nothing has had in any of its containers. */
  readonly namesNothing: ReadonlyMap<string, NoticedName>;
  /** Sources that some container can have put there itself. */
  readonly unprotectedSources: ReadonlyMap<string, NoticedName>;
  /** The node had no room for all that it noticed of its policies. */
  readonly mayBeMore: boolean;
}

/** By the keys of policies. */
export function noticesIn({ notices = [], noticesCut = false }: NodeStatus): Map<string, NodeNotices> {
  const byPlace = (names: readonly NoticedName[]) => new Map(names.map((one) => [`${one.origin} ${one.name}`, one]));
  return new Map(
    notices.map(({ policy, namesNothing, unprotectedSources }) => [
      keyOfRef(policy),
      {
        namesNothing: byPlace(namesNothing),
        unprotectedSources: byPlace(unprotectedSources),
        mayBeMore: noticesCut,
      },
    ]),
  );
}
