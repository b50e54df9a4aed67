/**
 * Containers of the bundle that no container of the node stands for. Most of them have ended or have not begun: nothing of them runs. Here
 * are those of which that is not known, and those of which the contrary is. Pure.
 */

import type { Bundle, BundleContainer } from "@portcullis/model";
import type { RunningContainer } from "../containers/containers.ts";
import type { IdentifiedContainer } from "../containers/cri.ts";
import { ambiguousPod, bundleContainers } from "./binding.ts";

/** The node's containers as a pass needs them. */
export interface ObservedContainers {
  /** Those whose identity is known. */
  readonly known: readonly RunningContainer[];
  /**
   * The cgroup of every container there is, with or without an identity, so that what is not in it has gone; undefined while
   * that list is not whole.
   */
  readonly present: ReadonlySet<bigint> | undefined;
  /** Pods that have a container without an identity: the revision is not in force before their containers are known and bound. */
  readonly unidentifiedPods: ReadonlySet<string>;
  /** What the runtime runs and the node shows no cgroup of; undefined until the runtime has said what runs. */
  readonly unseen: readonly IdentifiedContainer[] | undefined;
  /** Cgroups below which there are pods and nothing else. Absent: not known. */
  readonly podCgroups?: readonly bigint[] | undefined;
}

/** A container that may run without its rules, and why. */
export interface Unproven {
  readonly container: BundleContainer;
  readonly reason: string;
}

/** The bundle's containers with rules that wait for what the node still has to find out. */
export function unprovenOf(bundle: Bundle, { known, unidentifiedPods, unseen }: ObservedContainers): Unproven[] {
  const of = bundleContainers(bundle);
  const met = new Set(known.map(of));
  const anyPod = [...unidentifiedPods].some(ambiguousPod);
  return bundle.containers.flatMap((container): Unproven[] => {
    if (container.ruleSet === "") return [];
    const own = unidentifiedPods.has(container.podUid);
    if (own) return [{ container, reason: "the runtime has not named every container of its pod yet" }];
    if (met.has(container)) return [];
    if (anyPod) return [{ container, reason: "it may be one that the runtime has not named yet" }];
    return unseen === undefined ? [{ container, reason: "the runtime has not said yet which containers run" }] : [];
  });
}

/** The bundle's containers with rules that run where nothing can be bound. */
export function unseenOf(bundle: Bundle, { known, unseen = [] }: ObservedContainers): BundleContainer[] {
  if (unseen.length === 0) return [];
  const of = bundleContainers(bundle);
  const met = new Set(known.map(of));
  const found = new Set(unseen.map(of).filter((container) => container !== undefined && container.ruleSet !== ""));
  return bundle.containers.filter((container) => found.has(container) && !met.has(container));
}
