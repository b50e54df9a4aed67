/** What only a guest shows, with the product as the chart installs it on a small cluster: idle memory, and how long an edit takes to be in force. */

import { sleep } from "@portcullis/daemon";
import { type Cluster, ClusterError, type ExecTarget, startCluster } from "../cluster/index.ts";
import { type EditFigures, measureEdits } from "./guest-edits.ts";

export interface GuestFigures {
  /** Mebibytes in memory of each process, with its workers. */
  readonly enforcer: number;
  readonly controller: number;
  /** Of a Node process of the same image that does nothing. */
  readonly bare: number;
  /** Or why there are none: a guest may be too slow on a busy machine. */
  readonly edits: EditFigures | string;
}

/** How long nothing happens before memory is looked at. */
const idleMs = 30_000;
const bareMs = 10_000;
/** What comes back from a saved cluster has to find the API server and NATS again. */
const readyMs = 300_000;

export async function measureGuest(say: (line: string) => void): Promise<GuestFigures> {
  await using cluster = await startCluster({ name: "scale" });
  const { namespace = "" } = cluster.release ?? {};
  const ready = (component: string) =>
    cluster.podReady(namespace, { "app.kubernetes.io/component": component }, readyMs);
  const [[pod = ""]] = await Promise.all([ready("controller"), ready("enforcer")]);
  say("a cluster of one node is up");
  await sleep(idleMs);
  const [enforcer, controller] = [await residentOf(cluster, "NODE_NAME"), await residentOf(cluster, "LEASE_NAME")];
  const bare = await bareNode(cluster, { namespace, pod });
  say(`idle: enforcer ${enforcer.toFixed(0)} MiB, controller ${controller.toFixed(0)}, bare ${bare.toFixed(0)}`);
  return { enforcer, controller, bare, edits: await measureEdits(cluster).catch(tooSlow) };
}

/** A wait in vain is the answer to a question of the wall clock, which breaks nothing else. */
function tooSlow(error: unknown): string {
  if (error instanceof ClusterError && error.code === "E2E_TIMEOUT") return error.message;
  throw error;
}

/** Of the one process of the product with this variable in its environment. */
async function residentOf(cluster: Cluster, variable: string): Promise<number> {
  const script = `
    for pid in $(pgrep -f /app/src/main.mjs); do
      if tr '\\0' '\\n' < /proc/$pid/environ | grep -q '^${variable}='; then awk '/^VmRSS:/ { print $2 }' /proc/$pid/status; fi
    done`;
  const found = (await cluster.guest().check(script))
    .trim()
    .split("\n")
    .filter((line) => line !== "");
  if (found.length !== 1) throw new Error(`${found.length} processes of the product have ${variable}`);
  return Number(found[0]) / 1_024;
}

/** In the controller's container: the same binary, under the same limits. */
async function bareNode(cluster: Cluster, where: ExecTarget): Promise<number> {
  const program = `setTimeout(() => console.log(process.memoryUsage.rss()), ${bareMs})`;
  const command = ["/usr/bin/node", "-e", program];
  const { stdout, stderr, startError } = await cluster.exec(where, command, { timeoutMs: 60_000 });
  const bytes = Number(stdout);
  if (!(bytes > 0)) throw new Error(`a bare Node process says nothing of its memory: ${startError ?? stderr}`);
  return bytes / 2 ** 20;
}
