/** The waits of the runner, each bounded, each saying what it waited for and what it saw last. */
import { WaitedInVainError } from "../cluster/index.ts";
import type { KubeObject, Target } from "./target.ts";

const pauseMs = 100;
const noWorkloadMs = 6_000;

/** Whether `done` came true within the time; `pause` is what to do between two looks. */
export async function comesTrue(
  done: () => boolean | Promise<boolean>,
  timeoutMs: number,
  pause: (leftMs: number) => Promise<void> = (leftMs) => new Promise((r) => setTimeout(r, Math.min(pauseMs, leftMs))),
): Promise<boolean> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    if (await done()) return true;
    const left = end - performance.now();
    if (left <= 0) return false;
    await pause(left);
  }
}

interface PodStatus {
  phase?: string;
  containerStatuses?: { ready?: boolean; state?: unknown }[];
}
interface Condition {
  reason?: string;
  type: string;
  status: string;
  observedGeneration?: number;
  message?: string;
}

/** Resolves when every container of every pod runs. Throws WaitedInVainError with the last status. */
export async function waitForPods(target: Target, pods: readonly KubeObject[]): Promise<void> {
  await Promise.all(
    pods.map(async (pod) => {
      let last: PodStatus = {};
      const wanted = (pod.spec as { containers: unknown[] }).containers.length;
      const running = await comesTrue(async () => {
        last = ((await target.read(pod))?.status ?? {}) as PodStatus;
        return last.phase === "Running" && (last.containerStatuses ?? []).filter((s) => s.ready).length === wanted;
      }, 120_000);
      if (!running) throw new WaitedInVainError(`pod ${pod.metadata.name} does not run: ${JSON.stringify(last)}`);
    }),
  );
}

/**
 * Resolves when the status of every policy speaks of its current generation: Enforced, or Accepted=False for one that is
 * refused. One that selects a pod of `pods` is not taken for enforced while its status says that there is nothing to
 * enforce. Throws WaitedInVainError with the conditions seen.
 */
export async function waitForPolicies(
  target: Target,
  policies: readonly KubeObject[],
  pods: readonly KubeObject[],
): Promise<void> {
  await Promise.all(
    policies.map(async (policy) => {
      let last: Condition[] = [];
      let idleSince: number | undefined;
      const selects = selectsOne(policy, pods);
      const settled = await comesTrue(async () => {
        const read = await target.read(policy);
        last = ((read?.status as { conditions?: Condition[] } | undefined)?.conditions ?? []) as Condition[];
        const generation = Number(read?.metadata.generation ?? 0);
        const now = last.filter((k) => (k.observedGeneration ?? 0) >= generation);
        const refused = now.some((k) => k.type === "Accepted" && k.status === "False" && k.reason !== "PartlyAccepted");
        const enforced = now.find((k) => k.type === "Enforced" && (k.status === "True" || k.reason === "NoWorkload"));
        // A controller that has not heard of the pods yet says that there is nothing to enforce: give it time to.
        const idle = enforced?.reason === "NoWorkload";
        idleSince = idle ? (idleSince ?? performance.now()) : undefined;
        const early = idle && (selects ?? performance.now() - (idleSince ?? 0) < noWorkloadMs);
        return refused || (enforced !== undefined && !early);
      }, target.enforcedWithinMs);
      if (!settled)
        throw new WaitedInVainError(`policy ${policy.metadata.name} is not enforced: ${JSON.stringify(last)}`);
    }),
  );
}

/** Whether a policy selects one of the pods, as far as that shows without deciding it: by namespace, labels and names of containers. */
function selectsOne(policy: KubeObject, pods: readonly KubeObject[]): boolean | undefined {
  const selector = (policy.spec as { selector?: { matchLabels?: Record<string, string> } } | undefined)?.selector;
  if (policy.kind !== "KubeArmorPolicy" || Object.keys(selector ?? {}).join() !== "matchLabels") return undefined;
  const { "kubearmor.io/container.name": names = "", ...labels } = selector?.matchLabels ?? {};
  if (Object.keys(labels).some((key) => key.startsWith("kubearmor.io/"))) return undefined;
  const containers = names.split(/[[\],\s]+/).filter((name) => name !== "");
  return pods.some(
    (pod) =>
      pod.metadata.namespace === policy.metadata.namespace &&
      Object.entries(labels).every(
        ([key, value]) => (pod.metadata.labels as Record<string, string>)?.[key] === value,
      ) &&
      (pod.spec as { containers: { name: string }[] }).containers.some(
        ({ name }) => containers.length === 0 || containers.includes(name),
      ),
  );
}
