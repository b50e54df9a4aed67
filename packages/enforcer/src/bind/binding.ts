/**
 * A binding is a running container joined with what the bundle says of it. All of them together are what should be in the
 * kernel; each one is what a slot is made for, and names the container in alerts even after it has gone. Pure; the
 * reconciler's property test compares what it ends in with this function of the last state.
 */

import type { Bundle, BundleContainer } from "@portcullis/model";
import type { RunningContainer } from "../containers/containers.ts";
import { hostOfBundle } from "./host.ts";

/** `ruleSet` is empty when no policy selects the container. */
export interface Binding extends RunningContainer, BundleContainer {}

/** Pod UIDs of static pods differ between the node (a hash of the file) and the API (the mirror pod's own). */
const staticPodUid = /^[0-9a-f]{32}$/;

/** Who a container is, as far as the bundle knows containers by it. */
type Named = Pick<RunningContainer, "namespace" | "pod" | "podUid" | "container">;

/** What the bundle says of a container of the node; undefined when it does not know it. */
export function bundleContainers({
  containers,
  hostRuleSet,
  hostVisible,
}: Bundle): (running: Named) => BundleContainer | undefined {
  const byUid = new Map<string, BundleContainer>();
  const byName = new Map<string, BundleContainer>();
  for (const bundleContainer of containers) {
    const { namespace, pod, podUid, container } = bundleContainer;
    byUid.set(`${podUid}/${container}`, bundleContainer);
    byName.set(`${namespace}/${pod}/${container}`, bundleContainer);
  }
  if (hostRuleSet !== undefined || hostVisible !== undefined) {
    const host = hostOfBundle(hostRuleSet ?? "", hostVisible);
    byUid.set(`${host.podUid}/${host.container}`, host);
  }
  return ({ namespace, pod, podUid, container }) => {
    const exact = byUid.get(`${podUid}/${container}`);
    return exact ?? (staticPodUid.test(podUid) ? byName.get(`${namespace}/${pod}/${container}`) : undefined);
  };
}

/** Whether the API may know the pod by another uid, so that a container without a name may be of any pod. */
export function ambiguousPod(podUid: string): boolean {
  return podUid === "" || staticPodUid.test(podUid);
}

/** The binding of each container, in the order of the containers. */
export function bindingsOf(bundle: Bundle, containers: readonly RunningContainer[]): Binding[] {
  const of = bundleContainers(bundle);
  return containers.map((running) => bindingOf(running, of(running)));
}

/** What the bundle says counts, because its names are those of the API; what it does not know is as the node has it. */
function bindingOf(running: RunningContainer, bundleContainer: BundleContainer | undefined): Binding {
  return {
    containerId: running.containerId,
    cgroupId: running.cgroupId,
    cgroupPath: running.cgroupPath,
    container: running.container,
    pod: bundleContainer?.pod ?? running.pod,
    namespace: bundleContainer?.namespace ?? running.namespace,
    podUid: bundleContainer?.podUid ?? running.podUid,
    image: bundleContainer?.image || running.image,
    labels: bundleContainer?.labels ?? {},
    owner: bundleContainer?.owner,
    ruleSet: bundleContainer?.ruleSet ?? "",
    visible: bundleContainer?.visible,
  };
}
