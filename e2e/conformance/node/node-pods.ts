/**
 * Pods in the guest, without kubelet and without a sandbox's process: namespaces of the pod's own, an overlay of its image's layers for
 * each container, crun. One script of the guest's shell a pod. Everything of a pod lies below mounts of its own, so that one `umount` ends it.
 * A dynamic program takes a few hundredths of a second to start under emulation, so scripts use bash's own commands and busybox, which is static.
 */
import { randomBytes } from "node:crypto";
import { ClusterError, type GuestShell } from "../../cluster/index.ts";
import type { Outcome } from "../match.ts";
import type { FixtureImage } from "./fixture-disk.ts";
import type { StoredObject } from "./object-store.ts";
import { ociSpec, workingDirectory } from "./oci-spec.ts";
import { type PodContainer, type PodSpec, quoted, writing } from "./pod.ts";
import { type DataOf, PodVolumes, podFolder } from "./pod-volumes.ts";

interface RunningContainer {
  readonly id: string;
  readonly spec: PodContainer;
  readonly workingDirectory: string;
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
export const podsFolder = "/run/pods";
export const execsFolder = "/run/execs";
const startMs = 60_000;
/** Divides what a command wrote from what the runtime says. */
const divider = "\n--- said by crun: ";

export class NodePods {
  readonly #options: NodePodsOptions;
  /** By uid. */
  readonly #pods = new Map<string, NodePod>();
  #execs = 0;
  #started = 0;

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
      sandbox(uid, name, {
        hasVolumes: pod.volumes.exist,
        resolver: spec.dnsConfig?.nameservers[0],
        number: ++this.#started,
      }),
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
    const script = [...ended(uid, [old.id]), "set -eu", this.#container(pod, old.spec, { toItsEnd: false })];
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
    const hasVolumes = pod.volumes.exist;
    const script = [
      ...ended(uid, ids),
      `busybox umount -l ${podsFolder}/${uid} ${hasVolumes ? podFolder(uid) : ""}`,
      `busybox rmdir ${podsFolder}/${uid} ${hasVolumes ? podFolder(uid) : ""}`,
    ];
    await this.#options.guest.run(script.join("\n"), { timeoutMs: startMs });
  }

