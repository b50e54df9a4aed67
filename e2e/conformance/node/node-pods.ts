/**
 * Pods in the guest, without kubelet and without a sandbox's process: namespaces of the pod's own, an overlay of its image's layers for
 * each container, crun. One script of the guest's shell a pod.
 */
import { randomBytes } from "node:crypto";
import { ClusterError, type GuestShell } from "../../cluster/index.ts";
import type { Outcome } from "../match.ts";
import type { FixtureImage } from "./fixture-disk.ts";
import type { StoredObject } from "./object-store.ts";
import { type OciProcess, ociSpec } from "./oci-spec.ts";
import { type PodContainer, type PodSpec, quoted, writing } from "./pod.ts";
import { type DataOf, PodVolumes, podFolder } from "./pod-volumes.ts";

interface RunningContainer {
  readonly id: string;
  readonly spec: PodContainer;
  readonly process: OciProcess;
}

interface NodePod {
  readonly object: StoredObject;
  readonly spec: PodSpec;
  readonly volumes: PodVolumes;
  /** By name. */
  readonly containers: Map<string, RunningContainer>;
}

export interface NodePodsOptions {
  readonly guest: GuestShell;
  readonly images: ReadonlyMap<string, FixtureImage>;
}

/** Where the guest keeps what it knows of containers (cri-server.ts), and the containers themselves. */
export const knownFolder = "/run/known";
const containersFolder = "/var/lib/containers";
const podsFolder = "/run/pods";
const startMs = 60_000;
/** Divides what a command wrote from what the runtime says. */
const divider = "\n--- said by crun: ";

export class NodePods {
  readonly #options: NodePodsOptions;
  /** By uid. */
  readonly #pods = new Map<string, NodePod>();
  #execs = 0;

  constructor(options: NodePodsOptions) {
    this.#options = options;
  }

