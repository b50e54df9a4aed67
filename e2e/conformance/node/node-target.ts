/**
 * The node target: cases in one guest without Kubernetes. Objects lie in a store of the runner's own, which the controller's process watches as it
 * watches an API server; pods are containers started by crun; enforcer, bus and engine are the real ones. docs/adr/0012.
 */
import { group, kinds, type PolicyKind, version } from "@portcullis/api";
import { type Artifacts, artifacts as artifactsOf, cacheDirectory } from "@portcullis/tools/setup";
import { AlertSubscription, type GuestShell, type LoneGuest, startLoneGuest } from "../../cluster/index.ts";
import { imageReference } from "../../fixtures/fixture-images.ts";
import { execOnHost, sessionShell } from "../host-exec.ts";
import { hostFixture } from "../host-fixture.ts";
import type { ArrivedAlert, KubeObject, RunningTarget, Target } from "../target.ts";
import { AlertBarrier } from "./alert-barrier.ts";
import { type FixtureDisk, fixtureDisk } from "./fixture-disk.ts";
import { execsFolder, knownFolder, NodePods, podsFolder } from "./node-pods.ts";
import { serveObjects } from "./object-server.ts";
import { type ObjectPlace, ObjectStore } from "./object-store.ts";
import {
  configMapName,
  enforcerDisk,
  nodeName,
  ports,
  startBus,
  startController,
  startEnforcer,
} from "./product-on-node.ts";

/** Where pods find what stands for the internet: one of the guest's own addresses. */
const internetAddress = "10.243.0.1";

/** Run once in the guest that is then saved: what every run needs, and a first container, so that crun is in memory. */
const prepare = (internet: string): string => `set -eu
mount --make-rshared /
ip addr add ${internetAddress}/32 dev lo
ip link set lo up
setsid ${internet} ${internetAddress} >/var/log/internet.log 2>&1 </dev/null &
ip addr add 10.0.1.15/16 dev eth0
ip link set eth0 up
hostname ${nodeName}
mkdir -p ${knownFolder} ${podsFolder} ${execsFolder} /var/lib/kubelet/pods /sys/fs/cgroup/kubepods/besteffort
${hostFixture("$(dirname /programs/layers/*/readline)")}
cp /bin/bash ${sessionShell}
crun --version
cat /programs/layers/*/bin/bash > /dev/null
`;

/** Its program on the disk of fixtures. */
function internetProgram({ images }: FixtureDisk): string {
  const [layer = ""] = images.get(imageReference("internet"))?.layers ?? [];
  return `/programs/${layer}/internet`;
}

/** The target with the guest that it is. */
export type NodeTarget = RunningTarget & { readonly guest: GuestShell };

/** `countsSeconds`: how often repetitions are told as counts; so soon, unless something else is said, that no case has to wait for them. */
export async function startNodeTarget({ countsSeconds = 0.2 } = {}): Promise<NodeTarget> {
  const artifacts: Artifacts = artifactsOf(cacheDirectory(process.env));
  const [fixtures, load] = await Promise.all([fixtureDisk(artifacts), enforcerDisk(artifacts)]);
  const lone = await startLoneGuest({
    ...{
      artifacts,
      name: "conformance-node",
      programs: fixtures.path,
      load,
      prepare: prepare(internetProgram(fixtures)),
    },
    ...{ outward: [ports.bus], memoryMiB: 3072 },
  });
  const store = new ObjectStore();
  store.put({ collection: "/api/v1/nodes", name: nodeName }, nodeObject({}));
  const server = await serveObjects(store, lone.host, ports.objects);
  const servers = await startBus(lone, artifacts);
  let told: Told | undefined;
  const end = async (): Promise<void> => {
    await told?.alerts.close();
    await told?.logs.close();
    await lone.end();
    server.closeAllConnections();
    server.close();
  };
  try {
    store.put(configPlace, configObject({}));
    await startController(lone, servers);
    await startEnforcer(lone, { servers, countsSeconds, store });
    // The controller has made the streams by now.
    const address = async () => ({ servers });
    told = { alerts: new AlertSubscription(address), logs: new AlertSubscription(address, "logs") };
    await Promise.all([told.alerts.ready, told.logs.ready]);
    const bare = nodeTarget(store, lone.guest, new NodePods({ guest: lone.guest, images: fixtures.images }), told);
    const image = imageReference("multiubuntu");
    const barrier = await AlertBarrier.raise({ guest: lone.guest, target: bare, image });
    // The getters of its alerts and logs have to stay such.
    const target = Object.assign(bare, { settled: () => barrier.passed() });
    return { target, guest: lone.guest, logs: () => keepLogs(lone), end };
  } catch (error) {
    process.stderr.write(`logs of the node: ${await keepLogs(lone)}\n`);
    await end();
    throw error;
  }
}

const keepLogs = async (lone: LoneGuest): Promise<string> => {
  const read = async (script: string) => (await lone.guest.run(script, { timeoutMs: 60_000 }).catch(String)) as unknown;
  const text = (result: unknown) => (typeof result === "string" ? result : (result as { stdout: string }).stdout);
  return await lone.keepLogs({
    "enforcer.log": text(await read("cat /var/log/enforcer.log")),
    "cri.log": text(await read("cat /var/log/cri.log")),
    dmesg: text(await read("dmesg | tail -300; ps axo pid,ppid,stat,etimes,rss,args")),
  });
};

