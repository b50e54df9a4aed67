/**
 * A real cluster for one test file: control plane on loopback, nodes in guests, the product installed. types.ts
 * says what each call promises.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { KubeConfig, type KubernetesObject } from "@kubernetes/client-node";
import { artifacts, cacheDirectory } from "@portcullis/tools/setup";
import { AlertSubscription, type BusAddress } from "./client/alerts.ts";
import { execute, executeAs } from "./client/exec.ts";
import { Forwards } from "./client/forwards.ts";
import { type ClusterCommand, helm, kubectl } from "./client/kubectl.ts";
import { keepLogs, logFolder } from "./client/logs.ts";
import { Objects } from "./client/objects.ts";
import { ClusterError } from "./errors.ts";
import { busAddress } from "./saved/installed-product.ts";
import { type Provided, provide } from "./saved/provision.ts";
import { RunFolder } from "./saved/run-folder.ts";
import type * as face from "./types.ts";
import { until } from "./wait.ts";

/**
 * Starts a cluster: from a saved one where there is one of exactly these inputs, otherwise made (and saved) first. Resolves
 * when every node's kubelet answers through the API server. End it with `await using` or `end()`.
 */
export async function startCluster(options: face.ClusterOptions = {}): Promise<face.Cluster> {
  const { nodes = 1, name = String(process.pid) } = options;
  if (nodes !== 1 && nodes !== 2) throw new ClusterError("E2E_OPTION", `nodes: ${nodes}; 1 or 2`);
  if (!/^[\w.-]+$/.test(name))
    throw new ClusterError("E2E_OPTION", `name: ${name}; letters, digits, "-", "_" and "." only`);
  const made = artifacts(cacheDirectory(process.env));
  const folder = await RunFolder.make(made.scratch);
  const kept = logFolder(name);
  await rm(kept, { recursive: true, force: true });
  try {
    return new RunningCluster(await provide(options, made, folder, kept), folder, kept, made.bin);
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

class RunningCluster implements face.Cluster {
  readonly config = new KubeConfig();
  readonly kubectl: ClusterCommand;
  readonly helm: ClusterCommand;
  readonly #provided: Provided;
  readonly #folder: RunFolder;
  readonly #kept: string;
  readonly #objects: Objects;
  readonly #forwards: Forwards;
  readonly #subscriptions = new Set<face.Alerts>();
  #ending: Promise<void> | undefined;

  constructor(provided: Provided, folder: RunFolder, kept: string, bin: string) {
    this.#provided = provided;
    this.#folder = folder;
    this.#kept = kept;
    this.config.loadFromFile(this.kubeconfig);
    this.kubectl = kubectl(join(bin, "kubectl"), this.kubeconfig);
    this.helm = helm(join(bin, "helm"), this.kubeconfig);
    this.#objects = new Objects(this.config);
    this.#forwards = new Forwards(provided.world);
  }

  get kubeconfig(): string {
    return this.#provided.world.plane.kubeconfig;
  }

  get nodes(): readonly string[] {
    return this.#provided.world.nodes;
  }

  get release(): face.Cluster["release"] {
    return this.#provided.release;
  }

  get restored(): boolean {
    return this.#provided.restored;
  }

  get timings(): Readonly<Record<string, number>> {
    return this.#provided.timings;
  }

  async apply(manifest: string | KubernetesObject | readonly KubernetesObject[], options: { namespace?: string } = {}) {
    await this.#objects.apply(manifest, options.namespace);
  }

  async delete(
    manifest: string | KubernetesObject | readonly KubernetesObject[],
    options: { namespace?: string; wait?: boolean } = {},
  ) {
    await this.#objects.delete(manifest, options.namespace, options.wait);
  }

  podReady(namespace: string, pod: string | face.PodSelector, timeoutMs = 120_000): Promise<string[]> {
    return this.#objects.podReady(namespace, pod, timeoutMs);
  }

  until<T>(what: string, probe: () => Promise<T | null | undefined | false>, timeoutMs = 60_000): Promise<T> {
    return until(what, probe, { timeoutMs, everyMs: 150 });
  }

  async exec(
    target: face.ExecTarget,
    command: readonly string[],
    options: face.ExecOptions = {},
  ): Promise<face.ExecResult> {
    const { user } = options;
    if (target.container && user === undefined) {
      return execute(this.config, target, target.container, command, options);
    }
    const pod = await this.#pod(target.namespace, target.pod);
    const container = target.container ?? pod.spec?.containers[0]?.name ?? "";
    if (user === undefined) return execute(this.config, target, container, command, options);
    const guest = this.#provided.world.guests.find(({ node }) => node === pod.spec?.nodeName);
    if (!guest) throw new ClusterError("E2E_OPTION", `pod ${target.pod} is on no node`);
    return executeAs(guest, pod, container, command, { ...options, user });
  }

  telemetry(): face.Alerts {
    return this.#subscription("logs");
  }

  alerts(): face.Alerts {
    return this.#subscription("alerts");
  }

  #subscription(of: "alerts" | "logs"): face.Alerts {
    const subscription = new AlertSubscription(() => this.#bus(), of);
    this.#subscriptions.add(subscription);
    return subscription;
  }

  guest(n = 1): face.GuestShell {
    const guest = this.#provided.world.guests[n - 1];
    if (!guest) throw new ClusterError("E2E_OPTION", `guest ${n}: there are ${this.nodes.length}, counted from 1`);
    return guest;
  }

  async forward(namespace: string, pod: string | face.PodSelector, port: number): Promise<string> {
    return this.#forwards.add(await this.#pod(namespace, pod), port);
  }

  async logs(directory = this.#kept): Promise<string> {
    return keepLogs(directory, this.#provided.world.directory, this.#provided.world.guests, this.kubectl);
  }

  end(): Promise<void> {
    this.#ending ??= (async () => {
      await Promise.all([...this.#subscriptions].map((alerts) => alerts.close()));
      if (testsFailed()) process.stderr.write(`logs of the cluster: ${await this.logs()}\n`);
      await this.#provided.world.end();
      await this.#folder.remove();
    })();
    return this.#ending;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }

  async #bus(): Promise<BusAddress> {
    if (!this.release) throw new ClusterError("E2E_OPTION", "alerts: the cluster was started with `chart: false`");
    return await busAddress(this.#provided.world.host, this.release.namespace, this.kubectl);
  }

  async #pod(namespace: string, pod: string | face.PodSelector) {
    const [found] = await this.#objects.pods(namespace, pod);
    if (!found) throw new ClusterError("E2E_OPTION", `no pod ${JSON.stringify(pod)} in ${namespace}`);
    return found;
  }
}

/** Has a test of this file failed? failure-counting.mjs counts; outside of Jest nobody does. */
const testsFailed = (): boolean =>
  Number((globalThis as Record<symbol, unknown>)[Symbol.for("portcullis.e2e.failures")] ?? 0) > 0;
