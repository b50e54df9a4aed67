/**
 * `npm run demo [-- --keep]`: a real cluster, the chart installed by helm, policies applied, commands tried, alerts read.
 * Ends with status 0 only if everything was seen as promised. `--keep` leaves the cluster up until Ctrl-C.
 */
import { parseArgs } from "node:util";
import { artifacts, cacheDirectory } from "@portcullis/tools/setup";
import { busLogin, startCluster } from "../cluster/index.ts";
import { play } from "./scenes.ts";

const { values } = parseArgs({ options: { keep: { type: "boolean", default: false } } });
const began = performance.now();
const seconds = (): string => `${((performance.now() - began) / 1000).toFixed(1)} s`;
const told = {
  heading: (text: string): void => void process.stdout.write(`\n== ${text} (${seconds()})\n`),
  line: (text: string): void => void process.stdout.write(`${text}\n`),
};

told.heading(
  "A cluster: control plane on this machine, one node in a guest whose kernel has BPF-LSM, Portcullis by helm",
);
await using cluster = await startCluster({ name: "demo" });
told.line(await cluster.kubectl(["get", "nodes,pods", "-A", "-o", "wide"]));
try {
  await play(cluster, told);
  told.heading("All of it was seen as promised");
} catch (error) {
  told.heading(`Not as promised: ${error instanceof Error ? error.message : String(error)}`);
  told.line(`logs of the cluster: ${await cluster.logs()}`);
  process.exitCode = 1;
}
if (values.keep) {
  const bin = artifacts(cacheDirectory(process.env)).bin;
  const namespace = cluster.release?.namespace ?? "portcullis";
  told.heading("The cluster stays up until Ctrl-C");
  told.line(`export KUBECONFIG=${cluster.kubeconfig} PATH=${bin}:$PATH`);
  told.line("kubectl get ksp -A -o wide");
  const { user, password } = await busLogin("reader", namespace, cluster.kubectl);
  told.line(`kubectl -n ${namespace} get configmap portcullis-nats-ca -o jsonpath='{.data.ca\\.crt}' > nats-ca.crt`);
  told.line(`kubectl -n ${namespace} port-forward svc/portcullis-nats 4222 &`);
  const login = `--server tls://127.0.0.1:4222 --tlsca nats-ca.crt --user ${user} --password ${password}`;
  told.line(`nats ${login} subscribe 'portcullis.v2.json.>'`);
  await new Promise<void>((resolve) => {
    const alive = setInterval(() => {}, 60_000);
    for (const signal of ["SIGINT", "SIGTERM"] as const)
      process.once(signal, () => {
        clearInterval(alive);
        resolve();
      });
  });
}
