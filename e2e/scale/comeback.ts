/**
 * NATS is killed under a large cluster, and everybody comes back: what that takes of the server and of the controller, which answers for each node that logs in.
 * The same without encryption, for the server's memory. And whether nodes that are started again leave anything behind on the server.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@portcullis/bus";
import { sleep } from "@portcullis/daemon";
import { silentLog } from "@portcullis/daemon/testing";
import { LargeApiServer } from "./api-server.ts";
import { type ChartNats, startChartNats } from "./chart-nats.ts";
import { controllerEnvironment, controllerMain, makeStorage, paths, received, serve } from "./control-plane.ts";
import { type Access, Fleet } from "./fleet.ts";
import { MeasuredProcess, ProcessFigures } from "./measured-process.ts";
import { NodeTokens, tokenAccount, tokenAudience, tokenNamespace } from "./node-tokens.ts";
import { enforcerPod, enforcerPodObject, nodeName, podObject, type Sizes } from "./objects.ts";

export interface ComebackFigures {
  readonly serverCpuS: number;
  readonly controllerCpuS: number;
  readonly wallS: number;
  readonly serverRssMib: number;
  /** Consumers that are on the server after nodes were started again, and were not before. */
  readonly leaked: number;
  /** So many nodes were started again. */
  readonly restarts: number;
}

interface Asked {
  readonly encrypted: boolean;
  readonly say: (line: string) => void;
}

const secrets = { login: "portcullis-nats", nodes: "portcullis-nats-node-logins" };
const restarts = 100;
const patienceMs = 600_000;
/**
 * All nodes dial from one process here, on the machine that the server and the controller are on. If they all came at once they would wait for one another until the
 * server gives them up, again and again. So each waits a little longer than the one before it, and the processor time is that of one login a node.
 */
const betweenDialsMs = 15;
/** The server waits so long for who is slow, and who dials a little longer. */
const dialTimeout = 12_000;

export async function measureComeback(sizes: Sizes, { encrypted, say }: Asked): Promise<ComebackFigures> {
  const dir = mkdtempSync(join(tmpdir(), "portcullis-scale-"));
  const nats = await startChartNats({ encrypted });
  const api = new LargeApiServer();
  let fleet: Fleet | undefined;
  let controller: MeasuredProcess | undefined;
  try {
    const url = await api.start();
    const tokens = new NodeTokens();
    serveLogins(api, { sizes, nats, tokens });
    await makeStorage({ ...nats.access, auth: nats.login });
    controller = startController(dir, url, nats);
    const accessOf = (index: number, node: string): Access => {
      const timing = { dialTimeout, reconnectWait: 1_000 + index * betweenDialsMs };
      return { ...nats.access, node, timing, auth: { token: tokens.of(enforcerPod(index)) } };
    };
    await untilLogins(accessOf);
    fleet = await Fleet.connect(accessOf, sizes.nodes);
    await received(fleet, new Array(sizes.nodes).fill(0), patienceMs, controller);
    say(`${sizes.nodes} nodes have logged in${encrypted ? " over TLS" : ""} and have their bundles`);
    await sleep(5_000);
    const loss = await lose(nats, fleet, controller);
    say(`all are back after ${loss.wallS.toFixed(1)} s`);
    return { ...loss, ...(await restart(nats, fleet, Math.min(restarts, sizes.nodes))) };
  } finally {
    await controller?.end("SIGKILL");
    await fleet?.end();
    await api.stop();
    await nats.dispose();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Resolves when the controller answers for nodes: it has to know their pods first. */
async function untilLogins(accessOf: (index: number, node: string) => Access): Promise<void> {
  const signal = AbortSignal.timeout(patienceMs);
  const bus = await connect({ ...accessOf(0, nodeName(0)), name: "scale", signal, log: silentLog });
  await bus.close();
}

interface Served {
  readonly sizes: Sizes;
  readonly nats: ChartNats;
  readonly tokens: NodeTokens;
}

/** The cluster with a pod of the enforcer on each node, what tokens are verified by, and the Secrets of the logins. */
function serveLogins(api: LargeApiServer, { sizes, nats, tokens }: Served): void {
  serve(api, sizes);
  const { pods, nodes } = sizes;
  api.serve(paths.pods, {
    ...{ apiVersion: "v1", kind: "Pod", size: pods + nodes },
    at: (i) => (i < pods ? podObject(i, sizes) : enforcerPodObject(i - pods)),
  });
  for (const [path, body] of Object.entries(tokens.documents())) api.document(path, body);
  const { login, loginKey } = nats;
  putSecret(api, secrets.login, { password: login.password, "reader-password": "pReader1" });
  putSecret(api, secrets.nodes, { key: loginKey.secret(), issuer: loginKey.issuer });
}

function putSecret(api: LargeApiServer, name: string, data: Readonly<Record<string, string>>): void {
  const entries = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString("base64")]);
  api.put("/api/v1/secrets", {
    ...{ apiVersion: "v1", kind: "Secret", metadata: { name, namespace: tokenNamespace } },
    data: Object.fromEntries(entries),
  });
}

function startController(dir: string, api: string, { access, authorityFile }: ChartNats): MeasuredProcess {
  return new MeasuredProcess([process.execPath, controllerMain], {
    log: join(dir, "controller.log"),
    env: controllerEnvironment(dir, api, {
      ...{ NATS_URL: String(access.servers), NATS_LOGIN_SECRET: secrets.login, NODE_LOGIN_SECRET: secrets.nodes },
      ...{ NODE_LOGIN_AUDIENCE: tokenAudience, NODE_LOGIN_ACCOUNT: tokenAccount },
      ...(authorityFile === undefined ? {} : { NATS_CA_FILE: authorityFile }),
    }),
  });
}

type Loss = Omit<ComebackFigures, "leaked" | "restarts">;

async function lose({ server }: ChartNats, fleet: Fleet, controller: MeasuredProcess): Promise<Loss> {
  fleet.expectLoss();
  const [cpuMs, begun] = [controller.cpuMs(), performance.now()];
  await server.stop({ hard: true });
  await server.start();
  const figures = new ProcessFigures(server.pid);
  for (let away = fleet.away(); away > 0; away = fleet.away()) {
    controller.requireAlive();
    // Also so that no thread of the server ends uncounted.
    figures.cpuMs();
    if (performance.now() - begun > patienceMs) throw new Error(`${away} nodes are not back after ${patienceMs} ms`);
    await sleep(50);
  }
  return {
    ...{ serverCpuS: figures.cpuMs() / 1_000, controllerCpuS: (controller.cpuMs() - cpuMs) / 1_000 },
    ...{ wallS: (performance.now() - begun) / 1_000, serverRssMib: figures.memoryMib().most },
  };
}

/** Nodes end, and are started anew. */
async function restart(
  nats: ChartNats,
  fleet: Fleet,
  count: number,
): Promise<Pick<ComebackFigures, "leaked" | "restarts">> {
  const before = await nats.consumers();
  await fleet.restart(count);
  await sleep(3_000);
  return { leaked: (await nats.consumers()) - before, restarts: count };
}
