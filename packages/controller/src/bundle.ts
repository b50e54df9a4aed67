/**
 * What one node needs, from the pods on it, the policies and the postures. Pure: the same objects give the same bundle,
 * whatever the order in which they arrived.
 */
import type { BundleContent, Workload } from "@portcullis/bus";
import type { Owner } from "@portcullis/kube";
import type { Posture } from "@portcullis/policy";
import type { Pod } from "./objects.ts";
import type { PreparedPolicy } from "./prepared.ts";
import type { EncodedRuleSet, RuleSetCache } from "./rule-sets.ts";

export interface BundleInput {
  readonly cluster: string;
  readonly node: string;
  /** The pods with this node's name. */
  readonly pods: readonly Pod[];
  /** The policies that may select pods of a namespace. */
  readonly policiesFor: (namespace: string) => readonly PreparedPolicy[];
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
  const workloads: Workload[] = [];
  const encoded = new Map<string, Uint8Array>();
  const carried = new Map<string, { policy: PreparedPolicy; digests: Set<string> }>();
  for (const pod of pods) {
    const { namespace = "", name, uid, labels = {} } = pod.metadata;
    if (pod.finished || untracked(namespace)) continue;
    const selecting = policiesFor(namespace).filter((policy) => policy.selector.selectsPod({ namespace, labels }));
    if (selecting.length === 0) continue;
    const posture = postureOf(namespace);
    const owner = ownerOf(pod);
    for (const container of pod.containers) {
      const policies = selecting.filter((policy) => policy.selector.selectsContainer(container.name));
      const ruleSet: EncodedRuleSet | undefined = policies.length > 0 ? ruleSets.of(policies, posture) : undefined;
      workloads.push({
        namespace,
        pod: name,
        podUid: uid,
        container: container.name,
        image: container.image,
        labels,
        ...(owner === undefined ? {} : { owner }),
        ruleSet: ruleSet?.digest ?? "",
      });
      if (ruleSet === undefined) continue;
      encoded.set(ruleSet.digest, ruleSet.bytes);
      for (const policy of policies) {
        if (policy.lowered.rules.length === 0) continue;
        const known = carried.get(policy.key);
        if (known) known.digests.add(ruleSet.digest);
        else carried.set(policy.key, { policy, digests: new Set([ruleSet.digest]) });
      }
    }
  }
  workloads.sort((a, b) => compare(a.podUid, b.podUid) || compare(a.container, b.container));
  return {
    content: { cluster, node, workloads, ruleSets: [...encoded.keys()].sort() },
    encoded,
    carried: new Map(
      [...carried].map(([key, { policy, digests }]) => [
        key,
        { uid: policy.uid, generation: policy.generation, ruleSets: [...digests].sort() },
      ]),
    ),
  };
}

/** By code units: the order must not depend on where the controller runs. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
