/**
 * The product around one guest: nats-server and the controller's own process on the host, the enforcer's image in the guest, with
 * the configuration that the chart gives it.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connect } from "@portcullis/bus";
import { silentLog } from "@portcullis/daemon/testing";
import { singleFile } from "@portcullis/tools/images";
import type { Artifacts } from "@portcullis/tools/setup";
import { hostAddress, ImageArchive, keptDisk, type LoneGuest, until } from "../../cluster/index.ts";
import { sessionShell } from "../host-exec.ts";
import { unpack } from "./fixture-disk.ts";
import { knownFolder } from "./node-pods.ts";
import type { ObjectStore } from "./object-store.ts";
import { writing } from "./pod.ts";

/** On the run's own loopback address. */
export const ports = { bus: 16600, objects: 16443 } as const;
export const nodeName = "node-1";
export const configMapName = "portcullis-config";

/** The disk with the enforcer's image, unpacked, and the server that stands for the container runtime. */
export async function enforcerDisk(artifacts: Artifacts): Promise<string> {
  const archive = await ImageArchive.read(artifacts.productImage("portcullis-enforcer"));
  const { code } = await singleFile("e2e/conformance/node/cri-server.ts");
  const inputs = [archive.entry.digest, code.toString("base64")];
  return await keptDisk(artifacts, { name: "enforcer", inputs, isLoad: true }, async (root) => {
    for (const digest of archive.layers) await unpack(await archive.layer(digest), join(root, "enforcer"));
    await writeFile(join(root, "image.json"), JSON.stringify(await archive.config()));
    await writeFile(join(root, "cri-server.mjs"), code);
  });
}

export async function startBus({ programs, host, directory }: LoneGuest, artifacts: Artifacts): Promise<string> {
  const config = join(directory, "nats.conf");
  // The size that the chart allows: a rule set of tens of thousands of rules is one message.
  await writeFile(config, `max_payload: 8MB\njetstream { store_dir: ${JSON.stringify(join(directory, "nats"))} }\n`);
  programs.start({
    name: "nats-server",
    command: artifacts.program("nats-server"),
    args: ["-a", host, "-p", String(ports.bus), "-c", config],
    log: join(directory, "nats.log"),
  });
  return `nats://${host}:${ports.bus}`;
}

export async function startController({ programs, host, directory }: LoneGuest, servers: string): Promise<void> {
  const kubeconfig = join(directory, "kubeconfig");
  const server = `http://${host}:${ports.objects}`;
  const config = {
    ...{ apiVersion: "v1", kind: "Config", "current-context": "node" },
    clusters: [{ name: "node", cluster: { server, "insecure-skip-tls-verify": true } }],
    users: [{ name: "node", user: {} }],
    contexts: [{ name: "node", context: { cluster: "node", user: "node" } }],
  };
  await writeFile(kubeconfig, JSON.stringify(config));
  // One file, as in its image: a program of many files takes seconds to load on a busy machine.
  const main = join(directory, "controller.mjs");
  await writeFile(main, (await singleFile("packages/controller/src/main.ts")).code);
  programs.start({
    name: "controller",
    command: process.execPath,
    args: [main],
    log: join(directory, "controller.log"),
    environment: {
      ...{ KUBECONFIG: kubeconfig, NATS_URL: servers, POD_NAMESPACE: "portcullis", POD_NAME: "controller-1" },
      CONFIG_MAP: configMapName,
      ...{ LEASE_SECONDS: "120", HTTP_ADDRESS: `${host}:0` },
    },
  });
}

/** The public keys that the controller has written, as kubelet would mount them. */
async function publicKeys(store: ObjectStore): Promise<string> {
  const place = { collection: "/api/v1/configmaps", namespace: "portcullis", name: "portcullis-bundle-keys" };
  const written = () => (store.get(place)?.data as Record<string, string> | undefined)?.["keys.json"];
  return await until("the controller to publish its keys", written, { timeoutMs: 60_000, everyMs: 50 });
}

export interface EnforcerOnNode {
  readonly servers: string;
  readonly countsSeconds: number;
  /** Where the controller's objects are. */
  readonly store: ObjectStore;
}