const nodeObject = (labels: Readonly<Record<string, string>>): KubeObject => ({
  ...{ apiVersion: "v1", kind: "Node" },
  metadata: { name: nodeName, labels: { "kubernetes.io/hostname": nodeName, ...labels } },
});

const configPlace = { collection: "/api/v1/configmaps", namespace: "portcullis", name: configMapName };

/** The global configuration. No case with pods minds that programs of the node itself may be denied the network. */
const configObject = (config: Readonly<Record<string, string>>): KubeObject => ({
  ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: configMapName, namespace: "portcullis" } },
  data: { hostDefaultNetworkPosture: "block", ...config },
});

const plurals: Readonly<Record<string, string>> = {
  Namespace: "namespaces",
  Pod: "pods",
  ConfigMap: "configmaps",
  Secret: "secrets",
};

function placeOf({ kind, metadata }: KubeObject): ObjectPlace {
  const { name, namespace } = metadata;
  const core = plurals[kind];
  const collection = core ? `/api/v1/${core}` : `/apis/${group}/${version}/${kinds[kind as PolicyKind].plural}`;
  return { collection, namespace, name };
}

/** What the enforcer publishes. */
interface Told {
  readonly alerts: AlertSubscription;
  readonly logs: AlertSubscription;
}

function nodeTarget(store: ObjectStore, guest: GuestShell, pods: NodePods, { alerts, logs }: Told): Target {
  const dataOf = (namespace: string) => (kind: "ConfigMap" | "Secret", name: string) => {
    const object = store.get(placeOf({ apiVersion: "v1", kind, metadata: { name, namespace } }));
    return object && ((kind === "Secret" ? object.stringData : object.data) as Record<string, string> | undefined);
  };
  const apply = async (object: KubeObject): Promise<void> => {
    const place = placeOf(object);
    const isNew = store.get(place) === undefined;
    if (object.kind === "Pod" && isNew) {
      const stored = store.put(place, { ...object, spec: { ...(object.spec as object), nodeName } });
      await pods.start(stored, dataOf(stored.metadata.namespace ?? ""));
      store.putStatus(place, runningStatus(stored));
      return;
    }
    const before = store.get(place);
    store.put(place, object.kind === "Pod" ? { ...object, spec: before?.spec } : object);
    if (!isNew && (object.kind === "ConfigMap" || object.kind === "Secret"))
      await pods.update(object.metadata.namespace ?? "", object.kind, object.metadata.name);
  };
  const remove = async (object: KubeObject): Promise<void> => {
    const place = placeOf(object);
    const stored = store.get(place);
    // What the controller sees goes first, and at once.
    store.delete(place);
    const inside = object.kind === "Namespace" ? store.list("/api/v1/pods") : [];
    const ended = inside.filter(({ metadata }) => metadata.namespace === object.metadata.name).map(remove);
    if (object.kind === "Pod" && stored) await pods.remove(stored.metadata.uid);
    await Promise.all(ended);
  };
  return {
    apply: async (objects) => {
      // What pods refer to has to be there before them.
      for (const object of objects) if (object.kind !== "Pod") await apply(object);
      await Promise.all(objects.filter(({ kind }) => kind === "Pod").map(apply));
    },
    remove: async (objects) => {
      await Promise.all(objects.map(remove));
    },
    read: async (object) => store.get(placeOf(object)),
    exec: async ({ namespace, pod, container }, argv, options) => {
      const stored = store.get(placeOf({ apiVersion: "v1", kind: "Pod", metadata: { name: pod, namespace } }));
      return await pods.exec({ uid: stored?.metadata.uid ?? "", container }, argv, options);
    },
    execOnHost: (argv, options) => execOnHost(guest, argv, options),
    labelNode: async (labels) => {
      store.put({ collection: "/api/v1/nodes", name: nodeName }, nodeObject(labels));
    },
    configure: async (config) => {
      store.put(configPlace, configObject(config));
    },
    restart: async ({ namespace, pod, container }) => {
      const stored = store.get(placeOf({ apiVersion: "v1", kind: "Pod", metadata: { name: pod, namespace } }));
      await pods.restart(stored?.metadata.uid ?? "", container);
    },
    update: (data) => apply(data),
    internet: async () => internetAddress,
    get alerts() {
      return alerts.since() as readonly ArrivedAlert[];
    },
    get logs() {
      return logs.since() as readonly ArrivedAlert[];
    },
    nextAlert: (timeoutMs) => Promise.race([alerts.next(timeoutMs), logs.next(timeoutMs)]),
    enforcedWithinMs: 40_000,
  };
}

function runningStatus({ spec }: KubeObject) {
  const { containers } = spec as { containers: readonly { name: string }[] };
  const containerStatuses = containers.map(({ name }) => ({ name, ready: true, state: { running: {} } }));
  return { phase: "Running", containerStatuses };
}
