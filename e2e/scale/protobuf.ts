/**
 * Objects as an API server sends them in Kubernetes' protobuf: whole, so that who reads them has as much to pass over as with a real one. The numbers are
 * those of generated.proto, and not taken from the reader's own descriptor, which a wrong number would then agree with; what is deep is
 * opaque bytes as long as its JSON.
 */

import protobuf from "protobufjs";

const field = (id: number, type: string) => ({ id, type });
const list = (id: number, type: string) => ({ id, type, rule: "repeated" });
const stringMap = (id: number) => ({ id, keyType: "string", type: "string" });
const strings = (names: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(names).map(([name, id]) => [name, field(id, "string")]));

const root = protobuf.Root.fromJSON({
  nested: {
    Unknown: { fields: { typeMeta: field(1, "TypeMeta"), raw: field(2, "bytes") } },
    TypeMeta: { fields: strings({ apiVersion: 1, kind: 2 }) },
    WatchEvent: { fields: { type: field(1, "string"), object: field(2, "RawExtension") } },
    RawExtension: { fields: { raw: field(1, "bytes") } },
    ListMeta: { fields: strings({ resourceVersion: 2, continue: 3 }) },
    OwnerReference: {
      fields: {
        ...strings({ kind: 1, name: 3, uid: 4, apiVersion: 5 }),
        ...{ controller: field(6, "bool"), blockOwnerDeletion: field(7, "bool") },
      },
    },
    ManagedFields: {
      fields: { ...strings({ manager: 1, operation: 2, apiVersion: 3, fieldsType: 6 }), fieldsV1: field(7, "bytes") },
    },
    ObjectMeta: {
      fields: {
        ...strings({ name: 1, namespace: 3, uid: 5, resourceVersion: 6 }),
        ...{ creationTimestamp: field(8, "bytes"), labels: stringMap(11), annotations: stringMap(12) },
        ...{ ownerReferences: list(13, "OwnerReference"), managedFields: list(17, "ManagedFields") },
      },
    },
    PartialObjectMetadata: { fields: { metadata: field(1, "ObjectMeta") } },
    PartialObjectMetadataList: { fields: { metadata: field(1, "ListMeta"), items: list(2, "PartialObjectMetadata") } },
    Pod: { fields: { metadata: field(1, "ObjectMeta"), spec: field(2, "PodSpec"), status: field(3, "PodStatus") } },
    PodList: { fields: { metadata: field(1, "ListMeta"), items: list(2, "Pod") } },
    PodSpec: {
      fields: {
        ...{
          volumes: list(1, "bytes"),
          containers: list(2, "Container"),
          terminationGracePeriodSeconds: field(4, "int64"),
        },
        ...strings({ restartPolicy: 3, dnsPolicy: 6, serviceAccountName: 8, nodeName: 10, schedulerName: 19 }),
        ...{ securityContext: field(14, "bytes"), tolerations: list(22, "bytes"), priority: field(25, "int32") },
      },
    },
    EnvVar: { fields: strings({ name: 1, value: 2 }) },
    Container: {
      fields: {
        ...strings({
          name: 1,
          image: 2,
          terminationMessagePath: 13,
          imagePullPolicy: 14,
          terminationMessagePolicy: 20,
        }),
        ...{ ports: list(6, "bytes"), env: list(7, "EnvVar"), resources: field(8, "bytes") },
        ...{ volumeMounts: list(9, "bytes"), livenessProbe: field(10, "bytes") },
      },
    },
    PodStatus: {
      fields: {
        ...strings({ phase: 1, hostIP: 5, podIP: 6, qosClass: 9 }),
        ...{ conditions: list(2, "bytes"), startTime: field(7, "bytes"), podIPs: list(12, "bytes") },
        containerStatuses: list(8, "ContainerStatus"),
      },
    },
    ContainerStatus: {
      fields: {
        ...strings({ name: 1, image: 6, imageID: 7, containerID: 8 }),
        ...{ state: field(2, "ContainerState"), lastState: field(3, "bytes"), ready: field(4, "bool") },
        ...{ restartCount: field(5, "int32"), started: field(9, "bool") },
      },
    },
    ContainerState: { fields: { running: field(2, "ContainerStateRunning") } },
    ContainerStateRunning: { fields: { startedAt: field(1, "bytes") } },
  },
});

const magic = Buffer.from("k8s\0");
const type = "application/vnd.kubernetes.protobuf";
const partial = "PartialObjectMetadata";

/** A kind that is asked for in protobuf, as the answer names it; undefined: JSON it is. */
export function protobufKind(accept: string, kind: string): string | undefined {
  const best = accept.split(",")[0] ?? "";
  if (!best.startsWith(type)) return undefined;
  if (best.includes(`as=${partial}`)) return kind.endsWith("List") ? `${partial}List` : partial;
  return root.get(kind) ? kind : undefined;
}

export const protobufAnswer = type;

/** An answer with this object, of a kind that `protobufKind` gave. */
export function protobufOf(kind: string, apiVersion: string, object: object): Buffer {
  const raw = encode(kind, object);
  return Buffer.concat([magic, encode("Unknown", { typeMeta: { apiVersion, kind }, raw })]);
}

/** An event of a watch, with its length before it. */
export function protobufEvent(event: string, kind: string, apiVersion: string, object: object): Buffer {
  const frame = encode("WatchEvent", { type: event, object: { raw: protobufOf(kind, apiVersion, object) } });
  const length = Buffer.alloc(4);
  length.writeUInt32BE(frame.length);
  return Buffer.concat([length, frame]);
}

function encode(name: string, object: object): Uint8Array {
  const message = root.lookupType(name);
  return message.encode(message.fromObject(opaque(message, object))).finish();
}

/** The object with JSON text where the descriptor has bytes. */
function opaque(message: protobuf.Type, object: object): Record<string, unknown> {
  const entries = Object.entries(object).map(([name, value]) => {
    const of = message.fields[name]?.resolve();
    const one = (item: unknown) => {
      if (of?.type === "bytes" && !(item instanceof Uint8Array)) return Buffer.from(JSON.stringify(item));
      return of?.resolvedType instanceof protobuf.Type ? opaque(of.resolvedType, item as object) : item;
    };
    return [name, Array.isArray(value) ? value.map(one) : one(value)];
  });
  return Object.fromEntries(entries);
}
