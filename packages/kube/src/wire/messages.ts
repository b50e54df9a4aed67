/**
 * The parts of Kubernetes' own objects that are read, as a protobufjs descriptor. Field numbers are those of generated.proto in
 * k8s.io/api and k8s.io/apimachinery, which never change; what is not named here the decoder passes over, which is why this is faster than JSON. It is
 * data in the program rather than .proto files beside it, so that a bundled program needs no file at run time.
 */

import protobuf from "protobufjs";

const field = (id: number, type: string) => ({ id, type });
const list = (id: number, type: string) => ({ id, type, rule: "repeated" });
const stringMap = (id: number) => ({ id, keyType: "string", type: "string" });

export const messages = protobuf.Root.fromJSON({
  nested: {
    Unknown: { fields: { typeMeta: field(1, "TypeMeta"), raw: field(2, "bytes") } },
    TypeMeta: { fields: { apiVersion: field(1, "string"), kind: field(2, "string") } },
    WatchEvent: { fields: { type: field(1, "string"), object: field(2, "RawExtension") } },
    RawExtension: { fields: { raw: field(1, "bytes") } },
    Status: { fields: { message: field(3, "string"), reason: field(4, "string"), code: field(6, "int32") } },
    ListMeta: { fields: { resourceVersion: field(2, "string"), continue: field(3, "string") } },
    OwnerReference: {
      fields: {
        kind: field(1, "string"),
        name: field(3, "string"),
        uid: field(4, "string"),
        apiVersion: field(5, "string"),
        controller: field(6, "bool"),
      },
    },
    ObjectMeta: {
      fields: {
        name: field(1, "string"),
        namespace: field(3, "string"),
        uid: field(5, "string"),
        resourceVersion: field(6, "string"),
        labels: stringMap(11),
        annotations: stringMap(12),
        ownerReferences: list(13, "OwnerReference"),
      },
    },
    PartialObjectMetadata: { fields: { metadata: field(1, "ObjectMeta") } },
    PartialObjectMetadataList: { fields: { metadata: field(1, "ListMeta"), items: list(2, "PartialObjectMetadata") } },
    Pod: { fields: { metadata: field(1, "ObjectMeta"), spec: field(2, "PodSpec"), status: field(3, "PodStatus") } },
    PodList: { fields: { metadata: field(1, "ListMeta"), items: list(2, "Pod") } },
    PodSpec: {
      fields: {
        containers: list(2, "Container"),
        nodeName: field(10, "string"),
        initContainers: list(20, "Container"),
        ephemeralContainers: list(34, "EphemeralContainer"),
      },
    },
    Container: { fields: { name: field(1, "string"), image: field(2, "string") } },
    EphemeralContainer: { fields: { ephemeralContainerCommon: field(1, "Container") } },
    PodStatus: {
      fields: {
        phase: field(1, "string"),
        containerStatuses: list(8, "ContainerStatus"),
        initContainerStatuses: list(10, "ContainerStatus"),
        ephemeralContainerStatuses: list(13, "ContainerStatus"),
      },
    },
    ContainerStatus: { fields: { name: field(1, "string"), state: field(2, "ContainerState") } },
    ContainerState: { fields: { running: field(2, "ContainerStateRunning") } },
    ContainerStateRunning: { fields: {} },
  },
});
