/** Promise: every restore of a saved cluster is the same, whatever other restores do meanwhile. */
import { describe, expect, it } from "@jest/globals";
import { type Cluster, startCluster } from "../cluster/index.ts";
import { sleepingPod } from "./test-objects.ts";

const minutes = (n: number): number => n * 60_000;
const bare = { chart: false, name: "cluster-restores" } as const;

describe("two restores of one saved cluster", () => {
  it(
    "run side by side, begin alike and do not see each other",
    async () => {
      await using first = await startCluster(bare);
      await using second = await startCluster(bare);
      expect(second.restored).toBe(true);
      const began = async (cluster: Cluster) => [
        await cluster.kubectl(["get", "pods,services,namespaces", "-A", "-o", "jsonpath={.items[*].metadata.uid}"]),
        await cluster.guest().check("ls /tmp /var/log; ls /sys/fs/cgroup/kubepods/besteffort"),
      ];
      const state = await began(second);
      expect(await began(first)).toEqual(state);
      await first.apply(sleepingPod("mine"));
      await first.podReady("default", "mine");
      await first.guest().check("touch /tmp/mine");
      expect(await began(second)).toEqual(state);
      await first.end();
      await using third = await startCluster(bare);
      expect(await began(third)).toEqual(state);
    },
    minutes(5),
  );
});
