/** Everything the controller watches. */
import type { AnyPolicy, PolicyKind } from "@portcullis/api";
import type { Log } from "@portcullis/daemon";
import { Informer, type KubeClient, type KubeObject } from "@portcullis/kube";
import { type ConfigObject, type ConfigPlace, configInformer } from "./global-config.ts";
import {
  jobResource,
  namespaceResource,
  nodeResource,
  type Pod,
  type PolicyObject,
  podResource,
  policyKinds,
  policyResource,
  type RawPod,
  replicaSetResource,
  toPod,
} from "./objects.ts";

export interface Informers {
  readonly pods: Informer<Pod>;
  readonly nodes: Informer<KubeObject>;
  readonly namespaces: Informer<KubeObject>;
  readonly replicaSets: Informer<KubeObject>;
  readonly jobs: Informer<KubeObject>;
  /** The one ConfigMap with the global configuration. */
  readonly config: Informer<ConfigObject> | undefined;
  readonly policies: Readonly<Record<PolicyKind, Informer<PolicyObject>>>;
}

/**
 * `client`: of the API server; `config`: where the global configuration lies. Of nodes, namespaces, ReplicaSets and Jobs only the metadata travels.
 * What Kubernetes itself defines comes as protobuf, of which only the fields that are wanted are read: a large cluster's pods take a fifth
 * of the time that JSON takes.
 */
export function makeInformers(client: KubeClient, log: Log, config?: ConfigPlace): Informers {
  const common = { client, log };
  const slim = { ...common, protobuf: true, metadataOnly: true, transform: withoutManagedFields };
  const owned = (object: KubeObject) => (object.metadata.ownerReferences ?? []).map((owner) => owner.uid);
  const policies = policyKinds.map((kind) => [
    kind,
    new Informer<PolicyObject>({ ...common, resource: policyResource(kind), transform: withoutManagedFields }),
  ]);
  return {
    pods: new Informer<Pod>({
      ...common,
      protobuf: true,
      resource: podResource,
      transform: (raw) => toPod(raw as unknown as RawPod),
      indexes: {
        node: (pod) => (pod.node === "" ? [] : [pod.node]),
        namespace: (pod) => [pod.metadata.namespace ?? ""],
        owner: owned,
      },
    }),
    nodes: new Informer<KubeObject>({ ...slim, resource: nodeResource }),
    namespaces: new Informer<KubeObject>({ ...slim, resource: namespaceResource }),
    replicaSets: new Informer<KubeObject>({
      ...slim,
      resource: replicaSetResource,
    }),
    jobs: new Informer<KubeObject>({ ...slim, resource: jobResource }),
    config: config && configInformer(client, log, config),
    policies: Object.fromEntries(policies) as Informers["policies"],
  };
}

export function allInformers(informers: Informers): Informer<never>[] {
  const { policies, ...others } = informers;
  const all = [...Object.values(others), ...Object.values(policies)];
  return all.filter((informer) => informer !== undefined) as unknown as Informer<never>[];
}

/** Without the API server's record of who manages which field, which is often the larger half of an object. */
function withoutManagedFields<T extends KubeObject | (AnyPolicy & KubeObject)>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata as KubeObject["metadata"] & { managedFields?: unknown };
  return { ...object, metadata };
}
