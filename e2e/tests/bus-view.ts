/** A look at the bus from outside, as the tests' own client. */
import { type Bus, connect } from "@portcullis/bus";
import { silentLog } from "@portcullis/daemon/testing";
import { busLogin, busTls, type Cluster } from "../cluster/index.ts";

/** NATS URL of the cluster's bus, on this machine. */
export async function busUrl(cluster: Cluster): Promise<string> {
  const namespace = namespaceOf(cluster);
  return `tls://${await cluster.forward(namespace, { "app.kubernetes.io/component": "nats" }, 4222)}`;
}

/** The login that may do everything, as the controller's. */
export async function login(cluster: Cluster): Promise<{ readonly user: string; readonly password: string }> {
  return busLogin("portcullis", namespaceOf(cluster), cluster.kubectl);
}

/** How the bus is verified. */
export async function verification(cluster: Cluster) {
  return busTls(namespaceOf(cluster), cluster.kubectl);
}

const namespaceOf = (cluster: Cluster): string => cluster.release?.namespace ?? "portcullis";

/** Opens the bus for `use` and closes it. */
async function withBus<T>(cluster: Cluster, use: (bus: Bus) => Promise<T>): Promise<T> {
  const ended = new AbortController();
  const [servers, auth, tls] = [await busUrl(cluster), await login(cluster), await verification(cluster)];
  const bus = await connect({ servers, auth, tls, name: "e2e", signal: ended.signal, log: silentLog });
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
