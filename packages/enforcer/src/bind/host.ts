/**
 * The node's own processes, bound like a container's: a container that is always there, whose cgroup is the root of the hierarchy and whose
 * root is the node's. It has a slot of its own, and its events name no pod.
 */

import type { BundleContainer } from "@portcullis/model";
import { hostCgroupId } from "@portcullis/native";
import type { RunningContainer } from "../containers/containers.ts";
import type { ObservedContainers } from "./unproven.ts";

/** In the place of a container's id, and of its pod's; neither is ever this. */
const host = "host";

const identity = { namespace: "", pod: "", podUid: host, container: "", image: "" };

export const isHost = ({ containerId }: Pick<RunningContainer, "containerId">): boolean => containerId === host;

/** What the bundle says of the host. */
export const hostOfBundle = (ruleSet: string): BundleContainer => ({ ...identity, labels: {}, ruleSet });

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
