/**
 * A cluster for tests of the controller: a real API server without kubelets, a real NATS server, and ways to see what came of it. Long because
 * it is one cluster, and each test needs another part of it.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type AnyPolicy, kinds, type PolicyCondition, type PolicyStatus } from "@portcullis/api";
import { type Bus, connect, decodeBundle, decodeRuleSet, digestOf, PublicKeys } from "@portcullis/bus";
import { type NatsServer, startNatsServer } from "@portcullis/bus/testing";
import { silentLog, until } from "@portcullis/daemon/testing";
import { apply, collectionPath, type KubeClient, type KubeObject, objectPath, type Resource } from "@portcullis/kube";
import { TestApiServer } from "@portcullis/kube/testing";
import type { Bundle, NodeStatus } from "@portcullis/model";
import { parseAllDocuments } from "yaml";
import { Controller } from "../src/controller.ts";
import { configMapResource } from "../src/named-object.ts";
import { BundleKeys } from "../src/signing/bundle-keys.ts";
import { namespaceResource, nodeResource, podResource, policyResource } from "../src/watch/objects.ts";

type ControllerOptions = ConstructorParameters<typeof Controller>[0];

const definitions: Resource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  plural: "customresourcedefinitions",
  kind: "CustomResourceDefinition",
};

export class Cluster {
  readonly api: TestApiServer;
  readonly nats: NatsServer;
  readonly client: KubeClient;
  readonly bus: Bus;
  readonly #ended: AbortController;

  private constructor(api: TestApiServer, nats: NatsServer, bus: Bus, ended: AbortController) {
    this.api = api;
    this.nats = nats;
    this.client = api.client();
    this.bus = bus;
    this.#ended = ended;
  }

  static async start(): Promise<Cluster> {
    const api = await TestApiServer.start();
    const nats = await startNatsServer();
    const ended = new AbortController();
    const bus = await connect({ servers: nats.url, name: "test", signal: ended.signal, log: silentLog });
    const cluster = new Cluster(api, nats, bus, ended);
    await cluster.#defineKinds();
    return cluster;
  }

  async stop(): Promise<void> {
    await this.bus.close();
    this.#ended.abort();
    await this.client.config.close();
    await this.nats.dispose();
    await this.api.stop();
  }

  /** A controller that is yet to run, with a bus of its own; both are called `name`. */
  async controller(
    name: string,
    signal: AbortSignal,
    rest: Pick<ControllerOptions, "lease"> & Partial<ControllerOptions>,
  ): Promise<{ controller: Controller; bus: Bus }> {
    const bus = await connect({ servers: this.nats.url, name, signal, log: silentLog });
    const client = this.api.client();
    const controller = new Controller({
      client,
      bus,
      keys: this.keys(client),
      log: silentLog,
      cluster: "test",
      untrackedNamespaces: new Set(),
      identity: name,
      ...rest,
    });
    return { controller, bus };
  }

  /** The keys of a controller of this cluster, in the namespace `default`. */
  keys(client = this.client, more: Partial<ConstructorParameters<typeof BundleKeys>[0]> = {}): BundleKeys {
    const names = { namespace: "default", secret: "signing-key", configMap: "bundle-keys" };
    return new BundleKeys({ client, log: silentLog, ...names, delayMs: 200, lookMs: 50, ...more });
  }

  /** What enforcers would read. */
  async publicKeys(namespace = "default", name = "bundle-keys"): Promise<PublicKeys> {
    const path = objectPath(configMapResource, name, namespace);
    const { data } = await this.client.request<KubeObject & { data?: Record<string, string> }>({ method: "GET", path });
    return PublicKeys.parse(data?.["keys.json"] ?? "");
  }

  async #defineKinds(): Promise<void> {
    const directory = join(import.meta.dirname, "../../../crds");
    for (const file of readdirSync(directory).filter((name) => name.endsWith(".yaml"))) {
      for (const document of parseAllDocuments(readFileSync(join(directory, file), "utf8"))) {
        const crd = document.toJS() as KubeObject;
        if (crd?.kind !== definitions.kind) continue;
        await apply(
          this.client,
          { resource: definitions, name: crd.metadata.name },
          { ...crd },
          { fieldManager: "test" },
        );
      }
    }
    for (const kind of Object.keys(kinds) as (keyof typeof kinds)[]) {
      await until(`${kind} is served`, async () => {
        await this.client.request({ method: "GET", path: collectionPath(policyResource(kind)) });
        return true;
      });
    }
  }

  async namespace(name: string, annotations: Record<string, string> = {}): Promise<KubeObject> {
    return apply(
      this.client,
      { resource: namespaceResource, name },
      { metadata: { annotations } },
      { fieldManager: "test" },
    );
  }

  async node(name: string): Promise<void> {
    await apply(this.client, { resource: nodeResource, name }, {}, { fieldManager: "test" });
  }

  /** A running pod on a node, as a kubelet would report it. */
  async pod(at: {
    namespace: string;
    name: string;
    node: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    owner?: KubeObject;
  }): Promise<string> {
    const { namespace, name, node, labels = {}, annotations = {}, owner } = at;
    const target = { resource: podResource, namespace, name };
    const ownerReferences = owner && [
      {
        apiVersion: owner.apiVersion,
        kind: owner.kind,
        name: owner.metadata.name,
        uid: owner.metadata.uid,
        controller: true,
      },
    ];
    const spec = {
      nodeName: node,
      initContainers: [{ name: "prepare", image: "busybox:1" }],
      containers: [{ name: "main", image: "app:1" }],
    };
    const pod = await apply(
      this.client,
      target,
      { metadata: { labels, annotations, ownerReferences }, spec },
      { fieldManager: "test" },
    );
    await this.podStatus(namespace, name, { phase: "Running" });
    return pod.metadata.uid;
  }

  async podStatus(namespace: string, name: string, status: object): Promise<void> {
    const target = { resource: podResource, namespace, name, subresource: "status" };
    await apply(this.client, target, { status }, { fieldManager: "test" });
  }

  async policy(
    policy: Pick<AnyPolicy, "kind"> & { name: string; namespace?: string; spec: object },
  ): Promise<KubeObject> {
    const { kind, name, namespace, spec } = policy;
    return apply(this.client, { resource: policyResource(kind), name, namespace }, { spec }, { fieldManager: "test" });
  }

  async delete(resource: Resource, name: string, namespace?: string): Promise<void> {
    await this.client.request({
      method: "DELETE",
      path: objectPath(resource, name, namespace),
      query: { gracePeriodSeconds: 0 },
    });
  }

  async status(kind: AnyPolicy["kind"], name: string, namespace?: string): Promise<PolicyStatus | undefined> {
    const path = objectPath(policyResource(kind), name, namespace);
    const object = await this.client.request<KubeObject & { status?: PolicyStatus }>({ method: "GET", path });
    const current = object.status?.observedGeneration === object.metadata.generation;
    return current ? object.status : undefined;
  }

  async bundle(node: string): Promise<Bundle | undefined> {
    return (await this.bus.listBundles()).find((bundle) => bundle.node === node);
  }

  /** The node's bundle as it lies there, if there is one. */
  async bundleBytes(node: string): Promise<Uint8Array | undefined> {
    if ((await this.bundle(node)) === undefined) return undefined;
    for await (const bytes of this.bus.watchBundle(node, AbortSignal.timeout(10_000))) return bytes;
    return undefined;
  }

  /** Paths the node's bundle blocks, by `pod/container`. */
  async blocked(node: string): Promise<Record<string, string[]>> {
    const bundle = await this.bundle(node);
    const result: Record<string, string[]> = {};
    for (const container of bundle?.containers ?? []) {
      const paths: string[] = [];
      if (container.ruleSet !== "") {
        const ruleSet = decodeRuleSet(await this.bus.ruleSet(container.ruleSet, AbortSignal.timeout(5_000)));
        for (const rule of ruleSet.rules) {
          if (rule.action === "block" && rule.match.kind === "path") paths.push(rule.match.path);
        }
      }
      result[`${container.pod}/${container.container}`] = paths.sort();
    }
    return result;
  }

  /** What an enforcer would say that has applied the node's bundle as it is now. */
  async report(node: string, more: Partial<NodeStatus> = {}): Promise<void> {
    const bytes = await this.bundleBytes(node);
    await this.bus.putNodeStatus({ ...nodeStatus(node), ...(bytes ? applied(bytes) : {}), ...more });
  }
}

/** What an enforcer says of the bundle that it holds. */
function applied(bytes: Uint8Array): Pick<NodeStatus, "appliedRevision" | "held"> {
  const { epoch = 0n, revision } = decodeBundle(bytes);
  return { appliedRevision: revision, held: { epoch, revision, digest: digestOf(bytes) } };
}

export function nodeStatus(node: string, more: Partial<NodeStatus> = {}): NodeStatus {
  return {
    node,
    updatedAt: new Date().toISOString(),
    enforcerVersion: "0.1.0",
    kernel: "6.12.0",
    enforcing: true,
    problems: [],
    hooks: ["file_open"],
    appliedRevision: 0n,
    boundRuleSets: [],
    unenforced: [],
    counters: {},
    headroom: { slotsUsed: 0, slots: 1_024 },
    ...more,
  };
}

export const condition = (status: PolicyStatus | undefined, type: string): PolicyCondition | undefined =>
  status?.conditions?.find((c) => c.type === type);

/** Block this path for pods with these labels. */
export const blocking = (path: string, matchLabels?: Record<string, string>) => ({
  ...(matchLabels ? { selector: { matchLabels } } : {}),
  process: { matchPaths: [{ path }] },
  action: "Block",
});
