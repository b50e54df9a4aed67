/** A real cluster as the runner's target. */
import { ApiException, type KubernetesObject, KubernetesObjectApi } from "@kubernetes/client-node";
import type { Alerts, Cluster } from "../cluster/index.ts";
import type { Outcome } from "./match.ts";
import type { ArrivedAlert, KubeObject, Target } from "./target.ts";

export function clusterTarget(cluster: Cluster, alerts: Alerts): Target {
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
