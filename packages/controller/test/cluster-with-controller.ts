/**
 * A cluster of two nodes with a few pods, and a controller at work on it, for all tests of one file.
 */
import { afterAll, beforeAll } from "@jest/globals";
import type { PolicyCondition, PolicyStatus } from "@portcullis/api";
import { until } from "@portcullis/daemon/testing";
import type { KubeObject } from "@portcullis/kube";
import { policyResource } from "../src/watch/objects.ts";
import { Cluster, condition } from "./cluster.ts";

export class ClusterWithController {
  #cluster: Cluster | undefined;
  readonly #stop = new AbortController();
  #run: Promise<void> | undefined;

  /** Registers what has to happen before and after the tests of the file. */
  constructor() {
    beforeAll(() => this.#start(), 120_000);
    afterAll(async () => {
      this.#stop.abort();
      await this.#run;
      await this.#cluster?.stop();
    });
  }

  get cluster(): Cluster {
    if (this.#cluster === undefined) throw new Error("there is a cluster once the tests run");
    return this.#cluster;
  }

  async #start(): Promise<void> {
    const cluster = await Cluster.start();
    this.#cluster = cluster;
    for (const node of ["node-1", "node-2"]) await cluster.node(node);
    await cluster.namespace("shop");
    await cluster.namespace("kube-system");
    await cluster.pod({ namespace: "shop", name: "web", node: "node-1", labels: { group: "group-1" } });
    await cluster.pod({ namespace: "shop", name: "db", node: "node-2", labels: { group: "group-2" } });
    await cluster.pod({ namespace: "kube-system", name: "dns", node: "node-1", labels: { group: "group-1" } });
    const { signal } = this.#stop;
    const { controller } = await cluster.controller("controller-1", signal, {
      untrackedNamespaces: new Set(["kube-system"]),
      lease: { namespace: "default", name: "portcullis" },
      sweepMs: 200,
    });
    this.#run = controller.run(signal);
    await until("bundles of both nodes", async () => (await cluster.bus.listBundles()).length === 2);
  }

  async revision(node: string): Promise<bigint> {
    return (await this.cluster.bundle(node))?.revision ?? 0n;
  }

  /** A policy of the namespace `shop`. */
  ksp(name: string, spec: object): Promise<KubeObject> {
    return this.cluster.policy({ kind: "KubeArmorPolicy", namespace: "shop", name, spec });
  }

  drop(name: string): Promise<void> {
    return this.cluster.delete(policyResource("KubeArmorPolicy"), name, "shop");
  }

  status(name: string): Promise<PolicyStatus | undefined> {
    return this.cluster.status("KubeArmorPolicy", name, "shop");
  }

  conditionIs(name: string, type: string, value: string): Promise<PolicyCondition> {
    return until(`${name} is ${type}=${value}`, async () => {
      const found = condition(await this.status(name), type);
      return found?.status === value ? found : undefined;
    });
  }
}
