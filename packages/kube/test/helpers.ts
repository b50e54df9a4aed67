/** Small things several tests of this package need. */
import { connect, createServer, type Server, type Socket } from "node:net";
import type { KubeClient, KubeObject, Resource } from "../src/index.ts";
import { collectionPath, objectPath } from "../src/index.ts";

export const CONFIG_MAPS: Resource = { group: "", version: "v1", plural: "configmaps", kind: "ConfigMap" };

export function createConfigMap(
  client: KubeClient,
  name: string,
  data: Record<string, string> = {},
): Promise<KubeObject> {
  const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "default" }, data };
  return client.request({ method: "POST", path: collectionPath(CONFIG_MAPS, "default"), body });
}

export function patchConfigMap(client: KubeClient, name: string, data: Record<string, string>): Promise<KubeObject> {
  const path = objectPath(CONFIG_MAPS, name, "default");
  return client.request({ method: "PATCH", path, contentType: "application/merge-patch+json", body: { data } });
}

export function deleteConfigMap(client: KubeClient, name: string): Promise<unknown> {
  return client.request({ method: "DELETE", path: objectPath(CONFIG_MAPS, name, "default") });
}

/** A TCP proxy in front of the API server that can cut, refuse and go silent. */
export class Wire {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** New connections are closed at once. */
  refusing = false;
  /** What comes back from the server is swallowed: a network that lost the connection without telling. */
  silent = false;
  /** Connections accepted since the start. */
  accepted = 0;
  port = 0;

  private constructor(target: number) {
    this.#server = createServer((socket) => {
      if (this.refusing) {
        socket.destroy();
        return;
      }
      this.accepted++;
      const upstream = connect(target, "127.0.0.1");
      for (const side of [socket, upstream]) {
        this.#sockets.add(side);
        side.on("error", () => undefined);
        side.on("close", () => {
          this.#sockets.delete(side);
          (side === socket ? upstream : socket).destroy();
        });
      }
      socket.on("data", (bytes) => upstream.write(bytes));
      // A connection that was silenced has lost bytes and stays dead.
      let dead = false;
      upstream.on("data", (bytes) => {
        dead ||= this.silent;
        if (!dead) socket.write(bytes);
      });
    });
  }

  static async start(target: number): Promise<Wire> {
    const proxy = new Wire(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    const address = proxy.#server.address();
    if (address !== null && typeof address !== "string") proxy.port = address.port;
    return proxy;
  }

  /** Connections open now. */
  get open(): number {
    return this.#sockets.size / 2;
  }

  /** Resets every connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
