/**
 * One node's alerts: a process of its own that encodes them and publishes them as an enforcer does, each acknowledged when the stream has stored it. Prints what
 * that took. Arguments: the servers, how many, and the node's name. The ring, attribution and the spool are not in it.
 */

import { type Bus, connect, fitAlert } from "@portcullis/bus";
import { exampleAlert } from "@portcullis/bus/testing";
import { silentLog } from "@portcullis/daemon/testing";

const [url = "", count = "0", node = exampleAlert.hostName] = process.argv.slice(2);
/** As many as the enforcer has on their way. */
const window = 256;
const warmUp = 20_000;

const bus = await connect({ servers: url, name: "scale", signal: new AbortController().signal, log: silentLog });
await publish(bus, "warm", warmUp);
const [cpu, begun] = [process.cpuUsage(), performance.now()];
await publish(bus, "alert", Number(count));
const { user, system } = process.cpuUsage(cpu);
const wallMs = performance.now() - begun;
process.stdout.write(JSON.stringify({ cpuMs: (user + system) / 1_000, wallMs, published: warmUp + Number(count) }));
await bus.close();

async function publish(to: Bus, name: string, many: number): Promise<void> {
  for (let from = 0; from < many; from += window)
    await Promise.all(Array.from({ length: Math.min(window, many - from) }, (_, k) => one(to, name, from + k)));
}

function one(to: Bus, name: string, n: number): Promise<unknown> {
  const alert = {
    ...exampleAlert,
    ...{ hostName: node, id: `${node}/${name}/${n}`, pid: n, podName: `web-${n % 50}`, policyName: `policy-${n % 7}` },
    ...{ labels: { app: "web", tier: "web", team: "t1", "pod-template-hash": "7c966b5d85" } },
  };
  return to.publishAlert(fitAlert(alert).bytes);
}
