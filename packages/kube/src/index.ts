/**
 * A controller runtime over `@kubernetes/client-node`: informers, a work queue with workers, leader election, server-side apply, Events and
 * a pod's owner. What a controller needs of the API server, and nothing of what it does with it.
 */
export { apply } from "./client/apply.ts";
export { type Answer, type ApiRequest, KubeClient } from "./client/client.ts";
export { loadKubeConfig, parseKubeConfig } from "./client/kube-config.ts";
export {
  collectionPath,
  type KubeList,
  type KubeObject,
  type ObjectMeta,
  objectPath,
  type Resource,
} from "./client/resource.ts";
export { isStatus } from "./errors.ts";
export { cut, EventRecorder, eventResource, type News } from "./events.ts";
export { LeaderElection, type LeaseOptions, leaseResource } from "./lease.ts";
export { OwnerResolver } from "./owners.ts";
export { type Change, Informer } from "./watch/informer.ts";
export { WorkQueue } from "./work/queue.ts";
export { runWorkers, type WorkerCounters } from "./work/workers.ts";
