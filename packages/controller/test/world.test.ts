/** What a change of the cluster touches. Long because the random changes serve all of it. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { type GlobalConfig, parseGlobalConfig } from "../src/watch/global-config.ts";
import {
  namespaceResource,
  nodeResource,
  podResource,
  policyResource,
  replicaSetResource,
} from "../src/watch/objects.ts";
import type { World } from "../src/watch/world.ts";
import { blocking } from "./cluster.ts";
import { type FakeApi, WatchedWorld } from "./watched-world.ts";

/** A change of the cluster; shows what it is when a property fails. */
class Step {
  readonly #what: object;
  readonly apply: (api: FakeApi, world: World) => void;
  constructor(what: object, apply: (api: FakeApi, world: World) => void) {
    this.#what = what;
    this.apply = apply;
  }
  /** It changes nothing that the API server holds. */
  get ofWorldOnly(): boolean {
    return "config" in this.#what;
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
    beside: fc.constantFrom([], ["side"], ["side", "other"]),
    optOut: fc.constantFrom(undefined, undefined, "disabled", "audited", "nonsense"),
    gone,
  })
  .map(
    (p) =>
      new Step({ pod: p }, (api) => {
        const owners = p.owner && [
          { apiVersion: "apps/v1", kind: "ReplicaSet", name: p.owner, uid: `uid-${p.owner}`, controller: true },
        ];
        const containers = ["main", ...p.beside].map((name) => ({ name, image: "i" }));
        const spec = { nodeName: p.node || undefined, containers };
        const annotations = p.optOut ? { annotations: { "kubearmor-policy": p.optOut } } : {};
        const metadata = { labels: p.labels, ...annotations, ...(owners ? { ownerReferences: owners } : {}) };
        api.put(podResource, p.name, p.namespace, p.gone ? undefined : { metadata, spec, status: { phase: p.phase } });
      }),
  );
const kspStep = fc
  .record({
    name: fc.constantFrom("p", "q"),
    namespace: namespaces,
    labels,
    container: fc.option(fc.constantFrom("main", "side")),
    path: fc.constantFrom("/bin/a", "/bin/b"),
    gone,
    allow: fc.boolean(),
  })
  .map(
    (p) =>
      new Step({ ksp: p }, (api) => {
        const named = p.container === null ? {} : { "kubearmor.io/container.name": p.container };
        const spec = { ...blocking(p.path, { ...p.labels, ...named }), ...(p.allow ? { action: "Allow" } : {}) };
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
  .record({
    name: namespaces,
    posture: fc.option(fc.constantFrom("block", "audit", "nonsense")),
    visibility: fc.option(fc.constantFrom("none", "process", "file,process", "nonsense")),
    optOut: fc.constantFrom(undefined, "allowed", "allowed", "nonsense"),
    gone,
  })
  .map(
    (p) =>
      new Step({ namespace: p }, (api) => {
        const annotations = {
          ...(p.posture ? { "kubearmor-file-posture": p.posture } : {}),
          ...(p.visibility ? { "kubearmor-visibility": p.visibility } : {}),
          ...(p.optOut ? { "portcullis.dev/pod-opt-out": p.optOut } : {}),
        };
        const metadata = Object.keys(annotations).length > 0 ? { annotations } : {};
        api.put(namespaceResource, p.name, undefined, p.gone ? undefined : { metadata });
      }),
  );
const nodeStep = fc
  .record({
    name: fc.constantFrom("n1", "n2"),
    pool: fc.constantFrom("a", "b"),
    visibility: fc.option(fc.constantFrom("none", "process")),
    gone,
  })
  .map(
    (p) =>
      new Step({ node: p }, (api) => {
        const labels = { pool: p.pool, "kubernetes.io/hostname": p.name };
        const metadata = { labels, ...(p.visibility ? { annotations: { "kubearmor-visibility": p.visibility } } : {}) };
        api.put(nodeResource, p.name, undefined, p.gone ? undefined : { metadata });
      }),
  );
const hspStep = fc
  .record({
    name: fc.constantFrom("p", "q"),
    matchLabels: fc.constantFrom({ pool: "a" }, { pool: "b" }, { "kubernetes.io/hostname": "n1, n3" }, {}),
    allow: fc.boolean(),
    accepts: fc.boolean(),
    gone,
  })
  .map(
    (p) =>
      new Step({ hsp: p }, (api) => {
        const annotations = p.accepts ? { "portcullis.dev/accept-lockout": "true" } : {};
        const spec = {
          nodeSelector: { matchLabels: p.matchLabels },
          process: { matchPaths: [{ path: "/bin/h" }] },
          action: p.allow ? "Allow" : "Block",
        };
        const content = p.gone ? undefined : { metadata: { annotations }, spec };
        api.put(policyResource("KubeArmorHostPolicy"), p.name, undefined, content);
      }),
  );
const mode = fc.constantFrom("audit", "block");
const configStep = fc.record({ file: mode, host: mode }).map(
  (p) =>
    new Step({ config: p }, (_, world) => {
      const config = parseGlobalConfig({ defaultFilePosture: p.file, hostDefaultFilePosture: p.host });
      world.configure(config as GlobalConfig);
    }),
);
const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: podStep },
    { weight: 3, arbitrary: kspStep },
    cspStep,
    hspStep,
    namespaceStep,
    nodeStep,
    configStep,
  ),
  { minLength: 10, maxLength: 40 },
);

