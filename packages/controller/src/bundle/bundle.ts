/**
 * What one node needs, from the pods on it, the policies and the postures. Pure: the same objects give the same bundle,
 * whatever the order in which they arrived.
 */

import type { BundleContent } from "@portcullis/bus";
import type { BundleContainer, Owner } from "@portcullis/model";
import type { Posture } from "@portcullis/policy";
import type { Pod } from "../watch/objects.ts";
import type { Prepared } from "../watch/prepared.ts";
import type { MadeRuleSet, RuleSetCache } from "./rule-sets.ts";

export interface BundleInput {
  readonly cluster: string;
  readonly node: string;
  /** The pods with this node's name. */
  readonly pods: readonly Pod[];
  /** The policies that may select pods of a namespace. */
  readonly policiesFor: (namespace: string) => readonly Prepared[];
  readonly postureOf: (namespace: string) => Posture;
  readonly ownerOf: (pod: Pod) => Owner | undefined;
  /** True for namespaces that are never enforced. */
  readonly untracked: (namespace: string) => boolean;
  readonly ruleSets: RuleSetCache;
}

/** How a bundle carries a policy: which generation of which object, in which rule sets. */
export interface Carried {
  readonly uid: string;
  readonly generation: number;
  /** Digests, sorted. */
  readonly ruleSets: readonly string[];
  /** Why its rules are missing from a rule set they belong into. */
  readonly refused?: string;
}

export interface BuiltBundle {
  readonly content: BundleContent;
  /** Encoded rule sets by digest: all of content.ruleSets. */
  readonly encoded: ReadonlyMap<string, Uint8Array>;
  /** By policy key: the policies that have a rule on this node. */
  readonly carried: ReadonlyMap<string, Carried>;
}

export function buildBundle(input: BundleInput): BuiltBundle {
  const { cluster, node, pods, policiesFor, postureOf, ownerOf, untracked, ruleSets } = input;
  const containers: BundleContainer[] = [];
  const encoded = new Map<string, Uint8Array>();
  const carried = new Map<string, { policy: Prepared; digests: Set<string>; refused: string | undefined }>();
  for (const pod of pods) {
    const { namespace = "", name, uid, labels = {} } = pod.metadata;
    if (pod.finished || untracked(namespace)) continue;
    const selecting = policiesFor(namespace).filter((policy) => policy.selector.selectsPod({ namespace, labels }));
    if (selecting.length === 0) continue;
    const posture = postureOf(namespace);
    const owner = ownerOf(pod);
    for (const container of pod.containers) {
      const policies = selecting.filter((policy) => policy.selector.selectsContainer(container.name));
      const { ruleSet, refused } = policies.length > 0 ? ruleSets.of(policies, posture) : nothing;
      containers.push({
        namespace,
        pod: name,
        podUid: uid,
        container: container.name,
        image: container.image,
        labels,
        ...(owner === undefined ? {} : { owner }),
        ruleSet: ruleSet?.digest ?? "",
      });
      if (ruleSet !== undefined) encoded.set(ruleSet.digest, ruleSet.bytes);
      for (const policy of policies) {
        if (policy.lowered.rules.length === 0) continue;
        const entry = carried.get(policy.key) ?? { policy, digests: new Set<string>(), refused: undefined };
        carried.set(policy.key, entry);
        const reason = refused.get(policy.key);
        if (reason !== undefined) entry.refused ??= reason;
        else if (ruleSet !== undefined) entry.digests.add(ruleSet.digest);
      }
    }
  }
  containers.sort((a, b) => compare(a.podUid, b.podUid) || compare(a.container, b.container));
  return {
    content: { cluster, node, containers, ruleSets: [...encoded.keys()].sort() },
    encoded,
    carried: new Map(
      [...carried].map(([key, { policy, digests, refused }]) => {
        const { uid, generation } = policy;
        return [key, { uid, generation, ruleSets: [...digests].sort(), ...(refused === undefined ? {} : { refused }) }];
      }),
    ),
  };
}

const nothing: MadeRuleSet = { ruleSet: undefined, refused: new Map() };

/** By code units: the order must not depend on where the controller runs. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
