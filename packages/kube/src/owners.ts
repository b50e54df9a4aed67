/**
 * Who a pod belongs to, resolved to the top: ReplicaSet → Deployment, Job → CronJob; any other kind (StatefulSet, DaemonSet,
 * a custom one) is the top by its own name. What was once resolved is remembered while the pod lives, because an owner is
 * deleted before its pods are, and alerts of the last seconds are to name it still.
 */
import type { Owner } from "@portcullis/model";
import { LRUCache } from "lru-cache";
import type { KubeObject, OwnerReference } from "./client/resource.ts";

/** Finds an owner's own object, or undefined when it is not known (yet). */
export type OwnerLookup = (namespace: string, name: string) => KubeObject | undefined;

/** Deeper chains do not occur; a cycle ends here. */
const maxDepth = 8;

export class OwnerResolver {
  readonly #lookups: Readonly<Record<string, OwnerLookup>>;
  readonly #resolved: LRUCache<string, Owner>;

  /**
   * `lookups` by kind: the kinds that may themselves be owned. `memoryBytes` bounds what is remembered of pods; the default of
   * 64 MiB is enough for the 150,000 pods that Kubernetes supports in one cluster, with names of usual length.
   */
  constructor(lookups: Readonly<Record<string, OwnerLookup>>, memoryBytes = 64 << 20) {
    this.#lookups = lookups;
    this.#resolved = new LRUCache({ maxSize: memoryBytes, sizeCalculation: sizeOf });
  }

  /** The top of the chain of controlling owners; undefined for a bare pod. */
  resolve(pod: KubeObject): Owner | undefined {
    const { uid, namespace = "" } = pod.metadata;
    const known = this.#resolved.get(uid);
    if (known !== undefined) return known;
    let reference = controllerOf(pod);
    if (reference === undefined) return undefined;
    let complete = true;
    for (let depth = 0; depth < maxDepth; depth++) {
      const lookup = this.#lookups[reference.kind];
      if (lookup === undefined) break;
      const object: KubeObject | undefined = lookup(namespace, reference.name);
      if (object === undefined || object.metadata.uid !== reference.uid) {
        complete = false;
        break;
      }
      const next = controllerOf(object);
      if (next === undefined) break;
      reference = next;
    }
    const owner: Owner = { kind: reference.kind, name: reference.name, namespace };
    if (complete) this.#resolved.set(uid, owner);
    return owner;
  }

  /** The pod is gone. */
  forget(podUid: string): void {
    this.#resolved.delete(podUid);
  }

  get remembered(): number {
    return this.#resolved.size;
  }
}

/** What an entry takes in memory, about: a byte a character, and the objects and map slots around them. */
function sizeOf({ kind, name, namespace }: Owner, uid: string): number {
  return 250 + uid.length + kind.length + name.length + namespace.length;
}

/** The one owner that manages the object; else the first owner. */
function controllerOf(object: KubeObject): OwnerReference | undefined {
  const owners = object.metadata.ownerReferences ?? [];
  return owners.find((owner) => owner.controller === true) ?? owners[0];
}
