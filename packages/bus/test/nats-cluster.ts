/** Several real nats-servers that are one cluster, each with a store of its own, on loopback. */

import { createServer } from "node:net";
import { jetstreamManager } from "@nats-io/jetstream";
import { type ConnectionOptions, connect as dial } from "@nats-io/transport-node";
import { until } from "@portcullis/daemon/testing";
import { type NatsServer, type NatsServerOptions, startNatsServer } from "./nats-server.ts";

export interface NatsCluster {
  readonly servers: readonly NatsServer[];
  readonly urls: readonly string[];
  /** The index of the server that leads this stream. `how`: where everybody is to be verified and to log in. */
  leaderOf(stream: string, how?: ConnectionOptions): Promise<number>;
  /** Resolves when every server has all of this stream that the others have. */
  caughtUp(stream: string, how?: ConnectionOptions): Promise<void>;
  dispose(): Promise<void>;
}

/** `optionsOf` is told the index of a server and where each of them listens for the others. */
export async function startNatsCluster(
  optionsOf: (index: number, routes: readonly string[]) => NatsServerOptions = plainOptions,
): Promise<NatsCluster> {
  const routes = await Promise.all([0, 1, 2].map(async () => `127.0.0.1:${await freePort()}`));
  const servers = await Promise.all(routes.map((_, index) => startNatsServer(optionsOf(index, routes))));
  const urls = servers.map(({ url }) => url);
  /** As whoever of them answers has it. */
  const placement = async (stream: string, how: ConnectionOptions = {}) => {
    const nc = await dial({ servers: [...urls], timeout: 1_000, ignoreClusterUpdates: true, reconnect: false, ...how });
    try {
      const jsm = await jetstreamManager(nc, { timeout: 1_000, checkAPI: false });
      return (await jsm.streams.info(stream)).cluster;
    } finally {
      await nc.close();
    }
  };
  return {
    servers,
    urls,
    leaderOf: (stream, how) =>
      until(`a leader of ${stream}`, async () => {
        const leader = (await placement(stream, how).catch(() => undefined))?.leader;
        return leader ? { index: Number(leader.slice(1)) } : undefined;
      }).then(({ index }) => index),
    caughtUp: async (stream, how) => {
      await until(`all have ${stream}`, async () => {
        const { leader, replicas = [] } = (await placement(stream, how).catch(() => undefined)) ?? {};
        const current = replicas.filter(({ current, offline, lag }) => current && !offline && !lag);
        return leader && current.length === servers.length - 1;
      });
    },
    dispose: async () => {
      await Promise.all(servers.map((server) => server.dispose()));
    },
  };
}

/** Without encryption and logins. */
function plainOptions(index: number, routes: readonly string[]): NatsServerOptions {
  const others = routes.map((route) => `nats://${route}`).join(", ");
  return { config: `server_name: n${index}\ncluster { name: test, listen: "${routes[index]}", routes: [${others}] }` };
}

/** One that nobody listens on now. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
