/** Starts a cluster, says so, and stays: for the test that kills it. */
import { startCluster } from "../cluster/index.ts";

const cluster = await startCluster({ chart: false, name: "hold" });
process.stdout.write("started\n");
setInterval(() => void cluster.nodes, 60_000);
