/** An informer at work on the ConfigMaps of a real API server, through a network that a test can break. */
import { MemoryLog } from "@portcullis/daemon/testing";
import type { KubeObject } from "../src/client/resource.ts";
import { type Change, Informer } from "../src/watch/informer.ts";
import type { TestApiServer } from "./api-server.ts";
import { configMaps } from "./config-maps.ts";
import { Wire } from "./wire.ts";

export interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** An informer on the ConfigMaps of `default`, through a proxy, with what it told; `use` runs while it does. */
export async function runInformer(
  server: TestApiServer,
  options: { silenceMs?: number; relistMs?: number; pageSize?: number; metadataOnly?: boolean },
  use: (parts: {
    informer: Informer<ConfigMap>;
    told: string[];
    proxy: Wire;
    log: MemoryLog;
    changes: Change<ConfigMap>[];
  }) => Promise<void>,
): Promise<void> {
  const proxy = await Wire.start(server.port);
  const client = server.client(proxy.port);
  const log = new MemoryLog();
  const told: string[] = [];
  const changes: Change<ConfigMap>[] = [];
  const informer = new Informer<ConfigMap>({
    client,
    log,
    resource: configMaps,
    namespace: "default",
    indexes: { color: (map) => (map.data?.color ? [map.data.color] : []) },
    backoffMs: [20, 200],
    ...options,
  });
  informer.on((change) => {
    told.push(`${change.type} ${change.object.metadata.name}`);
    changes.push(change);
  });
  const stop = new AbortController();
  const run = informer.run(stop.signal);
  try {
    await informer.whenSynced(AbortSignal.timeout(20_000));
    await use({ informer, told, proxy, log, changes });
  } finally {
    stop.abort();
    await run;
    await client.config.close();
    await proxy.stop();
  }
}
