import { describe, expect, it } from "@jest/globals";
import { encodeBundle } from "@portcullis/bus";
import { silentLog } from "@portcullis/daemon/testing";
import { type ApiRequest, collectionPath, type KubeClient, type KubeObject, type Resource } from "@portcullis/kube";
import type { Bundle } from "@portcullis/model";
import fc from "fast-check";
import { allInformers, makeInformers } from "../src/informers.ts";
import { NAMESPACES, NODES, PODS, policyResource, REPLICA_SETS } from "../src/objects.ts";
import { World } from "../src/world.ts";
import { blocking } from "./helpers.ts";

/** An API server in memory: empty lists, and watches that carry what a test puts into them. */
class FakeApi {
  readonly #waiting = new Map<string, ((line: string) => void)[]>();
  readonly #queued = new Map<string, string[]>();
  readonly #held = new Map<string, KubeObject>();
  #version = 1;

  async request({ path }: ApiRequest): Promise<unknown> {
    return { apiVersion: "v1", kind: `${path}List`, metadata: { resourceVersion: "1" }, items: [] };
  }

  async *lines({ path, signal }: ApiRequest): AsyncGenerator<string> {
    while (!signal?.aborted) {
      const line = this.#queued.get(path)?.shift();
      if (line !== undefined) yield line;
      else {
        await new Promise<unknown>((resolve) => {
          signal?.addEventListener("abort", resolve, { once: true });
          this.#waiting.set(path, [...(this.#waiting.get(path) ?? []), resolve]);
        });
      }
    }
  }

