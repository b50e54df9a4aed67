import { describe, expect, it } from "@jest/globals";
import type { KubeObject } from "../src/client/resource.ts";
import { OwnerResolver } from "../src/owners.ts";

const object = (kind: string, name: string, owner?: KubeObject): KubeObject => ({
  apiVersion: "v1",
  kind,
  metadata: {
    name,
    namespace: "shop",
    uid: `uid-${kind}-${name}`,
    resourceVersion: "1",
    ...(owner
      ? {
          ownerReferences: [
            { apiVersion: "x", kind: "Other", name: "bystander", uid: "b" },
            {
              apiVersion: owner.apiVersion,
              kind: owner.kind,
              name: owner.metadata.name,
              uid: owner.metadata.uid,
              controller: true,
            },
          ],
        }
      : {}),
  },
});

/** A resolver that knows these objects, and may be taught and made to forget. */
function resolver(known: KubeObject[], memoryBytes?: number) {
  const lookup = (kind: string) => (namespace: string, name: string) =>
    known.find((o) => o.kind === kind && o.metadata.namespace === namespace && o.metadata.name === name);
  return new OwnerResolver({ ReplicaSet: lookup("ReplicaSet"), Job: lookup("Job") }, memoryBytes);
}

describe("resolving owners", () => {
  const deployment = object("Deployment", "web");
  const replicaSet = object("ReplicaSet", "web-1", deployment);
  const job = object("Job", "nightly-1", object("CronJob", "nightly"));

  it.each([
    ["a pod of a Deployment", object("Pod", "p", replicaSet), { kind: "Deployment", name: "web", namespace: "shop" }],
    ["a pod of a CronJob", object("Pod", "p", job), { kind: "CronJob", name: "nightly", namespace: "shop" }],
    [
      "a pod of a StatefulSet",
      object("Pod", "p", object("StatefulSet", "db")),
      { kind: "StatefulSet", name: "db", namespace: "shop" },
    ],
    [
      "a pod of a DaemonSet",
      object("Pod", "p", object("DaemonSet", "log")),
      { kind: "DaemonSet", name: "log", namespace: "shop" },
    ],
    [
      "a pod of a kind of somebody else's",
      object("Pod", "p", object("Game", "go")),
      { kind: "Game", name: "go", namespace: "shop" },
    ],
    ["a bare pod", object("Pod", "p"), undefined],
  ])("%s", (_, pod, owner) => {
    expect(resolver([replicaSet, job]).resolve(pod)).toEqual(owner);
  });

  it("takes a ReplicaSet without an owner as the top", () => {
    const lonely = object("ReplicaSet", "lonely");
    expect(resolver([lonely]).resolve(object("Pod", "p", lonely))?.kind).toBe("ReplicaSet");
  });

  it("names the ReplicaSet until it is known, then the Deployment", () => {
    const known: KubeObject[] = [];
    const owners = resolver(known);
    const pod = object("Pod", "p", replicaSet);
    expect(owners.resolve(pod)).toEqual({ kind: "ReplicaSet", name: "web-1", namespace: "shop" });
    known.push(replicaSet);
    expect(owners.resolve(pod)?.kind).toBe("Deployment");
  });

  it("still names the Deployment when the ReplicaSet has gone, and forgets with the pod", () => {
    const known = [replicaSet];
    const owners = resolver(known);
    const pod = object("Pod", "p", replicaSet);
    owners.resolve(pod);
    known.pop();
    expect(owners.resolve(pod)?.kind).toBe("Deployment");
    owners.forget(pod.metadata.uid);
    expect(owners.resolve(pod)?.kind).toBe("ReplicaSet");
  });

  it("does not take another object of the owner's name for the owner", () => {
    const imposter = { ...replicaSet, metadata: { ...replicaSet.metadata, uid: "other" } };
    expect(resolver([imposter]).resolve(object("Pod", "p", replicaSet))?.kind).toBe("ReplicaSet");
  });

  it("remembers no more pods than it may", () => {
    const owners = resolver([replicaSet], 1_000);
    for (let i = 0; i < 10; i++) owners.resolve(object("Pod", `p${i}`, replicaSet));
    expect(owners.remembered).toBe(3);
  });

  it("ends on a cycle", () => {
    const a = object("ReplicaSet", "a", object("ReplicaSet", "b"));
    const b = object("ReplicaSet", "b", a);
    expect(resolver([a, b]).resolve(object("Pod", "p", a))?.kind).toBe("ReplicaSet");
  });
});
