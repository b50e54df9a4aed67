/**
 * What should be bound: the bundle's containers joined with the containers that exist. Pure; the reconcile's property
 * test compares its outcome with this function of the last state.
 */

import type { Bundle, BundleContainer } from "@portcullis/model";
import type { Container } from "../containers/containers.ts";

/** A container with the workload the bundle says it is; without one no policy selects it. */
export interface Desired {
  readonly container: Container;
  readonly workload: BundleContainer | undefined;
}

/** Pod UIDs of static pods differ between the node (a hash of the file) and the API (the mirror pod's own). */
const staticPodUid = /^[0-9a-f]{32}$/;

export function desiredState(bundle: Bundle, containers: readonly Container[]): Desired[] {
  const byUid = new Map<string, BundleContainer>();
  const byName = new Map<string, BundleContainer>();
  for (const workload of bundle.containers) {
    byUid.set(`${workload.podUid}/${workload.container}`, workload);
    byName.set(`${workload.namespace}/${workload.pod}/${workload.container}`, workload);
  }
  return containers.map((container) => {
    const exact = byUid.get(`${container.podUid}/${container.container}`);
    const named = staticPodUid.test(container.podUid)
      ? byName.get(`${container.namespace}/${container.pod}/${container.container}`)
      : undefined;
    return { container, workload: exact ?? named };
  });
}
