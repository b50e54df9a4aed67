/**
 * How many alerts three NATS servers take for a second of their processors' time, all three together, when the stream has three replicas: as many nodes publish
 * as it takes to fill the servers, and each alert is acknowledged when two servers have it.
 */

import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { connect } from "@portcullis/bus";
import { type NatsCluster, startNatsCluster } from "@portcullis/bus/testing";
import { silentLog, until } from "@portcullis/daemon/testing";
import { ProcessFigures } from "./measured-process.ts";

export interface ReplicatedFigures {
  /** Alerts for a second of the processor time of all servers. */
  readonly perCpuSecond: number;
  readonly perSecond: number;
  /** How many cores the servers had. */
  readonly cores: number;
}

const stream = "PORTCULLIS_ALERTS";
/** Processes that publish; one alone leaves the servers waiting. */
const sources = 2;
/** Of each source: before anything is measured, and then. */
const [warmUp, alerts] = [10_000, 50_000];

export async function measureReplicatedAlerts(): Promise<ReplicatedFigures> {
  const cluster = await startNatsCluster((index, routes) => ({ config: configOf(index, routes) }));
  try {
    await makeStorage(cluster);
    await publish(cluster, "warm", warmUp);
    await cluster.caughtUp(stream);
    const servers = cluster.servers.map(({ pid }) => new ProcessFigures(pid));
    const used = () => servers.reduce((sum, server) => sum + server.cpuMs(), 0);
    const [cpu, begun] = [used(), performance.now()];
    const stored = await publish(cluster, "node", alerts);
    const wallMs = performance.now() - begun;
    await cluster.caughtUp(stream);
    const cpuMs = used() - cpu;
    return {
      perCpuSecond: stored / (cpuMs / 1_000),
      ...{ perSecond: stored / (wallMs / 1_000), cores: cpuMs / wallMs },
    };
  } finally {
    await cluster.dispose();
  }
}

/** The chart's sizes; without encryption and logins, as those of one node are measured too. */
function configOf(index: number, routes: readonly string[]): string {
  const others = routes.map((route) => `nats://${route}`).join(", ");
  return `
    server_name: n${index}
    max_payload: 8MB
    max_pending: 16MB
    jetstream { max_memory_store: 64MB, max_file_store: 1GB, sync_interval: "2m" }
    cluster { name: scale, listen: "${routes[index]}", no_advertise: true, routes: [${others}] }`;
}

async function makeStorage(cluster: NatsCluster): Promise<void> {
  const { signal } = new AbortController();
  const bus = await connect({ servers: cluster.urls, name: "scale", signal, log: silentLog });
  await until("the streams of three replicas", async () => {
    const unsettled = await bus.ensure({ replicas: cluster.servers.length }).catch(() => ["not yet"]);
    return unsettled.length === 0;
  });
  await bus.close();
  await cluster.caughtUp(stream);
}

/** How many the stream has taken then; each is acknowledged. */
async function publish(cluster: NatsCluster, name: string, count: number): Promise<number> {
  const run = promisify(execFile);
  const program = join(import.meta.dirname, "alert-source.ts");
  const args = (k: number) => [program, cluster.urls.join(","), String(count), `${name}-${k}`];
  const all = await Promise.all(
    Array.from({ length: sources }, (_, k) => run(process.execPath, args(k), { timeout: 300_000 })),
  );
  return all.reduce((sum, { stdout }) => sum + (JSON.parse(stdout) as { published: number }).published, 0);
}
