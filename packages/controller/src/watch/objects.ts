/** The objects that the controller watches, cut down to what it reads of them, to save memory. */
import { type AnyPolicy, group, kinds, type PolicyKind, version } from "@portcullis/api";
import type { KubeObject, ObjectMeta, Resource } from "@portcullis/kube";
import { type OptOut, optOutAsked } from "@portcullis/policy";
import { SharedValues } from "./shared-values.ts";

const core = (plural: string, kind: string): Resource => ({ group: "", version: "v1", plural, kind });

export const podResource = core("pods", "Pod");
export const nodeResource = core("nodes", "Node");
export const namespaceResource = core("namespaces", "Namespace");
export const replicaSetResource: Resource = { group: "apps", version: "v1", plural: "replicasets", kind: "ReplicaSet" };
export const jobResource: Resource = { group: "batch", version: "v1", plural: "jobs", kind: "Job" };

export const policyKinds = Object.keys(kinds) as PolicyKind[];
export const policyResource = (kind: PolicyKind): Resource => ({ group, version, plural: kinds[kind].plural, kind });

interface Container {
  readonly name: string;
  readonly image: string;
}

export interface Pod extends KubeObject {
  /** Empty: not scheduled. */
  readonly node: string;
  /** Init, sidecar, ephemeral and ordinary containers alike. */
  readonly containers: readonly Container[];
  /** No process of it can run any more. */
  readonly finished: boolean;
  /** What its annotation asks for: that no policy is enforced in it. It counts where its namespace allows it. */
  readonly optOut?: OptOut;
}

/** A pod as the API server sends it: the part that is read. */
export interface RawPod extends KubeObject {
  readonly spec?: {
    readonly nodeName?: string;
    readonly containers?: readonly RawContainer[];
    readonly initContainers?: readonly RawContainer[];
    readonly ephemeralContainers?: readonly RawContainer[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly containerStatuses?: readonly RawContainerStatus[];
    readonly initContainerStatuses?: readonly RawContainerStatus[];
    readonly ephemeralContainerStatuses?: readonly RawContainerStatus[];
  };
}
type Owner = NonNullable<ObjectMeta["ownerReferences"]>[number];

interface RawContainer {
  readonly name: string;
  readonly image?: string;
}
interface RawContainerStatus {
  readonly state?: { readonly running?: unknown };
}

/** The pods of one Deployment have the same labels, owner and containers: they are there once. */
const shared = new SharedValues();

const slimOwner = ({ apiVersion, kind, name, uid, controller }: Owner): Owner => ({
  ...{ apiVersion, kind, name, uid },
  ...(controller === undefined ? {} : { controller }),
});

export function toPod(raw: RawPod): Pod {
  const { name, namespace, uid, resourceVersion, labels, ownerReferences } = raw.metadata;
  const metadata: ObjectMeta = {
    name,
    uid,
    resourceVersion,
    ...(namespace === undefined ? {} : { namespace: shared.of(namespace) }),
    ...(labels === undefined ? {} : { labels: shared.of(labels) }),
    ...(ownerReferences === undefined ? {} : { ownerReferences: shared.of(ownerReferences.map(slimOwner)) }),
  };
  const spec = raw.spec ?? {};
  const all = [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])];
  const containers = shared.of(all.map((container) => ({ name: container.name, image: container.image ?? "" })));
  const optOut = optOutAsked(raw.metadata.annotations);
  const node = shared.of(spec.nodeName ?? "");
  const asked = optOut && { optOut };
  return { apiVersion: "v1", kind: "Pod", metadata, node, containers, finished: isFinished(raw), ...asked } as Pod;
}

/** The phase alone is not enough: others than the kubelet set it to Failed while containers still run. */
function isFinished({ status }: RawPod): boolean {
  if (status?.phase !== "Succeeded" && status?.phase !== "Failed") return false;
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = status;
  const statuses = [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses];
  return !statuses.some((container) => container.state?.running !== undefined);
}

/** A policy with the metadata every stored object has. */
export type PolicyObject = AnyPolicy & KubeObject;

/** Unique among all policies of all kinds. */
export function keyOfRef(ref: { readonly kind: string; readonly namespace?: string; readonly name: string }): string {
  return `${ref.kind}/${ref.namespace ?? ""}/${ref.name}`;
}

export const policyKey = (policy: PolicyObject): string =>
  keyOfRef({ kind: policy.kind, ...policy.metadata, namespace: policy.metadata.namespace ?? "" });

/** Splits what `keyOfRef` joined. Names hold no slash. */
export function parsePolicyKey(key: string): { kind: PolicyKind; namespace: string; name: string } {
  const [kind = "", namespace = "", name = ""] = key.split("/");
  return { kind: kind as PolicyKind, namespace, name };
}
