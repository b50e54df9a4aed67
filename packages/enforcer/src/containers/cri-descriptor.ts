/**
 * The few messages of the Kubernetes CRI (runtime.v1) that the enforcer speaks, as a protobufjs descriptor. It is data
 * in the program rather than a .proto beside it, so that a bundled enforcer needs no file at run time. Field numbers
 * are those of k8s.io/cri-api; unknown fields are skipped by the decoder.
 */

const field = (id: number, type: string) => ({ id, type });
const list = (id: number, type: string) => ({ id, type, rule: "repeated" });
const stringMap = (id: number) => ({ id, keyType: "string", type: "string" });

export const criDescriptor = {
  nested: {
    runtime: {
      nested: {
        v1: {
          nested: {
            RuntimeService: {
              methods: {
                Version: { requestType: "VersionRequest", responseType: "VersionResponse" },
                ListContainers: { requestType: "ListContainersRequest", responseType: "ListContainersResponse" },
                ContainerStatus: { requestType: "ContainerStatusRequest", responseType: "ContainerStatusResponse" },
                ListPodSandbox: { requestType: "ListPodSandboxRequest", responseType: "ListPodSandboxResponse" },
              },
            },
            VersionRequest: { fields: { version: field(1, "string") } },
            VersionResponse: {
              fields: {
                version: field(1, "string"),
                runtimeName: field(2, "string"),
                runtimeVersion: field(3, "string"),
              },
            },
            ImageSpec: { fields: { image: field(1, "string"), userSpecifiedImage: field(18, "string") } },
            ContainerMetadata: { fields: { name: field(1, "string"), attempt: field(2, "uint32") } },
            Container: {
              fields: {
                id: field(1, "string"),
                metadata: field(3, "ContainerMetadata"),
                image: field(4, "ImageSpec"),
                state: field(6, "int32"),
                labels: stringMap(8),
              },
            },
            ListContainersRequest: { fields: {} },
            ListContainersResponse: { fields: { containers: list(1, "Container") } },
            ContainerStatusRequest: { fields: { containerId: field(1, "string"), verbose: field(2, "bool") } },
            ContainerStatus: {
              fields: {
                id: field(1, "string"),
                metadata: field(2, "ContainerMetadata"),
                state: field(3, "int32"),
                image: field(8, "ImageSpec"),
                labels: stringMap(12),
              },
            },
            ContainerStatusResponse: { fields: { status: field(1, "ContainerStatus"), info: stringMap(2) } },
            PodSandboxFilter: { fields: { id: field(1, "string") } },
            ListPodSandboxRequest: { fields: { filter: field(1, "PodSandboxFilter") } },
            PodSandbox: { fields: { id: field(1, "string") } },
            ListPodSandboxResponse: { fields: { items: list(1, "PodSandbox") } },
          },
        },
      },
    },
  },
};
