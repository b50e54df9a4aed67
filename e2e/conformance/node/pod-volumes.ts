/**
 * Volumes as kubelet lays them out: files below a folder named by the time, `..data` a symbolic link to it, each file's own name a
 * symbolic link through `..data`, and an update that swaps `..data` in one rename. Everything here makes shell.
 */
import type { BindMount } from "./oci-spec.ts";
import { type PodContainer, type PodSpec, type PodVolume, quoted, type VolumeMount, writing } from "./pod.ts";

/** Where kubelet keeps what it makes for a pod. */
export const podFolder = (uid: string): string => `/var/lib/kubelet/pods/${uid}`;

/** Contents of a ConfigMap or a Secret by file name; undefined: there is no such object. */
export type DataOf = (kind: "ConfigMap" | "Secret", name: string) => Readonly<Record<string, string>> | undefined;

export interface PlacedVolume {
  readonly path: string;
  readonly script: string;
}

const accountMount = "/var/run/secrets/kubernetes.io/serviceaccount";
const accountVolume = "kube-api-access";

export class PodVolumes {
  readonly #uid: string;
  readonly #spec: PodSpec;
  readonly #data: DataOf;
  #updates = 0;

  constructor(uid: string, spec: PodSpec, data: DataOf) {
    this.#uid = uid;
    this.#spec = spec;
    this.#data = data;
  }

  /** Whether the pod has any, the service account's included. */
  get exist(): boolean {
    return (this.#spec.volumes ?? []).length > 0 || (this.#spec.automountServiceAccountToken ?? true);
  }

  /** Shell that makes every volume of the pod. */
  make(namespace: string): string {
    const lines = (this.#spec.volumes ?? []).map((volume) => this.#make(volume));
    if (this.#spec.automountServiceAccountToken ?? true) {
      const path = this.#path("projected", accountVolume);
      const files = { "ca.crt": "no certificate\n", namespace, token: "no.real.token" };
      lines.push(onTmpfs(path), this.#written(path, files));
    }
    return lines.join("\n");
  }

  /** Shell that gives a ConfigMap's or a Secret's volume its new contents; empty when the pod has none of it. */
  update(kind: "ConfigMap" | "Secret", name: string): string {
    return (this.#spec.volumes ?? [])
      .filter((v) => (kind === "ConfigMap" ? v.configMap?.name : v.secret?.secretName) === name)
      .map((v) => this.#written(this.#pathOf(v), this.#data(kind, name) ?? {}))
      .join("\n");
  }

  /** Shell that prepares a container's mounts, and the mounts. */
  mountsOf(container: PodContainer): { script: string; mounts: BindMount[] } {
    const scripts: string[] = [];
    const mounts = (container.volumeMounts ?? []).map((mount, index): BindMount => {
      const volume = (this.#spec.volumes ?? []).find(({ name }) => name === mount.name);
      if (!volume)
        throw new Error(`container ${container.name} mounts the volume ${mount.name}, which the pod does not have`);
      const { path, script } = this.#placed(container, mount, volume, index);
      scripts.push(script);
      return { source: path, destination: mount.mountPath, isReadOnly: mount.readOnly ?? false };
    });
    if (this.#spec.automountServiceAccountToken ?? true)
      mounts.push({ source: this.#path("projected", accountVolume), destination: accountMount, isReadOnly: true });
    return { script: scripts.join("\n"), mounts };
  }

  /** A subPath is a bind mount of its own of what the name led to when the container started. */
  #placed(container: PodContainer, mount: VolumeMount, volume: PodVolume, index: number): PlacedVolume {
    const whole = this.#pathOf(volume);
    if (mount.subPath === undefined) return { path: whole, script: "" };
    const path = `${podFolder(this.#uid)}/volume-subpaths/${volume.name}/${container.name}/${index}`;
    const source = quoted(`${whole}/${mount.subPath}`);
    const script = [
      // A container that starts again gets what the name leads to now.
      `umount -l ${path} 2>/dev/null || true; rm -rf ${path}`,
      `[ -e ${source} ] || mkdir -p ${source}`,
      `if [ -d ${source} ]; then mkdir -p ${path}; else mkdir -p $(dirname ${path}); : > ${path}; fi`,
      `mount --bind "$(realpath ${source})" ${path}`,
    ];
    return { path, script: script.join("\n") };
  }

  #make(volume: PodVolume): string {
    const path = this.#pathOf(volume);
    if (volume.hostPath) {
      const { type = "" } = volume.hostPath;
      if (type === "DirectoryOrCreate") return `mkdir -p ${quoted(path)}`;
      return type === "FileOrCreate" ? `mkdir -p "$(dirname ${quoted(path)})" && touch ${quoted(path)}` : "";
    }
    if (volume.emptyDir) {
      const made = volume.emptyDir.medium === "Memory" ? onTmpfs(path) : `mkdir -p ${path}`;
      return `${made}; chmod 777 ${path}`;
    }
    const [kind, name] = volume.configMap
      ? (["ConfigMap", volume.configMap.name] as const)
      : (["Secret", volume.secret?.secretName ?? ""] as const);
    const made = kind === "Secret" ? onTmpfs(path) : `mkdir -p ${path}`;
    const data = this.#data(kind, name);
    if (data === undefined) throw new Error(`volume ${volume.name}: there is no ${kind} ${name}`);
    return `${made}\nchmod 777 ${path}\n${this.#written(path, data)}`;
  }

  #pathOf(volume: PodVolume): string {
    if (volume.hostPath) return volume.hostPath.path;
    const kind = volume.emptyDir ? "empty-dir" : volume.configMap ? "configmap" : "secret";
    return this.#path(kind, volume.name);
  }

  #path(kind: string, name: string): string {
    return `${podFolder(this.#uid)}/volumes/kubernetes.io~${kind}/${name}`;
  }

  /** kubelet's atomic writer: the new folder first, then one rename, then what is no longer needed goes. */
  #written(path: string, files: Readonly<Record<string, string>>): string {
    const stamp = `..2026_01_01_00_00_00.${String(1_000_000_000 + this.#updates++)}`;
    const names = Object.keys(files);
    return [
      `cd ${path}`,
      `old=$(readlink ..data || true)`,
      `mkdir ${stamp}; chmod 755 ${stamp}`,
      ...names.map(
        (name) => `${writing(`${stamp}/${name}`, files[name] ?? "")}\nchmod 644 ${quoted(`${stamp}/${name}`)}`,
      ),
      `ln -s ${stamp} ..data_tmp`,
      `mv -T ..data_tmp ..data`,
      ...names.map((name) => `[ -L ${quoted(name)} ] || ln -s ${quoted(`..data/${name}`)} ${quoted(name)}`),
      `for name in *; do [ -e "$name" ] || rm -f "$name"; done`,
      `[ -z "$old" ] || rm -rf "$old"`,
      `cd /`,
    ].join("\n");
  }
}

const onTmpfs = (path: string): string => `mkdir -p ${path}; mount -t tmpfs -o size=64m tmpfs ${path}`;
