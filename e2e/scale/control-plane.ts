/**
 * The controller, a process of its own as it is shipped, with a cluster of some size around it: what it takes to begin, for each event, for an edit that touches
 * all nodes, and while nothing happens.
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@portcullis/bus";
import { startNatsServer } from "@portcullis/bus/testing";
import { sleep } from "@portcullis/daemon";
import { silentLog } from "@portcullis/daemon/testing";
import { LargeApiServer } from "./api-server.ts";
import { type Access, Fleet } from "./fleet.ts";
import { MeasuredProcess } from "./measured-process.ts";
import {
  namespaceCount,
  namespaceObject,
  nodeObject,
  podObject,
  policyObject,
  replicaSetCount,
  replicaSetObject,
  type Sizes,
} from "./objects.ts";

export interface ControlFigures {
  readonly coldStartCpuS: number;
  readonly coldStartWallS: number;
  readonly coldStartRssMib: number;
  readonly rssMib: number;
  readonly idleCores: number;
  readonly idleStatusWrites: number;
  readonly podEventCpuMs: number;
  readonly nodeEventCpuMs: number;
  readonly editCpuS: number;
  readonly editP99Ms: number;
}

export const paths = {
  pods: "/api/v1/pods",
  nodes: "/api/v1/nodes",
  namespaces: "/api/v1/namespaces",
  replicaSets: "/apis/apps/v1/replicasets",
  policies: "/apis/security.kubearmor.com/v1/kubearmorpolicies",
};
export const controllerMain = join(import.meta.dirname, "../../packages/controller/src/main.ts");
const events = 1_000;
const eventsPerSecond = 200;
const idleMs = 20_000;

interface Asked {
  readonly profile?: string | undefined;
  readonly say: (line: string) => void;
}

export async function measureControlPlane(sizes: Sizes, { profile, say }: Asked): Promise<ControlFigures> {
  const dir = mkdtempSync(join(tmpdir(), "portcullis-scale-"));
  const nats = await startNatsServer({ config: "max_payload: 8MB\nmax_connections: 20000" });
  const api = new LargeApiServer();
  const url = await api.start();
  serve(api, sizes);
  let fleet: Fleet | undefined;
  let controller: MeasuredProcess | undefined;
  try {
    await makeStorage({ servers: nats.url });
    fleet = await Fleet.connect(nats.url, sizes.nodes);
    say(`${sizes.nodes} nodes are connected to NATS`);
    const begun = performance.now();
    controller = startController({ dir, api: url, nats: nats.url, profile });
    await received(fleet, fleet.taken(), 600_000, controller);
    const coldStart = {
      cpuMs: controller.cpuMs(),
      wallMs: performance.now() - begun,
      rss: controller.memoryMib().most,
    };
    say(`cold start: ${(coldStart.cpuMs / 1_000).toFixed(1)} s of CPU, ${coldStart.rss.toFixed(0)} MiB`);
    await settled(api, sizes.policies, controller);
    say(`${written(api)} statuses are written`);
    const idle = await measureIdle(api, controller);
    const perPod = await measureEvents(controller, idle.cores, (k) => {
      const i = sizes.pods + 1 + k;
      api.tell(paths.pods, "ADDED", podObject(i - (i % sizes.nodes) + ((k * 37) % sizes.nodes), sizes, i));
    });
    say(`a pod event: ${perPod.toFixed(2)} ms`);
    const perNode = await measureEvents(controller, idle.cores, (k) => {
      api.tell(paths.nodes, "MODIFIED", nodeObject((k * 41) % sizes.nodes, { step: String(k) }));
    });
    say(`a node event: ${perNode.toFixed(2)} ms`);
    const edit = await measureEdit(api, fleet, controller, sizes);
    return {
      ...{ coldStartCpuS: coldStart.cpuMs / 1_000, coldStartWallS: coldStart.wallMs / 1_000 },
      ...{ coldStartRssMib: coldStart.rss, rssMib: controller.memoryMib().now },
      ...{ idleCores: idle.cores, idleStatusWrites: idle.writes, podEventCpuMs: perPod, nodeEventCpuMs: perNode },
      ...{ editCpuS: edit.cpuMs / 1_000, editP99Ms: edit.p99Ms },
    };
  } finally {
    await controller?.end(profile === undefined ? "SIGKILL" : "SIGTERM");
    await fleet?.end();
    await api.stop();
    await nats.dispose();
    rmSync(dir, { recursive: true, force: true });
  }
}

export function serve(api: LargeApiServer, sizes: Sizes): void {
  const core = { apiVersion: "v1" };
  api.serve(paths.pods, { ...core, kind: "Pod", size: sizes.pods, at: (i) => podObject(i, sizes) });
  api.serve(paths.nodes, { ...core, kind: "Node", size: sizes.nodes, at: (i) => nodeObject(i) });
  api.serve(paths.namespaces, { ...core, kind: "Namespace", size: namespaceCount, at: namespaceObject });
  api.serve(paths.replicaSets, {
    ...{ apiVersion: "apps/v1", kind: "ReplicaSet", size: replicaSetCount, at: replicaSetObject },
  });
  for (let i = 0; i < sizes.policies; i++) api.put(paths.policies, policyObject(i, sizes));
}

/** What a controller makes before nodes may come. */
export async function makeStorage(access: Access): Promise<void> {
  const bus = await connect({ ...access, name: "scale", signal: new AbortController().signal, log: silentLog });
  await bus.ensure();
  await bus.close();
}

