/** The CRI client against a gRPC server on a unix socket that answers from a table, as a runtime would. */

import { join } from "node:path";
import { Server, ServerCredentials, type ServiceDefinition, status } from "@grpc/grpc-js";
import { fromJSON } from "@grpc/proto-loader";
import { afterEach, describe, expect, it } from "@jest/globals";
import { CriRuntime } from "../src/containers/cri.ts";
import { criDescriptor } from "../src/containers/cri-descriptor.ts";
import { RuntimeUnavailableError } from "../src/errors.ts";
import { containerId, TemporaryDirectories } from "./support.ts";

const directories = new TemporaryDirectories();
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0).reverse()) stop();
  directories.removeAll();
});

const labels = {
  "io.kubernetes.container.name": "app",
  "io.kubernetes.pod.name": "web-1",
  "io.kubernetes.pod.namespace": "shop",
  "io.kubernetes.pod.uid": "uid-1",
};
const known = {
  id: containerId(1),
  metadata: { name: "app" },
  image: { image: "sha256:1", userSpecifiedImage: "shop/web:1" },
  labels,
};
const identity = {
  containerId: containerId(1),
  container: "app",
  pod: "web-1",
  namespace: "shop",
  podUid: "uid-1",
  image: "shop/web:1",
};

async function serve(
  socket = join(directories.make(), "cri.sock"),
  answer = true,
): Promise<{ socket: string; authorities: string[] }> {
  const authorities: string[] = [];
  const service = fromJSON(criDescriptor as Parameters<typeof fromJSON>[0], { longs: String, defaults: true })[
    "runtime.v1.RuntimeService"
  ] as ServiceDefinition;
  const server = new Server();
  server.addService(service, {
    // biome-ignore lint/suspicious/noExplicitAny: grpc-js gives untyped calls for a service that was loaded at run time
    ContainerStatus: (call: any, done: any) => {
      authorities.push(call.getHost());
      if (!answer) return;
      if (call.request.containerId === known.id) done(null, { status: known });
      else done({ code: status.NOT_FOUND, details: "not found" });
    },
    // biome-ignore lint/suspicious/noExplicitAny: as above
    ListPodSandbox: (call: any, done: any) => {
      done(null, { items: call.request.filter.id === containerId(2) ? [{ id: containerId(2) }] : [] });
    },
    // biome-ignore lint/suspicious/noExplicitAny: as above
    ListContainers: (_: any, done: any) =>
      done(null, {
        containers: [
          { ...known, state: 1 },
          { ...known, id: containerId(4), state: 2 },
        ],
      }),
    // biome-ignore lint/suspicious/noExplicitAny: as above
    Version: (_: any, done: any) => done(null, {}),
  });
  await new Promise<void>((resolve, reject) =>
    server.bindAsync(`unix://${socket}`, ServerCredentials.createInsecure(), (error) =>
      error ? reject(error) : resolve(),
    ),
  );
  stops.push(() => server.forceShutdown());
  return { socket, authorities };
}

function runtime(socket: string, deadlineMs = 5_000): CriRuntime {
  const made = new CriRuntime(socket, deadlineMs);
  stops.push(() => made.close());
  return made;
}

describe("the container runtime", () => {
  it("names a container by the kubelet's labels", async () => {
    const { socket, authorities } = await serve();
    expect(await runtime(socket).identify(containerId(1))).toEqual({ kind: "container", container: identity });
    expect(authorities).toEqual(["localhost"]); // some servers refuse the authority of a socket path
  });
  it("tells a sandbox from what it does not know yet", async () => {
    const { socket } = await serve();
    expect(await runtime(socket).identify(containerId(2))).toEqual({ kind: "sandbox" });
    expect(await runtime(socket).identify(containerId(3))).toEqual({ kind: "unknown" });
  });
  it("lists its containers, and says which of them run", async () => {
    const { socket } = await serve();
    expect(await runtime(socket).list()).toEqual([
      { container: identity, running: true },
      { container: { ...identity, containerId: containerId(4) }, running: false },
    ]);
  });
  it("is unavailable without a socket, and is found once it is there", async () => {
    const socket = join(directories.make(), "cri.sock");
    const asking = runtime(socket);
    await expect(asking.identify(containerId(1))).rejects.toBeInstanceOf(RuntimeUnavailableError);
    await serve(socket);
    const found = async () => (await asking.identify(containerId(1)).catch(() => undefined))?.kind;
    let kind: string | undefined;
    for (let i = 0; i < 40 && kind === undefined; i++) {
      kind = await found();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(kind).toBe("container");
  });
  it("that hangs is given up after the deadline", async () => {
    const { socket } = await serve(undefined, false);
    await expect(runtime(socket, 200).identify(containerId(1))).rejects.toMatchObject({
      code: "ENFORCER_RUNTIME_UNAVAILABLE",
    });
  });
});
