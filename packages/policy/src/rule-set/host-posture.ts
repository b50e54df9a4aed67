/**
 * The posture of a host. A node whose kubelet or shell is on no list is lost, and nobody can get in to mend it. So a category that an allow-list of
 * host policies makes one of is audited in the rule set, and the node is told to try it: it blocks where the node knows what it must not
 * deny. Where the author of every policy with an Allow rule in it says that he takes the risk, it blocks as it is.
 */

import type { DecidingCategory } from "@portcullis/model";
import { categories } from "../categories.ts";
import type { Lowered } from "../lower/lower.ts";
import { type Posture, postureKey } from "./posture.ts";

/** A host policy, and whether its author takes the risk. */
interface HostPolicy {
  readonly lowered: Lowered;
  readonly acceptsLockout: boolean;
}

/** What holds for the host that some policies select. */
export interface HostPosture {
  readonly posture: Posture;
  /** Categories that are allow-lists and audited, although the posture of hosts is block. */
  readonly tried: readonly DecidingCategory[];
}

/** `posture`: the global one of hosts. */
export function postureOfHost(policies: readonly HostPolicy[], posture: Posture): HostPosture {
  const careful = policies.filter(({ acceptsLockout }) => !acceptsLockout);
  const isCareful = (key: keyof Posture) => careful.some(({ lowered }) => allowListsOf(lowered).some(isOf(key)));
  const of = (key: keyof Posture) => (isCareful(key) ? "audit" : posture[key]);
  const lists = new Set(policies.flatMap(({ lowered }) => allowListsOf(lowered)));
  return {
    posture: { file: of("file"), network: of("network"), capabilities: of("capabilities") },
    tried: categories.filter((category) => {
      const key = postureKey(category);
      // What names the node asks for, and whom it speaks with, is not recorded, so that such a list stays audited.
      if (category === "dns" || (category === "network" && policies.some(({ lowered }) => allowsAddresses(lowered))))
        return false;
      return lists.has(category) && posture[key] === "block" && isCareful(key);
    }),
  };
}

const isOf = (key: keyof Posture) => (category: DecidingCategory) => postureKey(category) === key;

const allowsAddresses = ({ rules }: Lowered): boolean =>
  rules.some(({ action, match }) => action === "allow" && match.kind === "address");

const allowListsOf = ({ rules }: Lowered): DecidingCategory[] =>
  rules.flatMap(({ action, category }) => (action === "allow" && category !== "syscalls" ? [category] : []));
