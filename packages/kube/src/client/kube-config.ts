/**
 * Where the API server is and how to speak to it. client-node builds a connection pool for every single request. This KubeConfig
 * remembers the pool together with the TLS material that it was made from, so that a thousand calls share a connection, and rotated
 * certificates get a new pool.
 */
import { isDeepStrictEqual } from "node:util";
import { type Cluster, KubeConfig, type RequestContext } from "@kubernetes/client-node";
import { KubeConfigError } from "../errors.ts";

type Dispatcher = NonNullable<ReturnType<RequestContext["getDispatcher"]>>;
type AgentOptions = Parameters<KubeConfig["createDispatcherOptions"]>[1];

export class PooledKubeConfig extends KubeConfig {
  #pool: { material: Material; dispatcher: Dispatcher } | undefined;
  #material: Material = [];
  /** Pools built since the start: 1, and one more for every change of certificates. */
  poolsBuilt = 0;

  override createDispatcherOptions(cluster: Cluster | null, options: AgentOptions) {
    this.#material = materialOf(cluster, options);
    const made = super.createDispatcherOptions(cluster, options);
    // With HTTP/1.1 each watch has a connection of its own. Over HTTP/2 all of them share one, and when that one dies unnoticed every
    // request hangs with it.
    const http1 = { allowH2: false };
    if (made.type === "agent") return { ...made, connect: { ...made.connect, ...http1 } };
    if (made.type === "proxy") return { ...made, requestTls: { ...made.requestTls, ...http1 } };
    return made;
  }

  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    // The base class computes the options and sets the dispatcher in one synchronous step, so #material is of this dispatcher.
    const tap: RequestContext = Object.create(context, {
      setDispatcher: { value: (fresh: Dispatcher) => context.setDispatcher(this.#remember(fresh)) },
    });
    await super.applySecurityAuthentication(tap);
  }

  #remember(fresh: Dispatcher): Dispatcher {
    if (!this.#pool || !isDeepStrictEqual(this.#pool.material, this.#material)) {
      // Requests under way finish on the old pool; it closes by itself when they have.
      this.#pool?.dispatcher.close().catch(() => undefined);
      this.#pool = { material: this.#material, dispatcher: fresh };
      this.poolsBuilt++;
    }
    return this.#pool.dispatcher;
  }

  /** Ends every connection, also those that carry a watch. */
  async close(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    await pool?.dispatcher.destroy();
  }
}

/**
 * The configuration of this process: `file` if given, else the service account of the pod.
 * @throws KubeConfigError when no cluster results from it
 */
export function loadKubeConfig(file?: string): PooledKubeConfig {
  const config = new PooledKubeConfig();
  try {
    if (file) config.loadFromFile(file);
    else config.loadFromCluster();
  } catch (cause) {
    throw new KubeConfigError(`kubeconfig ${file ?? "(in cluster)"} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
  return checked(config, file ?? "(in cluster)");
}

/** The same from a kubeconfig's text. */
export function parseKubeConfig(text: string): PooledKubeConfig {
  const config = new PooledKubeConfig();
  config.loadFromString(text);
  return checked(config, "(text)");
}

function checked(config: PooledKubeConfig, source: string): PooledKubeConfig {
  const server = config.getCurrentCluster()?.server;
  if (!server || !URL.canParse(server)) {
    throw new KubeConfigError(
      `kubeconfig ${source}: current-context names no cluster with a server URL (server: ${JSON.stringify(server)}); ` +
        "set current-context, or run in a pod with a service account token",
    );
  }
  return config;
}

/** What a pool is made from. It is compared with every request, so that it is no hash. */
type Material = readonly unknown[];

function materialOf(cluster: Cluster | null, options: AgentOptions): Material {
  const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = options;
  return [cluster?.server, cluster?.proxyUrl, ca, cert, key, pfx, passphrase, rejectUnauthorized, servername];
}
