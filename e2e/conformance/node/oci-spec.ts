/**
 * A container of a pod as the runtime is told of it: what containerd's CRI makes of kubelet's request, as far as a process in the
 * container can tell. Pure.
 */
import type { ImageConfig } from "../../cluster/index.ts";
import type { PodContainer } from "./pod.ts";

export interface BindMount {
  readonly source: string;
  readonly destination: string;
  readonly isReadOnly: boolean;
}

export interface ContainerInput {
  readonly container: PodContainer;
  readonly image: ImageConfig;
  /** The pod's name, which is its host name. */
  readonly pod: string;
  /** Below the cgroup mount. */
  readonly cgroup: string;
  /** Folder with the pod's namespaces `net`, `ipc` and `uts`. */
  readonly namespaces: string;
  readonly mounts: readonly BindMount[];
}

/** What containerd gives a container that asks for nothing. */
const usualCapabilities = [
  ...["CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "MKNOD", "NET_RAW", "SETGID", "SETUID", "SETFCAP", "SETPCAP"],
  ...["NET_BIND_SERVICE", "SYS_CHROOT", "KILL", "AUDIT_WRITE"],
];
const otherCapabilities = [
  ...["DAC_READ_SEARCH", "LINUX_IMMUTABLE", "NET_BROADCAST", "NET_ADMIN", "IPC_LOCK", "IPC_OWNER", "SYS_MODULE"],
  ...["SYS_RAWIO", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME"],
  ...["SYS_TTY_CONFIG", "LEASE", "AUDIT_CONTROL", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM"],
  ...["BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF", "CHECKPOINT_RESTORE"],
];

const maskedPaths = [
  ...["/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list"],
  ...["/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap"],
];
const readonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

export function ociSpec(input: ContainerInput): object {
  const { container, pod, cgroup, namespaces } = input;
  const isPrivileged = container.securityContext?.privileged ?? false;
  const shared = ["net", "ipc", "uts"].map((name) => ({
    type: name === "net" ? "network" : name,
    path: `${namespaces}/${name}`,
  }));
  const own = ["pid", "mount", ...(isPrivileged ? [] : ["cgroup"])].map((type) => ({ type }));
  return {
    ociVersion: "1.0.2",
    process: processOf(input),
    root: { path: "rootfs", readonly: false },
    mounts: mountsOf(input, isPrivileged),
    annotations: { "io.kubernetes.cri.sandbox-name": pod },
    linux: {
      cgroupsPath: cgroup,
      namespaces: [...own, ...shared],
      resources: { devices: isPrivileged ? [{ allow: true, access: "rwm" }] : deviceRules },
      ...(isPrivileged ? {} : { maskedPaths, readonlyPaths }),
    },
  };
}

/** Where a container's processes begin, those of an exec too: crun would begin these at the root. */
export function workingDirectory(container: PodContainer, image: ImageConfig): string {
  return container.workingDir || image.WorkingDir || "/";
}

/** An exec differs in its arguments and its terminal alone. */
function processOf({ container, image, pod }: ContainerInput): object {
  const { capabilities, privileged } = container.securityContext ?? {};
  const all = [...usualCapabilities, ...otherCapabilities];
  const added = capabilities?.add ?? [];
  const held = privileged || added.includes("ALL") ? all : [...new Set([...usualCapabilities, ...added])];
  const names = held.map((name) => `CAP_${name}`);
  const path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  const env = image.Env?.some((line) => line.startsWith("PATH=")) ? [] : [path];
  return {
    terminal: false,
    user: { uid: 0, gid: 0 },
    args: container.command ?? [...(image.Entrypoint ?? []), ...(image.Cmd ?? [])],
    env: [...env, `HOSTNAME=${pod}`, ...(image.Env ?? [])],
    cwd: workingDirectory(container, image),
    capabilities: { bounding: names, effective: names, permitted: names },
    oomScoreAdj: 1000,
  };
}

function mountsOf({ mounts }: ContainerInput, isPrivileged: boolean): object[] {
  const usual = ["nosuid", "noexec", "nodev"];
  const access = isPrivileged ? "rw" : "ro";
  const mount = (destination: string, type: string, options: readonly string[]) => ({
    ...{ destination, type, source: type },
    options,
  });
  return [
    mount("/proc", "proc", usual),
    mount("/dev", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"]),
    mount("/dev/pts", "devpts", ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
    mount("/dev/mqueue", "mqueue", usual),
    mount("/sys", "sysfs", [...usual, access]),
    mount("/sys/fs/cgroup", "cgroup", [...usual, "relatime", access]),
    ...[...mounts]
      .sort((a, b) => a.destination.split("/").length - b.destination.split("/").length)
      .map(({ source, destination, isReadOnly }) => ({
        ...{ destination, source, type: "bind" },
        options: ["rbind", "rprivate", isReadOnly ? "ro" : "rw"],
      })),
  ];
}

/** Nothing but the devices that every container has; any node may be made. */
const deviceRules = [
  { allow: false, access: "rwm" },
  ...["c", "b"].map((type) => ({ allow: true, type, access: "m" })),
  ...[
    [1, 3],
    [1, 5],
    [1, 7],
    [1, 8],
    [1, 9],
    [5, 0],
    [5, 1],
    [5, 2],
  ].map(([major, minor]) => ({ allow: true, type: "c", major, minor, access: "rwm" })),
  { allow: true, type: "c", major: 136, access: "rwm" },
];
