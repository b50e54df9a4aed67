/** What a test sees of a cluster. `running-cluster.ts` makes it real. */
import type { KubeConfig, KubernetesObject } from "@kubernetes/client-node";

/** Values given to `helm install`, merged over the ones that every test needs (image names, pull policy). */
export type ChartValues = Readonly<Record<string, unknown>>;

export interface ClusterOptions {
  /** How many nodes, each a guest of its own; default 1. */
  readonly nodes?: 1 | 2;
  /** The product's chart: absent or `{}` installs it with the values that every test needs, `false` leaves it out. */
  readonly chart?: { readonly values?: ChartValues } | false;
  /**
   * Fixture images to have on every node, by their artifact names (`nginx`, `multiubuntu` …); `box` is always there.
   * Default: all of them where the chart is on one node, so that most runs share one saved cluster; else none.
   */
  readonly images?: readonly string[];
  /** Names the folder of kept logs; default: a number. A test file gives its own name. */
  readonly name?: string;
  /** Ports of 127.0.0.1 of this machine that every node finds at its own 127.0.0.1; default: none. Nothing else leaves a node. */
  readonly outward?: readonly number[];
  /** Never use or make a saved cluster: everything from cold. For tests of the cluster itself. */
  readonly fresh?: boolean;
}

export interface ExecTarget {
  readonly namespace: string;
  readonly pod: string;
  /** Default: the pod's first container. */
  readonly container?: string;
}

export interface ExecOptions {
  /** A terminal for the command: stderr then arrives as stdout. */
  readonly tty?: boolean;
  /**
   * Run as this user (name or uid of the container). Kubernetes' exec has no such thing, so this one goes through the
   * node's container runtime, not the API server.
   */
  readonly user?: string;
  readonly stdin?: string;
  /** Default 30000. */
  readonly timeoutMs?: number;
}

export interface ExecResult {
  /** The command's status; `null` when it was never started, see `startError`. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /**
   * Why the runtime could not start the command (not found, permission denied by the kernel …), in the runtime's words;
   * `null` when it was started. A denied `execve` of the command itself shows here, not as an exit code.
   */
  readonly startError: string | null;
}

export interface GuestResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One node's machine, seen from outside Kubernetes. */
export interface GuestShell {
  /** Node name, `node-1` …. */
  readonly node: string;
  /** False once the guest has ended; every later call then fails with E2E_GUEST_ENDED. */
  readonly alive: boolean;
  /** Runs a bash script as root in the guest. Rejects only if it cannot be run or does not end in time (default 60000). */
  run(script: string, options?: { timeoutMs?: number }): Promise<GuestResult>;
  /** Like `run`, and rejects with the output when the status is not 0. Returns stdout. */
  check(script: string, options?: { timeoutMs?: number }): Promise<string>;
  /** Writes a file in the guest; for small ones (up to about 1 MiB). */
  write(path: string, content: string | Uint8Array): Promise<void>;
  /** Pulls the plug: the guest is gone as if its power had failed. */
  kill(): Promise<void>;
}

/** One alert as its JSON document says it: KubeArmor's field names. */
export interface AlertDocument {
  readonly NamespaceName?: string;
  readonly PodName?: string;
  readonly ContainerName?: string;
  readonly PolicyName?: string;
  readonly Severity?: string;
  readonly Type?: string;
  readonly Source?: string;
  readonly Operation?: string;
  readonly Resource?: string;
  readonly Data?: string;
  readonly Action?: string;
  readonly Result?: string;
  readonly ProcessName?: string;
  readonly [field: string]: unknown;
}

/** Fields to compare (a string exactly, a RegExp by test), or any predicate. */
export type AlertMatcher =
  | ((alert: AlertDocument) => boolean)
  | { readonly [field: string]: string | number | boolean | RegExp };

/** A place in the sequence of received alerts. */
export type AlertMark = number;

/** A live subscription to every alert of the cluster, from the moment `ready` resolves. */
export interface Alerts extends AsyncDisposable {
  /** Resolves once the subscription is known to the server. Every other call awaits it first. */
  readonly ready: Promise<void>;
  /** A mark for `since` and `wait`: everything received from now on. */
  mark(): Promise<AlertMark>;
  /** Everything received since the mark; since the start without one. */
  since(mark?: AlertMark): readonly AlertDocument[];
  /** Resolves at the next alert, or when the time is over. */
  next(timeoutMs: number): Promise<void>;
  /** The first alert that matches, received already (since `from`) or yet to come; E2E_TIMEOUT lists those that did come. */
  wait(matcher: AlertMatcher, timeoutMs?: number, from?: AlertMark): Promise<AlertDocument>;
  /** Resolves when nothing that matches has come for `quietMs`; rejects with E2E_UNEXPECTED_ALERT otherwise. */
  none(matcher: AlertMatcher, quietMs: number, from?: AlertMark): Promise<void>;
  close(): Promise<void>;
}

export interface PodSelector {
  readonly [label: string]: string;
}

export interface Cluster extends AsyncDisposable {
  /** Path of an administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** The same, loaded. */
  readonly config: KubeConfig;
  readonly nodes: readonly string[];
  /** Namespace the chart is installed in. */
  readonly release: { readonly name: string; readonly namespace: string } | null;
  /** True when it came back from a saved one. */
  readonly restored: boolean;
  /** Milliseconds each step of the start took. */
  readonly timings: Readonly<Record<string, number>>;
  /** Server-side apply of YAML (any number of documents) or objects. Rejects with the server's message. */
  apply(
    manifest: string | KubernetesObject | readonly KubernetesObject[],
    options?: { namespace?: string },
  ): Promise<void>;
  /** Deletes what `apply` would make, and waits until it is gone unless `wait: false`. Absent objects are fine. */
  delete(
    manifest: string | KubernetesObject | readonly KubernetesObject[],
    options?: { namespace?: string; wait?: boolean },
  ): Promise<void>;
  /**
   * Waits until the named pod, or every pod with these labels (at least one), is Ready; returns their names.
   * Default 120000 ms; E2E_TIMEOUT says the last state seen.
   */
  podReady(namespace: string, pod: string | PodSelector, timeoutMs?: number): Promise<string[]>;
  /** Polls until `probe` returns something truthy; `what` and the last value seen go into the E2E_TIMEOUT message. */
  until<T>(what: string, probe: () => Promise<T | null | undefined | false>, timeoutMs?: number): Promise<T>;
  exec(target: ExecTarget, command: readonly string[], options?: ExecOptions): Promise<ExecResult>;
  kubectl(args: readonly string[], options?: { stdin?: string; timeoutMs?: number }): Promise<string>;
  helm(args: readonly string[], options?: { timeoutMs?: number }): Promise<string>;
  /** A new subscription each call; closed with the cluster at the latest. */
  alerts(): Alerts;
  /** The same of logs: what passed and is visible. */
  telemetry(): Alerts;
  /** Node `n`'s machine, 1-based. */
  guest(n?: number): GuestShell;
  /** A host-side address (`127.x.y.z:port`) of a TCP port of a pod, until the cluster ends. */
  forward(namespace: string, pod: string | PodSelector, port: number): Promise<string>;
  /** Writes consoles, component logs, node journals and pod logs to `directory` (default e2e/build/logs/<name>). */
  logs(directory?: string): Promise<string>;
  /** Ends everything. Idempotent. */
  end(): Promise<void>;
}
