/** Reading and awaiting the status of policies. */
import type { Cluster } from "../cluster/index.ts";

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message?: string;
  readonly observedGeneration?: number;
}

interface PolicyObject {
  metadata: { generation: number };
  status?: { conditions?: Condition[] };
}

/** Conditions of a policy by type, those alone that speak of its current generation. */
async function conditions(cluster: Cluster, namespace: string, policy: string): Promise<Map<string, Condition>> {
  const text = await cluster.kubectl(["-n", namespace, "get", "ksp", policy, "-o", "json"]);
  const read = JSON.parse(text) as PolicyObject;
  const current = (read.status?.conditions ?? []).filter(
    (c) => (c.observedGeneration ?? 0) >= read.metadata.generation,
  );
  return new Map(current.map((c) => [c.type, c]));
}

/**
 * Waits for a condition to have a status; the time-out names what was seen. The policies of these tests select running pods: while
 * the controller does not know the pod yet, its word that there is nothing to enforce (NoWorkload) is not what is waited for.
 */
export async function awaitCondition(
  cluster: Cluster,
  namespace: string,
  policy: string,
  type: string,
  status: "True" | "False" = "True",
): Promise<Condition> {
  return await cluster.until(
    `policy ${policy} to be ${type}=${status}`,
    async () => {
      const condition = (await conditions(cluster, namespace, policy)).get(type);
      return condition?.status === status && condition.reason !== "NoWorkload" && condition;
    },
    400_000,
  );
}