/** Starts what stands for the runtime, and the enforcer. Resolves when the enforcer says that it enforces. */
export async function startEnforcer({ guest }: LoneGuest, on: EnforcerOnNode): Promise<void> {
  const { servers, countsSeconds } = on;
  const image = JSON.parse(await guest.check("cat /load/image.json")) as { Entrypoint?: string[]; Cmd?: string[] };
  const at = "/run/enforcer";
  await guest.check(
    [
      "set -eu",
      `mkdir -p ${knownFolder} /run/containerd /var/lib/portcullis ${at}/rootfs ${at}/bundle-keys`,
      writing(`${at}/bundle-keys/keys.json`, await publicKeys(on.store)),
      `setsid /load/enforcer/usr/bin/node /load/cri-server.mjs /run/containerd/containerd.sock ${knownFolder} >/var/log/cri.log 2>&1 </dev/null &`,
      `mkdir ${at}/upper ${at}/work`,
      `mount -t overlay -o lowerdir=/load/enforcer,upperdir=${at}/upper,workdir=${at}/work overlay ${at}/rootfs`,
      writing(
        `${at}/config.json`,
        JSON.stringify(enforcerSpec([...(image.Entrypoint ?? []), ...(image.Cmd ?? [])], countsSeconds)),
      ),
      `crun run --detach --bundle ${at} enforcer >/var/log/enforcer.log 2>&1 </dev/null`,
    ].join("\n"),
  );
  const end = new AbortController();
  const bus = await connect({ servers, name: "conformance", signal: end.signal, log: silentLog });
  try {
    let last: unknown = "no word from it";
    let enforcing = false;
    void (async () => {
      for await (const { status } of bus.watchNodeStatuses(end.signal)) {
        last = status?.problems ?? last;
        enforcing = status?.enforcing ?? false;
      }
    })().catch(() => {});
    await until("the enforcer to enforce", () => enforcing || Promise.reject(new Error(JSON.stringify(last))), {
      timeoutMs: 180_000,
      everyMs: 50,
    });
  } finally {
    end.abort();
    await bus.close();
  }
}

/** What the chart's DaemonSet asks for (charts/portcullis/templates/enforcer/daemonset.yaml), on the guest's own network. */
function enforcerSpec(args: readonly string[], countsSeconds: number) {
  const capabilities = [
    "BPF",
    "PERFMON",
    "MAC_ADMIN",
    "SYS_ADMIN",
    "SYS_RESOURCE",
    "SYS_PTRACE",
    "DAC_READ_SEARCH",
    "NET_ADMIN",
  ];
  const names = capabilities.map((name) => `CAP_${name}`);
  const bind = (source: string, destination: string, access: "ro" | "rw") => ({
    ...{ source, destination, type: "bind" },
    options: ["rbind", "rprivate", access],
  });
  const environment = {
    ...{
      NATS_URL: `nats://${hostAddress}:${ports.bus}`,
      NODE_NAME: nodeName,
      HOST_PROC: "/proc",
      HOST_ROOT: "/proc/1/root",
    },
    ...{ CGROUP_ROOT: "/host/cgroup", BPF_PIN_DIR: "/sys/fs/bpf/portcullis", STATE_DIR: "/var/lib/portcullis" },
    ALERT_COUNTS_SECONDS: String(countsSeconds),
    // The guest's agent, the shell of its sessions, and what stands for the runtime.
    HOST_VITAL_PROGRAMS: `/usr/bin/perl,${sessionShell},/usr/bin/crun,/load/enforcer/usr/bin/node`,
    HOST_RECORDING_SECONDS: "3",
    ...{ HTTP_ADDRESS: ":9464", PATH: "/usr/bin" },
  };
  return {
    ociVersion: "1.0.2",
    process: {
      ...{ terminal: false, user: { uid: 0, gid: 0 }, cwd: "/", args, noNewPrivileges: true },
      env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
      capabilities: { bounding: names, effective: names, permitted: names },
    },
    root: { path: "rootfs", readonly: true },
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755"] },
      { destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"] },
      { destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["nosuid", "noexec", "nodev", "ro"] },
      { destination: "/tmp", type: "tmpfs", source: "tmpfs" },
      bind("/sys/fs/bpf", "/sys/fs/bpf", "rw"),
      bind("/sys/fs/cgroup", "/host/cgroup", "ro"),
      bind("/sys/kernel/security", "/sys/kernel/security", "ro"),
      bind("/var/lib/portcullis", "/var/lib/portcullis", "rw"),
      bind("/run/enforcer/bundle-keys", "/etc/portcullis/bundle-keys", "ro"),
    ],
    linux: { cgroupsPath: "/kubepods/portcullis", namespaces: [{ type: "mount" }, { type: "cgroup" }] },
  };
}
