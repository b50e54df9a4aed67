/**
 * Whether an installation works, seen from a pod beside it: every check says in a sentence what is wrong, or nothing. It asks as a reader of alerts, by HTTP, and
 * for one DaemonSet, so that it needs next to no rights.
 */
import { lookup } from "node:dns/promises";
import { isIPv6 } from "node:net";
import { type Bus, connect, type NatsSettings } from "@portcullis/bus";
import type { Log } from "@portcullis/daemon";
import { type KubeClient, objectPath } from "@portcullis/kube";
import type { NodeReport } from "./node-report.ts";

export interface Installation {
  /** Undefined: the release has no NATS of its own, and nobody has told us how a reader logs in. */
  readonly nats: NatsSettings | undefined;
  /** Where all replicas of the controller are found: a name with an address for each, and a port. */
  readonly controllers: { readonly host: string; readonly port: number };
  readonly enforcers: { readonly namespace: string; readonly daemonSet: string };
  readonly client: KubeClient;
}

/** What was found: in words what holds, or what does not. */
export interface Finding {
  readonly holds: boolean;
  readonly says: string;
}

type Check = (installation: Installation) => Promise<Finding>;

/** By the name that is printed. */
export const checks: Readonly<Record<string, Check>> = {
  NATS: natsAnswers,
  controller: controllersReady,
  nodes: nodesEnforce,
};

const dialMs = 10_000;
const askMs = 5_000;
const fails = (says: string): Finding => ({ holds: false, says });
const holds = (says: string): Finding => ({ holds: true, says });

async function natsAnswers({ nats }: Installation): Promise<Finding> {
  if (nats === undefined)
    return holds(
      "not asked: the release has no server of its own; whether the controller reaches the other one is said below",
    );
  const servers = nats.servers.map((url) => url.replace(/\/\/[^@/]*@/, "//")).join(", ");
  const heard = new LastWords();
  let bus: Bus;
  try {
    bus = await connect({ ...nats, name: "installation check", signal: AbortSignal.timeout(dialMs), log: heard });
  } catch (error) {
    const why = heard.words || wordsOf(error);
    return fails(
      `${servers} does not let a reader in within ${dialMs / 1_000} s: ${why}; look at the pods of NATS, their Service and the NetworkPolicy`,
    );
  }
  try {
    const { lastSequence } = await bus.alertStream();
    return holds(`a reader is let in at ${servers}, and the stream of alerts is there (${lastSequence} stored so far)`);
  } catch (error) {
    return fails(
      `a reader is let in at ${servers}, and the stream of alerts does not answer: ${wordsOf(error)}; the leading controller makes it: look at its log`,
    );
  } finally {
    await bus.close();
  }
}

/** Keeps why the last attempt to connect failed: the attempts go on until time is up, which alone would say nothing. */
class LastWords implements Log {
  words = "";
  debug(): void {}
  info(): void {}
  warn(message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.words = fields.error === undefined ? message : `${message}: ${wordsOf(fields.error)}`;
  }
  error(message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.warn(message, fields);
  }
}

async function controllersReady(installation: Installation): Promise<Finding> {
  const addresses = await addressesOf(installation.controllers.host);
  if (addresses.length === 0)
    return fails(
      `${installation.controllers.host} has no address: no pod of the controller runs; look at its Deployment`,
    );
  const words = await Promise.all(addresses.map((address) => readinessOf(address, installation)));
  const wrong = words.filter((word) => word !== "");
  if (wrong.length > 0) return fails(wrong.join("; "));
  return holds(`${addresses.length === 1 ? "the replica is" : `all ${addresses.length} replicas are`} ready`);
}

/** Why the replica is not ready; empty when it is. */
async function readinessOf(address: string, { controllers }: Installation): Promise<string> {
  try {
    const response = await ask(address, controllers.port, "/readyz");
    if (response.ok) return "";
    const said = Object.entries((await response.json()) as Record<string, string>);
    const missing = said.filter(([, word]) => word !== "ok").map(([name, word]) => `${name}: ${word}`);
    return `the replica at ${address} is not ready: ${missing.join(", ")}`;
  } catch (error) {
    return `the replica at ${address} does not answer: ${wordsOf(error)}`;
  }
}

async function nodesEnforce(installation: Installation): Promise<Finding> {
  const { client, controllers, enforcers } = installation;
  const path = objectPath(daemonSetResource, enforcers.daemonSet, enforcers.namespace);
  const { status } = await client.request<{ status?: DaemonSetStatus }>({ method: "GET", path });
  const wanted = status?.desiredNumberScheduled ?? 0;
  if (wanted === 0)
    return fails(`the DaemonSet ${enforcers.daemonSet} finds no node to run on: look at enforcer.nodeSelector`);
  const report = await leadersReport(controllers);
  if (report === undefined) return fails("no replica of the controller leads yet, so nobody hears the nodes");
  const wrong = [
    ...report.failing.first.map(({ node, problem }) => `${node} does not enforce: ${problem}`),
    ...many("is silent", report.silent),
    ...many("has not been heard since the controller leads", report.unheard),
  ];
  const { enforcing, failing, silent, unheard, absent } = report;
  const missing = wanted - enforcing - failing.count - silent.count - unheard.count;
  if (missing > 0)
    wrong.push(
      `${missing} of ${wanted} enforcers have not reported; of these nodes: ${absent.first.join(", ") || "unknown"}`,
    );
  if (wrong.length > 0) return fails(`${enforcing} of ${wanted} nodes enforce; ${wrong.join("; ")}`);
  const without = absent.count === 0 ? "" : `; ${absent.count} nodes have no enforcer: ${absent.first.join(", ")}`;
  return holds(`all ${wanted} nodes with an enforcer enforce${without}`);
}

interface DaemonSetStatus {
  readonly desiredNumberScheduled?: number;
}
const daemonSetResource = { group: "apps", version: "v1", plural: "daemonsets", kind: "DaemonSet" };

const many = (what: string, { count, first }: { count: number; first: readonly string[] }): string[] =>
  count === 0 ? [] : [`${first.join(", ")} ${what}${count > first.length ? ` (${count} in all)` : ""}`];

/** What the replica that leads hears; undefined: none of them leads. */
async function leadersReport({ host, port }: Installation["controllers"]): Promise<NodeReport | undefined> {
  for (const address of await addressesOf(host)) {
    const report = await ask(address, port, "/nodes")
      .then(async (response) => (await response.json()) as NodeReport)
      .catch(() => undefined);
    if (report?.leading) return report;
  }
  return undefined;
}

async function addressesOf(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true }).catch(() => []);
  return found.map(({ address }) => address);
}

async function ask(address: string, port: number, path: string): Promise<Response> {
  const host = isIPv6(address) ? `[${address}]` : address;
  return await fetch(`http://${host}:${port}${path}`, { signal: AbortSignal.timeout(askMs) });
}

/** With the cause, which is where fetch and the bus say what happened. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return `${error.message}${cause}`;
}