describe("the world", () => {
  it(
    "names every node whose bundle a change touches: bundles kept up by what it says are those built anew",
    () =>
      fc.assert(
        fc.asyncProperty(steps, async (list) => {
          const watched = await new WatchedWorld().start();
          const kept = new Map<string, string>();
          for (const step of list) {
            step.apply(watched.api, watched.world);
            await watched.settle();
            for (const node of watched.takeTouched()) kept.set(node, watched.bytes(node));
            for (const node of ["n1", "n2", "n3"].filter((name) => watched.world.hasNode(name)))
              expect(kept.get(node)).toBe(watched.bytes(node));
          }
          await watched.stop();
        }),
        { numRuns: 300 },
      ),
    60_000,
  );

  it(
    "builds after any changes what one builds that was started behind them",
    () =>
      fc.assert(
        fc.asyncProperty(steps, async (list) => {
          const watched = await new WatchedWorld().start();
          for (const step of list) {
            step.apply(watched.api, watched.world);
            await watched.settle();
            for (const node of watched.takeTouched()) watched.bytes(node);
          }
          const fresh = await new WatchedWorld(watched.api.copy()).start();
          for (const step of list.filter(({ ofWorldOnly }) => ofWorldOnly)) step.apply(fresh.api, fresh.world);
          await fresh.settle();
          for (const node of ["n1", "n2", "n3"]) expect(watched.bytes(node)).toBe(fresh.bytes(node));
          await Promise.all([watched.stop(), fresh.stop()]);
        }),
        { numRuns: 200 },
      ),
    60_000,
  );

  it("builds anew when the owner of a pod's ReplicaSet becomes known", async () => {
    const watched = await new WatchedWorld().start();
    const { api, world } = watched;
    api.put(policyResource("KubeArmorPolicy"), "p", "shop", { spec: blocking("/bin/sh") });
    // The fake gives the third object the version 4, and with it this uid.
    const ownerReferences = [
      { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web-1", uid: "uid-4", controller: true },
    ];
    const spec = { nodeName: "n1", containers: [{ name: "main", image: "i" }] };
    api.put(podResource, "web-1-x", "shop", { metadata: { ownerReferences }, spec });
    await watched.settle();
    expect(world.build("n1").content.containers[0]?.owner).toMatchObject({ kind: "ReplicaSet", name: "web-1" });
    watched.takeTouched();
    const deployment = [{ apiVersion: "apps/v1", kind: "Deployment", name: "web", uid: "d", controller: true }];
    api.put(replicaSetResource, "web-1", "shop", { metadata: { ownerReferences: deployment } });
    await watched.settle();
    expect(watched.takeTouched()).toEqual(["n1"]);
    expect(world.build("n1").content.containers[0]?.owner).toMatchObject({ kind: "Deployment", name: "web" });
    await watched.stop();
  });

  it("does not take a posture for known before the namespace was seen", async () => {
    const watched = await new WatchedWorld().start();
    const { api, world } = watched;
    api.put(policyResource("KubeArmorPolicy"), "p", "shop", { spec: blocking("/bin/sh") });
    const expression = { key: "namespace", operator: "In", values: ["bank"] };
    api.put(policyResource("KubeArmorClusterPolicy"), "q", undefined, {
      spec: { ...blocking("/bin/sh"), selector: { matchExpressions: [expression] } },
    });
    const spec = { nodeName: "n1", containers: [{ name: "main", image: "i" }] };
    await watched.settle();
    const unseen = () => world.policyKeys().filter((key) => world.namespaceUnseen(key));
    expect(unseen()).toEqual(["KubeArmorPolicy/shop/p"]);
    api.put(podResource, "teller", "bank", { spec });
    await watched.settle();
    expect(unseen().sort()).toEqual(["KubeArmorClusterPolicy//q", "KubeArmorPolicy/shop/p"]);
    for (const name of ["shop", "bank"]) api.put(namespaceResource, name, undefined, {});
    await watched.settle();
    expect(unseen()).toEqual([]);
    await watched.stop();
  });
});
