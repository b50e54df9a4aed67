/** A real cluster as the runner's target. */
import { ApiException, type KubernetesObject, KubernetesObjectApi } from "@kubernetes/client-node";
import { type Alerts, type Cluster, startCluster } from "../cluster/index.ts";
import { imageReference } from "../fixtures/fixture-images.ts";
import { execOnHost } from "./host-exec.ts";
import { hostFixture } from "./host-fixture.ts";
import type { Outcome } from "./match.ts";
import type { ArrivedAlert, KubeObject, RunningTarget, Target } from "./target.ts";

export async function startClusterTarget(nodes: 1 | 2): Promise<RunningTarget> {
  const cluster = await startCluster({ nodes, name: "conformance" });
  const alerts = cluster.alerts();
  const telemetry = cluster.telemetry();
  await Promise.all([alerts.ready, telemetry.ready]);
  await cluster.guest(1).check(hostFixture());
  return { target: clusterTarget(cluster, alerts, telemetry), logs: () => cluster.logs(), end: () => cluster.end() };
}

interface PodObject extends KubeObject {
  metadata: KubeObject["metadata"] & { uid?: string };
  status?: {
    podIP?: string;
    containerStatuses?: { name: string; containerID?: string; restartCount: number; ready: boolean }[];
  };
}

function clusterTarget(cluster: Cluster, alerts: Alerts, telemetry: Alerts): Target {
  const objects = KubernetesObjectApi.makeApiClient(cluster.config);
  const read = async (object: KubeObject): Promise<KubeObject | undefined> => {
    try {
      return (await objects.read(object)) as unknown as KubeObject;
    } catch (error) {
      if (error instanceof ApiException && error.code === 404) return undefined;
      throw error;
    }
  };
  const readPod = async (name: string, namespace: string | undefined): Promise<PodObject | undefined> =>
    (await read({ apiVersion: "v1", kind: "Pod", metadata: { name, ...(namespace ? { namespace } : {}) } })) as
      | PodObject
      | undefined;
  let internet: Promise<string> | undefined;
  return {
    internet: () => {
      internet ??= startInternet(cluster, readPod);
      return internet;
    },
    apply: async (objects) => await cluster.apply(objects as readonly KubernetesObject[]),
    remove: async (objects) => await cluster.delete(objects as readonly KubernetesObject[], { wait: false }),
    read,
    exec: async (where, argv, { tty, timeoutMs }): Promise<Outcome> => {
      const r = await cluster.exec(where, argv, { tty, timeoutMs });
      const output = r.stdout + r.stderr + (r.startError ?? "");
      return { exitCode: r.exitCode ?? 126, output, failedToStart: r.startError !== null };
    },
    execOnHost: (argv, options) => execOnHost(cluster.guest(1), argv, options),
    labelNode: async (labels) => {
      const node = { apiVersion: "v1", kind: "Node", metadata: { name: cluster.nodes[0], labels } };
      await cluster.apply([node as KubernetesObject]);
    },
    configure: async (data) => {
      const metadata = { name: "portcullis-config", namespace: "portcullis" };
      await cluster.apply([{ apiVersion: "v1", kind: "ConfigMap", metadata, data } as KubernetesObject]);
    },
    restart: async ({ namespace, pod, container }) => {
      const statusOf = async () =>
        (await readPod(pod, namespace))?.status?.containerStatuses?.find(({ name }) => name === container);
      const before = await statusOf();
      const id = before?.containerID?.replace(/^.*:\/\//, "") ?? "";
      await cluster.guest(1).check(`ctr -n k8s.io task kill -s SIGKILL ${id}`);
      const isBack = async () => {
        const now = await statusOf();
        return now?.ready && now.restartCount > (before?.restartCount ?? 0);
      };
      await cluster.until(`container ${container} of ${pod} to run again`, isBack);
    },
    update: async (data, pod) => {
      const { name, namespace } = pod.metadata;
      await cluster.apply([data as KubernetesObject]);
      // A pod that changes is looked after at once; otherwise the kubelet comes by once a minute.
      const touched = { metadata: { ...pod.metadata, annotations: { "portcullis.dev/updated": String(Date.now()) } } };
      await cluster.apply([{ ...pod, ...touched } as KubernetesObject]);
      const files = Object.entries((data.data ?? data.stringData) as Record<string, string>);
      const uid = (await readPod(name, namespace))?.metadata.uid ?? "";
      // A Secret's or ConfigMap's name is `<pod>-<volume>` (case-objects.ts).
      const volume = data.metadata.name.slice(name.length + 1);
      const folder = `/var/lib/kubelet/pods/${uid}/volumes/kubernetes.io~${data.kind.toLowerCase()}/${volume}`;
      const isThere = async () => {
        const seen = await Promise.all(files.map(([file]) => cluster.guest(1).run(`cat '${folder}/${file}'`)));
        return seen.every(({ stdout }, i) => stdout === files[i]?.[1]);
      };
      await cluster.until(`volume ${volume} of ${name} to show its new files`, isThere, 120_000);
    },
    // Its node is emulated, and what starts several workloads at once there does everything slowly.
    enforcedWithinMs: 120_000,
    get alerts() {
      return alerts.since() as readonly ArrivedAlert[];
    },
    get logs() {
      return telemetry.since() as readonly ArrivedAlert[];
    },
    nextAlert: (timeoutMs) => Promise.race([alerts.next(timeoutMs), telemetry.next(timeoutMs)]),
  };
}

/** A pod of no tracked namespace, whose address is what it answers with. */
async function startInternet(
  cluster: Cluster,
  readPod: (name: string, namespace: string) => Promise<PodObject | undefined>,
): Promise<string> {
  const [name, namespace] = ["internet", "kube-system"];
  const address = { name: "ADDRESS", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } };
  const server = { name, image: imageReference("internet"), imagePullPolicy: "Never", env: [address] };
  const containers = [{ ...server, command: ["/internet", "$(ADDRESS)"] }];
  const spec = { automountServiceAccountToken: false, terminationGracePeriodSeconds: 0, containers };
  const pod = { apiVersion: "v1", kind: "Pod", metadata: { name, namespace }, spec };
  await cluster.apply([pod as KubernetesObject]);
  await cluster.podReady(namespace, name);
  return (await readPod(name, namespace))?.status?.podIP ?? "";
}
