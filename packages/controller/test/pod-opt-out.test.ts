/** A pod's author switches enforcement off only where the namespace allows it. */
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { namespaceResource, podResource, policyResource } from "../src/watch/objects.ts";
import { blocking } from "./cluster.ts";
import { WatchedWorld } from "./watched-world.ts";

let watched: WatchedWorld;
beforeEach(async () => {
  watched = await new WatchedWorld().start();
});
afterEach(() => watched.stop());

describe("a pod that opts out", () => {
  it("is enforced unless its namespace allows that, and is told so each time it begins to be", async () => {
    const { api } = watched;
    const bound = async () => {
      await watched.settle();
      return watched.world.build("n1").content.containers.map(({ pod }) => pod);
    };
    const namespace = (value?: string) =>
      api.put(namespaceResource, "shop", undefined, {
        metadata: value === undefined ? {} : { annotations: { "portcullis.dev/pod-opt-out": value } },
      });
    const spec = blocking("/bin/a", { app: "x" });
    api.put(policyResource("KubeArmorPolicy"), "p", "shop", { spec });
    const metadata = { labels: { app: "x" }, annotations: { "kubearmor-policy": "disabled" } };
    const pod = { metadata, spec: { nodeName: "n1", containers: [{ name: "main", image: "i" }] }, status: {} };
    api.put(podResource, "wishing", "shop", pod);
    // Whether its namespace allows it is not known yet.
    expect([await bound(), watched.toldOptOuts]).toEqual([["wishing"], []]);
    namespace();
    expect([await bound(), watched.toldOptOuts]).toEqual([["wishing"], ["wishing"]]);
    namespace("yes");
    expect([await bound(), watched.toldOptOuts]).toEqual([["wishing"], ["wishing"]]);
    expect(watched.world.invalidAnnotations()).toEqual([
      expect.objectContaining({ invalid: [expect.objectContaining({ value: "yes" })] }),
    ]);
    namespace("allowed");
    expect([await bound(), watched.toldOptOuts]).toEqual([[], ["wishing"]]);
    expect(watched.world.optedOut()).toEqual([]);
    namespace();
    expect([await bound(), watched.toldOptOuts]).toEqual([["wishing"], ["wishing", "wishing"]]);
    expect(watched.world.optedOut()).toHaveLength(1);
  });
});
