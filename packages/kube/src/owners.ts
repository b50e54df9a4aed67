/**
 * Who a pod belongs to, resolved to the top: ReplicaSet → Deployment, Job → CronJob; any other kind (StatefulSet, DaemonSet,
 * a custom one) is the top by its own name. What was once resolved is remembered while the pod lives, because an owner is
 * deleted before its pods are, and alerts of the last seconds are to name it still.
 */
import type { KubeObject, OwnerReference } from "./resource.ts";

export interface Owner {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
}

/** Finds an owner's own object, or undefined when it is not known (yet). */
export type OwnerLookup = (namespace: string, name: string) => KubeObject | undefined;

/** Deeper chains do not occur; a cycle ends here. */
const MAX_DEPTH = 8;

export class OwnerResolver {
  readonly #lookups: Readonly<Record<string, OwnerLookup>>;
  readonly #memory: number;
  readonly #resolved = new Map<string, Owner>();

  /** `lookups` by kind: the kinds that may themselves be owned. `memory`: pods remembered, default 200,000. */
  constructor(lookups: Readonly<Record<string, OwnerLookup>>, memory = 200_000) {
    this.#lookups = lookups;
    this.#memory = memory;
  }

  /** The top of the chain of controlling owners; undefined for a bare pod. */
  resolve(pod: KubeObject): Owner | undefined {
    const { uid, namespace = "" } = pod.metadata;
    const known = this.#resolved.get(uid);
    if (known !== undefined) return known;
    let reference = controllerOf(pod);
    if (reference === undefined) return undefined;
    let complete = true;
    for (let depth = 0; depth < MAX_DEPTH; depth++) {
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
    if (complete) this.#remember(uid, owner);
    return owner;
  }

  /** The pod is gone. */
  forget(podUid: string): void {
    this.#resolved.delete(podUid);
  }

  get remembered(): number {
    return this.#resolved.size;
  }

  #remember(uid: string, owner: Owner): void {
    this.#resolved.set(uid, owner);
    if (this.#resolved.size <= this.#memory) return;
    const oldest = this.#resolved.keys().next().value;
    if (oldest !== undefined) this.#resolved.delete(oldest);
  }
}

/** The one owner that manages the object; else the first owner. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  const owners = object.metadata.ownerReferences ?? [];
  return owners.find((owner) => owner.controller === true) ?? owners[0];
}
