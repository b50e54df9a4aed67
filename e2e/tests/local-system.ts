/**
 * Controller and enforcer as processes of this machine, beside a real API server and a real bus: no guest, and so no
 * kernel that enforces. For what a node says of itself when it cannot.
 */

import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type KubernetesObject, KubernetesObjectApi, PatchStrategy } from "@kubernetes/client-node";
import { connect, PublicKeys } from "@portcullis/bus";
import { startNatsServer } from "@portcullis/bus/testing";
import { silentLog } from "@portcullis/daemon/testing";
import { parseKubeConfig } from "@portcullis/kube";
import { TestApiServer } from "@portcullis/kube/testing";
import type { NodeStatus } from "@portcullis/model";
import { RunningPrograms } from "@portcullis/tools/processes";
import { artifacts, cacheDirectory, repository } from "@portcullis/tools/setup";
import { parseAllDocuments } from "yaml";
import { until } from "../cluster/index.ts";
import type { Condition } from "./policy-status.ts";

export interface LocalSystem {
  readonly natsUrl: string;
  /** Gives the enforcer the public keys that the controller has written, as kubelet does, and returns them. */
  mountKeys(): Promise<PublicKeys>;
  apply(objects: readonly KubernetesObject[]): Promise<void>;
  /** A merge patch: null takes a key away. */
  merge(object: KubernetesObject, patch: object): Promise<void>;
  /** Waits for the condition to have the status. */
  condition(namespace: string, policy: string, type: string, status: string): Promise<Condition>;
  nodeStatus(node: string): Promise<NodeStatus>;
  /** Waits for a line of the enforcer's log that matches. */
  enforcerLog(pattern: RegExp): Promise<string>;
  end(): Promise<void>;
}

interface KeyFile {
  readonly "keys.json"?: string;
}

const crds = ["kubearmorpolicies", "kubearmorhostpolicies", "kubearmorclusterpolicies"];

/** Starts everything; `node` is the name this machine has in the cluster. */
export async function startLocalSystem(node: string): Promise<LocalSystem> {
  process.env.PORTCULLIS_BIN ??= artifacts(cacheDirectory(process.env)).bin;
  const work = mkdtempSync(join(tmpdir(), "portcullis-local-"));
  const programs = new RunningPrograms();
  const ended = new AbortController();
  const nats = await startNatsServer();
  const api = await TestApiServer.start();
  const objects = KubernetesObjectApi.makeApiClient(parseKubeConfig(api.kubeconfig()));
  const apply = async (list: readonly KubernetesObject[]): Promise<void> => {
    for (const o of list) await objects.patch(o, undefined, undefined, "e2e", true, PatchStrategy.ServerSideApply);
  };
  for (const name of crds) await apply(documents(join(repository, "crds", `${name}.yaml`)));
  await until(
    "the CRDs to be served",
    async () => (await objects.list("security.kubearmor.com/v1", "KubeArmorPolicy")) && true,
    {
      timeoutMs: 20_000,
    },
  );
  await apply([
    { apiVersion: "v1", kind: "Namespace", metadata: { name: "portcullis" } },
    { apiVersion: "v1", kind: "Node", metadata: { name: node } },
  ]);
  const common = { NATS_URL: nats.url, HTTP_ADDRESS: "127.0.0.1:0" };
  const start = (name: string, env: Record<string, string>) =>
    programs.start({
      name,
      command: process.execPath,
      args: [join(repository, "packages", name, "src", "main.ts")],
      log: join(work, `${name}.log`),
      environment: { ...common, ...env },
    });
  start("controller", {
    POD_NAMESPACE: "portcullis",
    POD_NAME: "controller-1",
    KUBECONFIG: api.kubeconfigFile(),
    SIGNING_DELAY_SECONDS: "1",
  });
  const keys = join(work, "bundle-keys", "keys.json");
  mkdirSync(dirname(keys));
  start("enforcer", {
    NODE_NAME: node,
    STATE_DIR: join(work, "state"),
    BUNDLE_KEYS: keys,
    CRI_SOCKET: join(work, "no-runtime.sock"),
    BPF_PIN_DIR: "/sys/fs/bpf/portcullis-e2e-local",
  });
  const mountKeys = async (): Promise<PublicKeys> => {
    const metadata = { namespace: "portcullis", name: "portcullis-bundle-keys" };
    const read = () => objects.read({ apiVersion: "v1", kind: "ConfigMap", metadata }) as Promise<{ data?: KeyFile }>;
    const published = async () => (await read()).data?.["keys.json"];
    const text = await until("the controller to publish its keys", published, { timeoutMs: 30_000 });
    writeFileSync(`${keys}.new`, text);
    renameSync(`${keys}.new`, keys);
    return PublicKeys.parse(text);
  };
  await mountKeys();
  const bus = await connect({ servers: nats.url, name: "e2e", signal: ended.signal, log: silentLog });
  const statuses = new Map<string, NodeStatus>();
  const watching = (async () => {
    for await (const event of bus.watchNodeStatuses(ended.signal))
      if (event.status) statuses.set(event.node, event.status);
  })();

  return {
    natsUrl: nats.url,
    mountKeys,
    apply,
    merge: async (object, patch) => {
      await objects.patch({ ...object, ...patch }, undefined, undefined, "e2e", undefined, PatchStrategy.MergePatch);
    },
    condition: async (namespace, policy, type, status) =>
      await until(
        `policy ${policy} to be ${type}=${status}`,
        async () => {
          const header = {
            apiVersion: "security.kubearmor.com/v1",
            kind: "KubeArmorPolicy",
            metadata: { namespace, name: policy },
          };
          const read = (await objects.read(header)) as { status?: { conditions?: Condition[] } };
          const found = read.status?.conditions?.find((c) => c.type === type);
          if (found?.status === status && !/being published/.test(found.message ?? "")) return found;
          throw new Error(JSON.stringify(read.status ?? "no status"));
        },
        { timeoutMs: 30_000 },
      ),
    nodeStatus: async (name) => await until(`the status of ${name}`, () => statuses.get(name), { timeoutMs: 30_000 }),
    enforcerLog: async (pattern) =>
      await until(
        `a line of the enforcer's log like ${pattern}`,
        () =>
          readFileSync(join(work, "enforcer.log"), "utf8")
            .split("\n")
            .find((l) => pattern.test(l)),
        { timeoutMs: 30_000 },
      ),
    end: async () => {
      ended.abort();
      await watching;
      await programs.close();
      await bus.close();
      await nats.dispose();
      await api.stop();
      rmSync(work, { recursive: true, force: true });
    },
  };
}

const documents = (path: string): KubernetesObject[] =>
  parseAllDocuments(readFileSync(path, "utf8")).map((d) => d.toJS() as KubernetesObject);