  /** Adds or changes an object; `undefined` deletes it. */
  put(resource: Resource, name: string, namespace: string | undefined, content: object | undefined): void {
    const path = collectionPath(resource);
    const key = `${path} ${namespace} ${name}`;
    const old = this.#held.get(key);
    if (old === undefined && content === undefined) return;
    const version = String(++this.#version);
    const { metadata = {}, ...rest } = (content ?? old) as { metadata?: object };
    const uid = old?.metadata.uid ?? `uid-${version}`;
    const object = {
      apiVersion: "v1",
      kind: resource.kind,
      ...rest,
      metadata: { ...metadata, name, namespace, uid, resourceVersion: version, generation: Number(version) },
    } as KubeObject;
    if (content === undefined) this.#held.delete(key);
    else this.#held.set(key, object);
    const type = content === undefined ? "DELETED" : old ? "MODIFIED" : "ADDED";
    this.#queued.set(path, [...(this.#queued.get(path) ?? []), JSON.stringify({ type, object })]);
    for (const wake of this.#waiting.get(path)?.splice(0) ?? []) wake("");
  }

  get drained(): boolean {
    return [...this.#queued.values()].every((lines) => lines.length === 0);
  }
}

/** A change of the cluster; shows what it is when a property fails. */
class Step {
  readonly #what: object;
  readonly apply: (api: FakeApi) => void;
  constructor(what: object, apply: (api: FakeApi) => void) {
    this.#what = what;
    this.apply = apply;
  }
  [fc.toStringMethod](): string {
    return JSON.stringify(this.#what);
  }
}

// Few values, so that things meet.
const namespaces = fc.constantFrom("shop", "shop", "shop", "bank", "kube-system");
const labels = fc.constantFrom({}, { app: "x" }, { app: "x" }, { app: "y" });
const gone = fc.constantFrom(true, false, false, false);

const podStep = fc
  .record({
    name: fc.constantFrom("a", "b", "c", "d", "e"),
    namespace: namespaces,
    node: fc.constantFrom("", "n1", "n2", "n3"),
    labels,
    phase: fc.constantFrom("Running", "Running", "Running", "Succeeded"),
    owner: fc.option(fc.constantFrom("web-1", "web-2")),
    gone,
  })
  .map(
    (p) =>
      new Step({ pod: p }, (api) => {
        const owners = p.owner && [
          { apiVersion: "apps/v1", kind: "ReplicaSet", name: p.owner, uid: `uid-${p.owner}`, controller: true },
        ];
        const spec = { nodeName: p.node || undefined, containers: [{ name: "main", image: "i" }] };
        const metadata = { labels: p.labels, ...(owners ? { ownerReferences: owners } : {}) };
        api.put(PODS, p.name, p.namespace, p.gone ? undefined : { metadata, spec, status: { phase: p.phase } });
      }),
  );
const kspStep = fc
  .record({
    name: fc.constantFrom("p", "q"),
    namespace: namespaces,
    labels,
    path: fc.constantFrom("/bin/a", "/bin/b"),
    gone,
    allow: fc.boolean(),
  })
  .map(
    (p) =>
      new Step({ ksp: p }, (api) => {
        const spec = { ...blocking(p.path, p.labels), ...(p.allow ? { action: "Allow" } : {}) };
        api.put(policyResource("KubeArmorPolicy"), p.name, p.namespace, p.gone ? undefined : { spec });
      }),
  );
const cspStep = fc
  .record({ name: fc.constantFrom("p", "q"), operator: fc.constantFrom("In", "NotIn"), value: namespaces, gone })
  .map(
    (p) =>
      new Step({ csp: p }, (api) => {
        const selector = { matchExpressions: [{ key: "namespace", operator: p.operator, values: [p.value] }] };
        const spec = { selector, process: { matchPaths: [{ path: "/bin/c" }] }, action: "Block" };
        api.put(policyResource("KubeArmorClusterPolicy"), p.name, undefined, p.gone ? undefined : { spec });
      }),
  );
const namespaceStep = fc
  .record({ name: namespaces, posture: fc.option(fc.constantFrom("block", "audit", "nonsense")), gone })
  .map(
    (p) =>
      new Step({ namespace: p }, (api) => {
        const metadata = p.posture ? { annotations: { "kubearmor-file-posture": p.posture } } : {};
        api.put(NAMESPACES, p.name, undefined, p.gone ? undefined : { metadata });
      }),
  );
const nodeStep = fc
  .record({ name: fc.constantFrom("n1", "n2"), gone })
  .map((p) => new Step({ node: p }, (api) => api.put(NODES, p.name, undefined, p.gone ? undefined : {})));
const steps = fc.array(
  fc.oneof({ weight: 3, arbitrary: podStep }, { weight: 3, arbitrary: kspStep }, cspStep, namespaceStep, nodeStep),
  { minLength: 10, maxLength: 40 },
);

describe("the world", () => {
  it(
    "names every node whose bundle a change touches: bundles kept up by what it says are those built anew",
    () =>
      fc.assert(
        fc.asyncProperty(steps, async (list) => {
          const api = new FakeApi();
          const informers = makeInformers(api as unknown as KubeClient, silentLog);
          const touched = new Set<string>();
          const options = {
            cluster: "test",
            posture: { file: "audit", network: "audit", capabilities: "audit" },
            untrackedNamespaces: new Set(["kube-system"]),
          } as const;
          const world = new World(informers, options, {
            node: (name) => touched.add(name),
            policy: (_, nodes) => {
              for (const node of nodes) touched.add(node);
            },
            posture: () => undefined,
          });
          const stop = new AbortController();
          const runs = allInformers(informers).map((informer) => informer.run(stop.signal));
          await Promise.all(allInformers(informers).map((informer) => informer.whenSynced(AbortSignal.timeout(5_000))));
          const bytes = (node: string) =>
            Buffer.from(encodeBundle({ ...(world.build(node).content as Bundle), revision: 1n })).toString("hex");
          const kept = new Map<string, string>();
          for (const step of list) {
            step.apply(api);
            do await new Promise((resolve) => setImmediate(resolve));
            while (!api.drained);
            for (const node of touched) kept.set(node, bytes(node));
            touched.clear();
            for (const node of ["n1", "n2", "n3"]) if (world.hasNode(node)) expect(kept.get(node)).toBe(bytes(node));
          }
          stop.abort();
          await Promise.all(runs);
        }),
        { numRuns: 300 },
      ),
    60_000,
  );

  it("builds anew when the owner of a pod's ReplicaSet becomes known", async () => {
    const api = new FakeApi();
    const informers = makeInformers(api as unknown as KubeClient, silentLog);
    const touched: string[] = [];
    const posture = { file: "audit", network: "audit", capabilities: "audit" } as const;
    const world = new World(
      informers,
      { cluster: "test", posture, untrackedNamespaces: new Set() },
      { node: (name) => touched.push(name), policy: () => undefined, posture: () => undefined },
    );
    const stop = new AbortController();
    const runs = allInformers(informers).map((informer) => informer.run(stop.signal));
    await Promise.all(allInformers(informers).map((informer) => informer.whenSynced(AbortSignal.timeout(5_000))));
    const settle = () => new Promise((resolve) => setTimeout(resolve, 20));
    api.put(policyResource("KubeArmorPolicy"), "p", "shop", { spec: blocking("/bin/sh") });
    // The fake gives the third object the version 4, and with it this uid.
    const ownerReferences = [
      { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web-1", uid: "uid-4", controller: true },
    ];
    const spec = { nodeName: "n1", containers: [{ name: "main", image: "i" }] };
    api.put(PODS, "web-1-x", "shop", { metadata: { ownerReferences }, spec });
    await settle();
    expect(world.build("n1").content.containers[0]?.owner).toMatchObject({ kind: "ReplicaSet", name: "web-1" });
    touched.length = 0;
    const deployment = [{ apiVersion: "apps/v1", kind: "Deployment", name: "web", uid: "d", controller: true }];
    api.put(REPLICA_SETS, "web-1", "shop", { metadata: { ownerReferences: deployment } });
    await settle();
    expect(touched).toEqual(["n1"]);
    expect(world.build("n1").content.containers[0]?.owner).toMatchObject({ kind: "Deployment", name: "web" });
    stop.abort();
    await Promise.all(runs);
  });
});
