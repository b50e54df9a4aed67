/**
 * Process in a guest: says over CRI what a container is, as a container runtime would. What it knows lies in a folder, one
 * file a container, written by who starts them, and beside it `ID.exited` once it has ended. Usage: node cri-server.mjs SOCKET FOLDER
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceDefinition,
  type sendUnaryData,
  status,
} from "@grpc/grpc-js";
import { fromJSON } from "@grpc/proto-loader";

/** Those messages and fields of k8s.io/cri-api's runtime.v1 that say who a container is. */
const definition = `{"nested": {"runtime": {"nested": {"v1": {"nested": {
  "RuntimeService": {"methods": {
    "Version": {"requestType": "VersionRequest", "responseType": "VersionResponse"},
    "ListContainers": {"requestType": "ListContainersRequest", "responseType": "ListContainersResponse"},
    "ContainerStatus": {"requestType": "ContainerStatusRequest", "responseType": "ContainerStatusResponse"},
    "ListPodSandbox": {"requestType": "ListPodSandboxRequest", "responseType": "ListPodSandboxResponse"}}},
  "VersionRequest": {"fields": {}},
  "VersionResponse": {"fields": {"version": {"id": 1, "type": "string"}, "runtime_name": {"id": 2, "type": "string"},
    "runtime_version": {"id": 3, "type": "string"}, "runtime_api_version": {"id": 4, "type": "string"}}},
  "ImageSpec": {"fields": {"image": {"id": 1, "type": "string"}, "user_specified_image": {"id": 18, "type": "string"}}},
  "ContainerMetadata": {"fields": {"name": {"id": 1, "type": "string"}, "attempt": {"id": 2, "type": "uint32"}}},
  "Container": {"fields": {"id": {"id": 1, "type": "string"}, "metadata": {"id": 3, "type": "ContainerMetadata"},
    "image": {"id": 4, "type": "ImageSpec"}, "state": {"id": 6, "type": "int32"},
    "labels": {"id": 8, "keyType": "string", "type": "string"}}},
  "ListContainersRequest": {"fields": {}},
  "ListContainersResponse": {"fields": {"containers": {"id": 1, "type": "Container", "rule": "repeated"}}},
  "ContainerStatusRequest": {"fields": {"container_id": {"id": 1, "type": "string"}}},
  "ContainerStatus": {"fields": {"id": {"id": 1, "type": "string"}, "metadata": {"id": 2, "type": "ContainerMetadata"},
    "state": {"id": 3, "type": "int32"}, "image": {"id": 8, "type": "ImageSpec"},
    "labels": {"id": 12, "keyType": "string", "type": "string"}}},
  "ContainerStatusResponse": {"fields": {"status": {"id": 1, "type": "ContainerStatus"}}},
  "ListPodSandboxRequest": {"fields": {}},
  "ListPodSandboxResponse": {"fields": {}}
}}}}}}`;

interface Known {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
}

const [socket = "", folder = ""] = process.argv.slice(2);
/** CONTAINER_RUNNING, CONTAINER_EXITED */
const state = { running: 1, exited: 2 };

const described = ({ id, name, image, labels }: Known) => ({
  ...{ id, labels, state: existsSync(join(folder, `${id}.exited`)) ? state.exited : state.running },
  metadata: { name, attempt: 0 },
  image: { image, user_specified_image: image },
});

const read = (id: string): Known => JSON.parse(readFileSync(join(folder, `${id}.json`), "utf8")) as Known;

function known(id: string): Known | undefined {
  try {
    return read(id);
  } catch {
    return undefined; // not started by us, or gone
  }
}

type Call<Request> = ServerUnaryCall<Request, object>;
type Done = sendUnaryData<object>;

const service = fromJSON(JSON.parse(definition), { keepCase: true, defaults: true })[
  "runtime.v1.RuntimeService"
] as ServiceDefinition;
const server = new Server();
server.addService(service, {
  Version: (_: Call<object>, done: Done) =>
    done(null, { version: "0.1.0", runtime_name: "crun", runtime_api_version: "v1" }),
  ListContainers: (_: Call<object>, done: Done) => {
    const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
    const ids = files.map((name) => name.replace(".json", ""));
    const containers = ids.map(known).filter((container) => container !== undefined);
    done(null, { containers: containers.map(described) });
  },
  ContainerStatus: ({ request }: Call<{ container_id: string }>, done: Done) => {
    const container = known(request.container_id);
    if (container) done(null, { status: described(container) });
    else done({ code: status.NOT_FOUND, details: `container ${request.container_id} is not found` });
  },
  // There are no sandboxes.
  ListPodSandbox: (_: Call<object>, done: Done) => done(null, {}),
});
server.bindAsync(`unix://${socket}`, ServerCredentials.createInsecure(), (error) => {
  if (error) throw error;
});
