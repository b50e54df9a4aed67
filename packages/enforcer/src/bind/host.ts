/**
 * The node's own processes, bound like a container's: a container that is always there, whose cgroup is the root of the hierarchy and whose
 * root is the node's. It has a slot of its own, and its events name no pod.
 */

import type { Bundle, BundleContainer, Visibility } from "@portcullis/model";
import { hostCgroupId } from "@portcullis/native";
import type { RunningContainer } from "../containers/containers.ts";
import type { ObservedContainers } from "./unproven.ts";

/** In the place of a container's id, and of its pod's; neither is ever this. */
const host = "host";

const identity = { namespace: "", pod: "", podUid: host, container: "", image: "" };

export const isHost = ({ containerId }: Pick<RunningContainer, "containerId">): boolean => containerId === host;

/** What the bundle says of the host. */
export function hostOfBundle(ruleSet: string, visible: Visibility | undefined): BundleContainer {
  return { ...identity, labels: {}, ruleSet, visible };
}

/** Whether the host has to be bound: it has rules, or it is visible. */
export function concernsHost({ hostRuleSet, hostVisible }: Bundle): boolean {
  return hostRuleSet !== undefined || hostVisible !== undefined;
}

/** The node's containers with the host beside them. `cgroupRoot`: the mount point of cgroup v2. */
export function withHost(containers: ObservedContainers, cgroupRoot: string): ObservedContainers {
  const { known, present, unidentifiedPods, unseen, podCgroups } = containers;
  // Before the containers were listed whole it is not known what is a pod's, and so not what is the host's.
  if (present === undefined) return containers;
  const running = { ...identity, containerId: host, cgroupId: hostCgroupId, cgroupPath: cgroupRoot };
  return {
    known: [...known, running],
    present: new Set([...present, hostCgroupId]),
    unidentifiedPods,
    unseen,
    podCgroups,
  };
}
