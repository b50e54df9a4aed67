/** A look at the bus from outside, as the tests' own client. */
import { type Bus, connect } from "@portcullis/bus";
import { silentLog } from "@portcullis/daemon/testing";
import { busLogin, type Cluster } from "../cluster/index.ts";

/** NATS URL of the cluster's bus, on this machine. */
export async function busUrl(cluster: Cluster): Promise<string> {
  const namespace = cluster.release?.namespace ?? "portcullis";
  return `nats://${await cluster.forward(namespace, { "app.kubernetes.io/component": "nats" }, 4222)}`;
}

/** The login that may do everything, as the controller's. */
export async function login(cluster: Cluster): Promise<{ readonly user: string; readonly password: string }> {
  return busLogin("portcullis", cluster.release?.namespace ?? "portcullis", cluster.kubectl);
}

/** Opens the bus for `use` and closes it. */
async function withBus<T>(cluster: Cluster, use: (bus: Bus) => Promise<T>): Promise<T> {
  const ended = new AbortController();
  const [servers, auth] = [await busUrl(cluster), await login(cluster)];
  const bus = await connect({ servers, auth, name: "e2e", signal: ended.signal, log: silentLog });
  try {
    return await use(bus);
  } finally {
    await bus.close();
    ended.abort();
  }
}

/** Node → revision of the bundle published for it. */
export async function bundleRevisions(cluster: Cluster): Promise<Map<string, bigint>> {
  return await withBus(cluster, async (bus) => new Map((await bus.listBundles()).map((b) => [b.node, b.revision])));
}
