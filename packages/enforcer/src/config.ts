/** The enforcer's settings, from the environment, checked. What is wrong is named with its value and the remedy. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { isNatsVariable, type NatsSettings, natsSettings, natsVariables } from "@portcullis/bus";
import { z } from "zod";
import { ConfigError } from "./errors.ts";

const path = z.string().regex(/^\//, "must be an absolute path");
const bytes = z.coerce
  .number()
  .int()
  .min(1 << 20);

const environment = z.object({
  /** The Kubernetes name of this node: `spec.nodeName` of the pod. */
  NODE_NAME: z.string().min(1),
  CLUSTER_NAME: z.string().min(1).default("default"),
  ...natsVariables,
  /** Where the host's root is mounted; for the machine id and the runtime's socket. */
  HOST_ROOT: path.default("/"),
  /** A /proc of the host's pid namespace. */
  HOST_PROC: path.default("/proc"),
  /** Mount point of cgroup v2. */
  CGROUP_ROOT: path.default("/sys/fs/cgroup"),
  /** On a bpffs of the host. */
  BPF_PIN_DIR: path.default("/sys/fs/bpf/portcullis"),
  STATE_DIR: path.default("/var/lib/portcullis"),
  /** The public keys whose bundles are accepted, as the controller writes them into a ConfigMap. */
  BUNDLE_KEYS: path.default("/etc/portcullis/bundle-keys/keys.json"),
  /** The container runtime's CRI socket; default: the first of the usual ones that exists. */
  CRI_SOCKET: path.optional(),
  /** Built addon and BPF object; default: those beside the sources. */
  PORTCULLIS_NATIVE_DIR: path.optional(),
  SPOOL_MAX_BYTES: bytes.default(64 << 20),
  /** How long alerts are kept after NATS has acknowledged them. Longer than its `sync_interval`, which is two minutes by default. */
  SPOOL_KEEP_SECONDS: z.coerce.number().int().min(0).max(86_400).default(180),
  /** So often, in seconds, an alert is sent that says how often others were repeated. */
  ALERT_COUNTS_SECONDS: z.coerce.number().min(0.1).max(600).default(10),
  /** Programs of the node that no allow-list of the host may deny anything, beside those that are known: absolute paths, with commas between. */
  HOST_VITAL_PROGRAMS: z
    .string()
    .default("")
    .transform((list) => list.split(",").filter((path) => path !== ""))
    .pipe(z.array(path)),
  /** How long what the node needs is recorded before an allow-list of the host may block. */
  HOST_RECORDING_SECONDS: z.coerce.number().int().min(1).max(604_800).default(600),
  /** `host:port` of metrics and health; port 0 picks one. */
  HTTP_ADDRESS: z
    .string()
    .regex(/^.*:\d+$/, "must be host:port")
    .default("0.0.0.0:9464"),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("info"),
});

export interface Config {
  readonly node: string;
  readonly cluster: string;
  readonly nats: NatsSettings;
  readonly hostProc: string;
  readonly hostRoot: string;
  readonly cgroupRoot: string;
  readonly pinDir: string;
  readonly stateDir: string;
  readonly bundleKeys: string;
  readonly criSocket: string;
  readonly nativeDir: string | undefined;
  readonly spoolMaxBytes: number;
  readonly spoolKeepMs: number;
  readonly alertCountsMs: number;
  readonly hostVitalPrograms: readonly string[];
  readonly hostRecordingMs: number;
  readonly http: { readonly host: string; readonly port: number };
  readonly logLevel: "debug" | "info" | "warn" | "error";
}

const usualSockets = [
  "run/containerd/containerd.sock",
  "run/crio/crio.sock",
  "run/k3s/containerd/containerd.sock",
  "run/cri-dockerd.sock",
];

/** Throws ConfigError with every fault, each with the variable's name; secrets are not repeated. */
export function parseConfig(env: NodeJS.ProcessEnv): Config {
  const parsed = environment.safeParse(env);
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map((issue) => describe(issue, env)).join("; "));
  const values = parsed.data;
  const separator = values.HTTP_ADDRESS.lastIndexOf(":");
  return {
    node: values.NODE_NAME,
    cluster: values.CLUSTER_NAME,
    nats: natsSettings(values),
    hostProc: values.HOST_PROC,
    hostRoot: values.HOST_ROOT,
    cgroupRoot: values.CGROUP_ROOT,
    pinDir: values.BPF_PIN_DIR,
    stateDir: values.STATE_DIR,
    bundleKeys: values.BUNDLE_KEYS,
    criSocket: values.CRI_SOCKET ?? usualSocket(values.HOST_ROOT),
    nativeDir: values.PORTCULLIS_NATIVE_DIR,
    spoolMaxBytes: values.SPOOL_MAX_BYTES,
    spoolKeepMs: values.SPOOL_KEEP_SECONDS * 1_000,
    alertCountsMs: values.ALERT_COUNTS_SECONDS * 1_000,
    hostVitalPrograms: values.HOST_VITAL_PROGRAMS,
    hostRecordingMs: values.HOST_RECORDING_SECONDS * 1_000,
    http: { host: values.HTTP_ADDRESS.slice(0, separator), port: Number(values.HTTP_ADDRESS.slice(separator + 1)) },
    logLevel: values.LOG_LEVEL,
  };
}

function usualSocket(hostRoot: string): string {
  const paths = usualSockets.map((socket) => join(hostRoot, socket));
  return paths.find((socket) => existsSync(socket)) ?? paths[0]!;
}

function describe(issue: z.core.$ZodIssue, env: NodeJS.ProcessEnv): string {
  const name = String(issue.path[0]);
  const value = env[name];
  const given = value === undefined ? "not set" : isNatsVariable(name) ? "set" : JSON.stringify(value);
  return `${name} is ${given}: ${issue.message}`;
}
