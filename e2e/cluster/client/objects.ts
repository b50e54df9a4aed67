/** What tests do to a cluster through its API: apply, delete, wait for pods. */
import {
  ApiException,
  CoreV1Api,
  type KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
  loadAllYaml,
  PatchStrategy,
  type V1Pod,
} from "@kubernetes/client-node";
import { ClusterError } from "../errors.ts";
import type { PodSelector } from "../types.ts";
import { until } from "../wait.ts";

type Manifest = string | KubernetesObject | readonly KubernetesObject[];

export class Objects {
  readonly #api: KubernetesObjectApi;
  readonly #core: CoreV1Api;

  constructor(config: KubeConfig) {
    this.#api = KubernetesObjectApi.makeApiClient(config);
    this.#core = config.makeApiClient(CoreV1Api);
  }

  /** Server-side apply, one object after the other, so that a namespace is there for what follows it. */
  async apply(manifest: Manifest, namespace?: string): Promise<void> {
    for (const object of parsed(manifest, namespace)) {
      const applied = () => this.#api.patch(object, undefined, undefined, "e2e", true, PatchStrategy.ServerSideApply);
      await applied().catch((error) => {
        throw refused("apply", object, error);
      });
    }
  }

  async delete(manifest: Manifest, namespace?: string, wait = true): Promise<void> {
    const objects = parsed(manifest, namespace).reverse();
    for (const object of objects) {
      // Pods of tests have nothing to clean up, and a sleeping shell would use up the whole grace period.
      const grace = object.kind === "Pod" ? 1 : undefined;
      await this.#api.delete(object, undefined, undefined, grace, undefined, "Background").catch((error) => {
        if (!absent(error)) throw refused("delete", object, error);
      });
    }
    if (!wait) return;
    for (const object of objects) {
      const reading = async () => (await this.#api.read(object as never).then(() => false, absent)) === true;
      await until(`${named(object)} to be gone`, reading, { timeoutMs: 120_000, everyMs: 150 });
    }
  }

  async podReady(namespace: string, pod: string | PodSelector, timeoutMs: number): Promise<string[]> {
    const what = `pods ${typeof pod === "string" ? pod : selector(pod)} in ${namespace} to be Ready`;
    let seen = "no such pod";
    const probe = async () => {
      const pods = await this.pods(namespace, pod);
      seen = pods.map(described).join("; ") || "no such pod";
      if (pods.length === 0 || !pods.every(isReady)) throw new Error(seen);
      return pods.map((p) => p.metadata?.name ?? "");
    };
    return until(what, probe, { timeoutMs, everyMs: 150 });
  }

  /** Pods that are there and not being deleted, by name or labels. */
  async pods(namespace: string, pod: string | PodSelector): Promise<V1Pod[]> {
    const found =
      typeof pod === "string"
        ? await this.#core.readNamespacedPod({ namespace, name: pod }).then(
            (found) => [found],
            (error) => {
              if (absent(error)) return [];
              throw error;
            },
          )
        : (await this.#core.listNamespacedPod({ namespace, labelSelector: selector(pod) })).items;
    return found.filter((p) => !p.metadata?.deletionTimestamp);
  }
}

const selector = (labels: PodSelector): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");

function parsed(manifest: Manifest, namespace?: string): KubernetesObject[] {
  const objects = typeof manifest === "string" ? loadAllYaml(manifest) : [manifest].flat();
  return objects.filter(Boolean).map((object: KubernetesObject) => {
    if (!object.kind || !object.apiVersion || !object.metadata?.name) {
      throw new ClusterError("E2E_OPTION", `apiVersion, kind and metadata.name are needed: ${JSON.stringify(object)}`);
    }
    return namespace && !object.metadata.namespace
      ? { ...object, metadata: { ...object.metadata, namespace } }
      : object;
  });
}

const named = (o: KubernetesObject): string => `${o.kind} ${o.metadata?.namespace ?? ""}/${o.metadata?.name}`;
const absent = (error: unknown): boolean => error instanceof ApiException && error.code === 404;

function refused(verb: string, object: KubernetesObject, error: unknown): ClusterError {
  const said = error instanceof ApiException ? `${error.code} ${message(error.body)}` : String(error);
  return new ClusterError("E2E_COMMAND_FAILED", `${verb} ${named(object)}: ${said}`, { cause: error });
}

function message(body: unknown): string {
  try {
    return (JSON.parse(String(body)) as { message: string }).message;
  } catch {
    return typeof body === "string" ? body : JSON.stringify(body);
  }
}

const isReady = (pod: V1Pod): boolean =>
  pod.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True") ?? false;

/** The state of a pod in a line: phase, and what each container waits for or how it ended. */
function described(pod: V1Pod): string {
  const all = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const containers = all.map(({ name, state, restartCount }) => {
    const now = state?.waiting ?? state?.terminated;
    return `${name} ${state?.running ? "running" : [now?.reason, now?.message].filter(Boolean).join(": ")} (${restartCount} restarts)`;
  });
  const held = pod.status?.conditions?.find((c) => c.type === "PodScheduled" && c.status === "False")?.message;
  return `${pod.metadata?.name} ${pod.status?.phase} [${containers.join(", ")}]${held ? ` ${held}` : ""}`;
}