  /** Runs a command in a container, as the runtime does for kubelet. */
  async exec(
    where: { readonly uid: string; readonly container: string },
    argv: readonly string[],
    options: { readonly tty: boolean; readonly timeoutMs: number },
  ): Promise<Outcome> {
    const { id, workingDirectory } = this.#running(this.#pod(where.uid), where.container);
    const log = `${execsFolder}/${++this.#execs}`;
    // Whatever is not said here is as the container's own process has it, as it is with kubelet.
    const how = `--cwd=${quoted(workingDirectory)}${options.tty ? " --tty" : ""}`;
    const command = `crun --log=${log} exec ${how} ${id} ${argv.map(quoted).join(" ")}`;
    const script = [
      options.tty ? `script -qefc ${quoted(command)} /dev/null` : command,
      "status=$?",
      `[ ! -s ${log} ] || printf '%s%s' ${quoted(divider)} "$(<${log})" >&2`,
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
    const log = `${at}/log-${container.name}`;
    const oci = ociSpec({
      ...{ container, image: image.config, pod: name, namespaces: at },
      cgroup: `/${podCgroup(uid)}/${id}`,
      mounts: [
        // The names that they have where they come from: kubelet calls its file of hosts so, the runtime's are called like their mounts.
        mountOf(`${at}/etc-hosts`, "/etc/hosts"),
        ...["hostname", "resolv.conf"].map((file) => mountOf(`${at}/${file}`, `/etc/${file}`)),
        mountOf(`${at}/shm`, "/dev/shm"),
        mountOf(log, "/dev/termination-log"),
        ...mounts,
      ],
    });
    const begin = workingDirectory(container, image.config);
    pod.containers.set(container.name, { id, spec: container, workingDirectory: begin });
    const labels = {
      "io.kubernetes.container.name": container.name,
      "io.kubernetes.pod.name": name,
      "io.kubernetes.pod.namespace": namespace,
      "io.kubernetes.pod.uid": uid,
    };
    const known = JSON.stringify({ id, name: container.name, image: container.image, labels });
    const c = `${at}/${id}`;
    const lower = image.layers.map((layer) => `/programs/${layer}`).join(":");
    return [
      `busybox mkdir -p ${c}/upper ${c}/work ${c}/rootfs; : > ${log}`,
      script,
      `busybox mount -t overlay -o lowerdir=${lower},upperdir=${c}/upper,workdir=${c}/work overlay ${c}/rootfs`,
      writing(`${c}/config.json`, JSON.stringify(oci)),
      writing(`${knownFolder}/${id}.json`, known),
      `crun run ${toItsEnd ? "" : "--detach "}--bundle ${c} ${id} >${c}/log 2>&1 </dev/null || { cat ${c}/log >&2; exit 1; }`,
      ...(toItsEnd ? [`: > ${knownFolder}/${id}.exited`] : []),
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

interface SandboxOptions {
  readonly hasVolumes: boolean;
  readonly resolver: string | undefined;
  /** Which pod of this run it is. */
  readonly number: number;
}

/** The pod's namespaces, kept by files, and the files that kubelet and the runtime make for every pod. */
function sandbox(uid: string, name: string, { hasVolumes, resolver, number }: SandboxOptions): string {
  const at = `${podsFolder}/${uid}`;
  const address = `10.244.${number >> 8}.${number & 255 || 254}`;
  // A device that leads nowhere: there are no other pods to reach, but programs want to see one. With a resolver it leads to the guest, which sends nothing on.
  const peer = resolver === undefined ? "nowhere" : `pod${number}`;
  const device = `/sbin/ip link add eth0 type veth peer name ${peer}${resolver === undefined ? "" : " netns 1"}`;
  const ready = `busybox ifconfig eth0 ${address} up`;
  const inside = [`busybox hostname ${name}; busybox ifconfig lo up; ${device}; ${ready}`];
  if (resolver === undefined) inside.push(`busybox ifconfig ${peer} up`);
  return [
    `busybox mkdir -p ${at} ${hasVolumes ? podFolder(uid) : ""}`,
    `busybox mount -t tmpfs -o mode=755 pod ${at}`,
    ...(hasVolumes ? [`busybox mount -t tmpfs -o mode=750 kubelet ${podFolder(uid)}`] : []),
    `: > ${at}/net; : > ${at}/ipc; : > ${at}/uts; ${writing(`${at}/resolv.conf`, resolver ? `nameserver ${resolver}\n` : "")}`,
    `busybox mkdir ${at}/shm; busybox mount -t tmpfs -o size=64m,mode=1777 shm ${at}/shm`,
    `printf '127.0.0.1\\tlocalhost\\n' > ${at}/etc-hosts; echo ${quoted(name)} > ${at}/hostname`,
    `unshare --net=${at}/net --ipc=${at}/ipc --uts=${at}/uts busybox sh -c ${quoted(inside.join("; "))}`,
    ...(resolver === undefined ? [] : [`busybox ifconfig ${peer} up; busybox route add -host ${address} dev ${peer}`]),
  ].join("\n");
}

/** Kills containers and forgets them. Their cgroups go as soon as they are empty, which is waited for in the background. */
function ended(uid: string, ids: readonly string[]): string[] {
  const pod = `/sys/fs/cgroup/${podCgroup(uid)}`;
  const all = ids.map((id) => `${pod}/${id}`);
  const known = ids.flatMap((id) => [`${knownFolder}/${id}.json`, `${knownFolder}/${id}.exited`]);
  return [
    ...all.map((folder) => `echo 1 > ${folder}/cgroup.kill`),
    `busybox rm -f ${known.join(" ")}`,
    `(for i in 1 2 3 4 5 6 7 8 9; do busybox rmdir ${all.map((folder) => `${folder}/* ${folder}`).join(" ")}`,
    `[ -e ${all.at(-1) ?? pod} ] || break; busybox usleep 50000; done; busybox rmdir ${pod}) >/dev/null 2>&1 &`,
  ];
}
