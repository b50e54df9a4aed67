// A real cluster for one test file: control plane on loopback, nodes in guests, the product installed.
import { HarnessError } from "./errors.ts";
import type { Cluster, ClusterOptions } from "./types.ts";

export { HarnessError } from "./errors.ts";
export type * from "./types.ts";

/** Starts a cluster: from a saved one where there is one, and saves it where there is none. End it with `await using` or `end()`. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  throw new HarnessError("E2E_OPTION", `no cluster with ${JSON.stringify(options)} can be made yet`);
}