interface Places {
  readonly dir: string;
  readonly api: string;
  readonly nats: string;
  readonly profile: string | undefined;
}

function startController({ dir, api, nats, profile }: Places): MeasuredProcess {
  const flags = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`];
  return new MeasuredProcess([process.execPath, ...flags, controllerMain], {
    log: join(dir, "controller.log"),
    env: controllerEnvironment(dir, api, { NATS_URL: nats }),
  });
}

export function controllerEnvironment(dir: string, api: string, nats: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kubeconfig = join(dir, "kubeconfig");
  const config = {
    ...{ apiVersion: "v1", kind: "Config", "current-context": "scale" },
    clusters: [{ name: "scale", cluster: { server: api, "insecure-skip-tls-verify": true } }],
    users: [{ name: "scale", user: { token: "scale" } }],
    contexts: [{ name: "scale", context: { cluster: "scale", user: "scale" } }],
  };
  writeFileSync(kubeconfig, JSON.stringify(config));
  return {
    ...{ PATH: process.env.PATH, KUBECONFIG: kubeconfig, POD_NAMESPACE: "portcullis", ...nats },
    ...{ POD_NAME: "controller-0", HTTP_ADDRESS: "127.0.0.1:0", SIGNING_DELAY_SECONDS: "0" },
    // A busy machine is no reason to let another one lead.
    LEASE_SECONDS: "300",
  };
}

/** Until each node has taken another bundle than those `before`. */
export async function received(
  fleet: Fleet,
  before: number[],
  patienceMs: number,
  process: MeasuredProcess,
): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const missing = fleet.taken().filter((taken, i) => taken <= (before[i] ?? 0)).length;
    if (missing === 0) return;
    process.requireAlive();
    if (performance.now() > deadline) throw new Error(`${missing} nodes have no bundle after ${patienceMs} ms`);
    await sleep(50);
  }
}

const written = (api: LargeApiServer): number => api.writes.get("status") ?? 0;

/** Until every policy has a status, and none was written for a while. */
async function settled(api: LargeApiServer, policies: number, process: MeasuredProcess): Promise<void> {
  const deadline = performance.now() + 300_000;
  let [before, since] = [written(api), performance.now()];
  while (before < policies || performance.now() - since < 8_000) {
    process.requireAlive();
    if (performance.now() > deadline) throw new Error(`${before} statuses are written, and they go on`);
    await sleep(200);
    if (written(api) !== before) [before, since] = [written(api), performance.now()];
  }
}

async function measureIdle(api: LargeApiServer, process: MeasuredProcess): Promise<{ cores: number; writes: number }> {
  const [cpu, writes, at] = [process.cpuMs(), written(api), performance.now()];
  await sleep(idleMs);
  return { cores: (process.cpuMs() - cpu) / (performance.now() - at), writes: written(api) - writes };
}

/** Processor time of one event, without what the controller takes while nothing happens. */
async function measureEvents(process: MeasuredProcess, idleCores: number, tell: (k: number) => void): Promise<number> {
  const [cpu, at] = [process.cpuMs(), performance.now()];
  for (let k = 0; k < events; k++) {
    tell(k);
    if (k % (eventsPerSecond / 20) === 0) await sleep(50);
  }
  // What they cause comes to rest: nodes answer, statuses are computed.
  await sleep(5_000);
  return (process.cpuMs() - cpu - idleCores * (performance.now() - at)) / events;
}

async function measureEdit(
  api: LargeApiServer,
  fleet: Fleet,
  process: MeasuredProcess,
  sizes: Sizes,
): Promise<{ cpuMs: number; p99Ms: number }> {
  const [cpu, before, at] = [process.cpuMs(), fleet.taken(), performance.now()];
  api.put(paths.policies, policyObject(sizes.policies - 1, sizes, 2));
  await received(fleet, before, 120_000, process);
  const took = fleet
    .times()
    .map((time) => time - at)
    .sort((a, b) => a - b);
  const p99Ms = took[Math.ceil(took.length * 0.99) - 1] ?? 0;
  await sleep(3_000);
  return { cpuMs: process.cpuMs() - cpu, p99Ms };
}
