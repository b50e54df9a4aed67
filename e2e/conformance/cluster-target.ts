/** A real cluster as the runner's target. */
import { ApiException, type KubernetesObject, KubernetesObjectApi } from "@kubernetes/client-node";
import { type Alerts, type Cluster, startCluster } from "../cluster/index.ts";
import type { Outcome } from "./match.ts";
import type { ArrivedAlert, KubeObject, RunningTarget, Target } from "./target.ts";

export async function startClusterTarget(nodes: 1 | 2): Promise<RunningTarget> {
  const cluster = await startCluster({ nodes, name: "conformance" });
  const alerts = cluster.alerts();
  await alerts.ready;
  return { target: clusterTarget(cluster, alerts), logs: () => cluster.logs(), end: () => cluster.end() };
}

function clusterTarget(cluster: Cluster, alerts: Alerts): Target {
  const objects = KubernetesObjectApi.makeApiClient(cluster.config);
  return {
    apply: async (objects) => await cluster.apply(objects as readonly KubernetesObject[]),
    remove: async (objects) => await cluster.delete(objects as readonly KubernetesObject[], { wait: false }),
    read: async (object) => {
      try {
        return (await objects.read(object)) as unknown as KubeObject;
      } catch (error) {
        if (error instanceof ApiException && error.code === 404) return undefined;
        throw error;
      }
    },
    exec: async (where, argv, { tty, timeoutMs }): Promise<Outcome> => {
      const r = await cluster.exec(where, argv, { tty, timeoutMs });
      const output = r.stdout + r.stderr + (r.startError ?? "");
      return { exitCode: r.exitCode ?? 126, output, failedToStart: r.startError !== null };
    },
    get alerts() {
      return alerts.since() as readonly ArrivedAlert[];
    },
    nextAlert: async (timeoutMs) => await new Promise((resolve) => setTimeout(resolve, Math.min(50, timeoutMs))),
  };
}