  /** Starts a pod's containers, init containers first, each to its end. Rejects with what the guest said. */
  async start(object: StoredObject, data: DataOf): Promise<void> {
    const { uid, name, namespace = "default" } = object.metadata;
    const spec = object.spec as PodSpec;
    const pod: NodePod = { object, spec, volumes: new PodVolumes(uid, spec, data), containers: new Map() };
    this.#pods.set(uid, pod);
    const script = [
      "set -eu",
      sandbox(uid, name),
      pod.volumes.make(namespace),
      ...(spec.initContainers ?? []).map((container) => this.#container(pod, container, { toItsEnd: true })),
      ...spec.containers.map((container) => this.#container(pod, container, { toItsEnd: false })),
    ];
    await this.#options.guest.check(script.join("\n"), { timeoutMs: startMs });
  }

  /** Ends a container and starts it anew: another id, a fresh upper layer, the same pod. */
  async restart(uid: string, name: string): Promise<void> {
    const pod = this.#pod(uid);
    const old = this.#running(pod, name);
    const script = ["set -eu", ended(old.id), this.#container(pod, old.spec, { toItsEnd: false })];
    await this.#options.guest.check(script.join("\n"), { timeoutMs: startMs });
  }

  /** Writes new contents into every volume made of this ConfigMap or Secret. */
  async update(namespace: string, kind: "ConfigMap" | "Secret", name: string): Promise<void> {
    const scripts = [...this.#pods.values()]
      .filter(({ object }) => object.metadata.namespace === namespace)
      .map(({ volumes }) => volumes.update(kind, name))
      .filter((script) => script !== "");
    if (scripts.length > 0) await this.#options.guest.check(`set -eu\n${scripts.join("\n")}`);
  }

  /** Ends a pod and removes all there is of it. */
  async remove(uid: string): Promise<void> {
    const pod = this.#pods.get(uid);
    if (!pod) return;
    this.#pods.delete(uid);
    const ids = [...pod.containers.values()].map(({ id }) => id);
    const script = [
      ...ids.map(ended),
      `grep -o ' ${podsFolder}/${uid}/[^ ]*\\| ${podFolder(uid)}/[^ ]*' /proc/self/mountinfo | tac | xargs -r umount -l`,
      `rm -rf ${podsFolder}/${uid} ${podFolder(uid)}`,
      `rmdir /sys/fs/cgroup/${podCgroup(uid)} 2>/dev/null || true`,
    ];
    await this.#options.guest.run(script.join("\n"), { timeoutMs: startMs });
  }

  /** Runs a command in a container, as the runtime does for kubelet. */
  async exec(
    where: { readonly uid: string; readonly container: string },
    argv: readonly string[],
    options: { readonly tty: boolean; readonly timeoutMs: number },
  ): Promise<Outcome> {
    const { id, process } = this.#running(this.#pod(where.uid), where.container);
    const at = `/run/exec-${++this.#execs}`;
    const given = { ...process, args: argv, terminal: options.tty };
    const command = `crun --log=${at}/log exec --process=${at}/process.json ${id}`;
    const script = [
      `mkdir ${at}`,
      writing(`${at}/process.json`, JSON.stringify(given)),
      // A pipe that nobody writes to and that never ends: the terminal's input stays open and empty.
      options.tty ? `mkfifo ${at}/input; script -qefc ${quoted(command)} /dev/null 0<>${at}/input` : command,
      "status=$?",
      `[ ! -s ${at}/log ] || { printf %s ${quoted(divider)}; cat ${at}/log; } >&2`,
      `rm -rf ${at}`,
      "exit $status",
    ];
    const { exitCode, stdout, stderr } = await this.#options.guest.run(script.join("\n"), options);
    const [wrote = "", said] = stderr.split(divider);
    return { exitCode, output: stdout + wrote + (said ?? ""), failedToStart: said !== undefined && exitCode !== 0 };
  }

  #container(pod: NodePod, container: PodContainer, { toItsEnd }: { toItsEnd: boolean }): string {
    const { uid, name, namespace = "default" } = pod.object.metadata;
    const image = this.#options.images.get(container.image);
    if (!image) throw new ClusterError("E2E_OPTION", `there is no image ${container.image}`);
    const id = randomBytes(32).toString("hex");
    const { script, mounts } = pod.volumes.mountsOf(container);
    const at = `${podsFolder}/${uid}`;
    const log = `${podFolder(uid)}/containers/${container.name}`;
    const oci = ociSpec({
      ...{ container, image: image.config, pod: name, namespaces: at },
      cgroup: `/${podCgroup(uid)}/${id}`,
      mounts: [
        ...["hosts", "hostname", "resolv.conf"].map((file) => mountOf(`${at}/${file}`, `/etc/${file}`)),
        mountOf(`${at}/shm`, "/dev/shm"),
        mountOf(log, "/dev/termination-log"),
        ...mounts,
      ],
    });
    pod.containers.set(container.name, { id, spec: container, process: oci.process });
    const labels = {
      "io.kubernetes.container.name": container.name,
      "io.kubernetes.pod.name": name,
      "io.kubernetes.pod.namespace": namespace,
      "io.kubernetes.pod.uid": uid,
    };
    const known = JSON.stringify({ id, name: container.name, image: container.image, labels });
    const c = `${containersFolder}/${id}`;
    const lower = image.layers.map((layer) => `/programs/${layer}`).join(":");
    return [
      `mkdir -p ${c}/upper ${c}/work ${c}/rootfs $(dirname ${log}); : > ${log}`,
      script,
      `mount -t overlay -o lowerdir=${lower},upperdir=${c}/upper,workdir=${c}/work overlay ${c}/rootfs`,
      writing(`${c}/config.json`, JSON.stringify(oci)),
      writing(`${knownFolder}/${id}.json`, known),
      `crun run ${toItsEnd ? "" : "--detach "}--bundle ${c} ${id} >${c}/log 2>&1 </dev/null || { cat ${c}/log >&2; exit 1; }`,
    ].join("\n");
  }

  #pod(uid: string): NodePod {
    const pod = this.#pods.get(uid);
    if (!pod) throw new ClusterError("E2E_OPTION", `there is no pod ${uid}`);
    return pod;
  }

  #running(pod: NodePod, name: string): RunningContainer {
    const container = pod.containers.get(name);
    if (!container) throw new ClusterError("E2E_OPTION", `pod ${pod.object.metadata.name} has no container ${name}`);
    return container;
  }
}

const podCgroup = (uid: string): string => `kubepods/besteffort/pod${uid}`;

const mountOf = (source: string, destination: string) => ({ source, destination, isReadOnly: false });

/** The pod's namespaces, kept by files, and the files that kubelet and the runtime make for every pod. */
function sandbox(uid: string, name: string): string {
  const at = `${podsFolder}/${uid}`;
  return [
    `mkdir -p ${at}/shm ${podFolder(uid)}; touch ${at}/net ${at}/ipc ${at}/uts ${at}/resolv.conf`,
    `mount -t tmpfs -o size=64m,mode=1777 shm ${at}/shm`,
    `printf '127.0.0.1\\tlocalhost\\n' > ${at}/hosts; echo ${quoted(name)} > ${at}/hostname`,
    `unshare --net=${at}/net --ipc=${at}/ipc --uts=${at}/uts sh -c ${quoted(`hostname ${name}; ip link set lo up`)}`,
  ].join("\n");
}

function ended(id: string): string {
  const c = `${containersFolder}/${id}`;
  return `crun delete --force ${id} 2>/dev/null || true; rm -f ${knownFolder}/${id}.json; umount -l ${c}/rootfs || true; rm -rf ${c}`;
}
