/** Promise: an update is atomic, and the enforcer's death changes nothing. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type Cluster, startCluster } from "../cluster/index.ts";
import { alternate, folder, placePrograms, programs } from "./alternate.ts";
import { awaitCondition } from "./policy-status.ts";
import { namespaceObject, podObject, policyObject } from "./test-objects.ts";

const namespace = "atomic";
const block = (paths: readonly string[]) => ({
  process: { matchPaths: paths.map((path) => ({ path })) },
  action: "Block",
});

describe("in a loop of allowed and forbidden execs no verdict is wrong", () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({ name: "no-wrong-verdict" });
    await placePrograms(cluster);
    await cluster.apply([namespaceObject(namespace), podObject(namespace, "loop", { hostFolder: folder })]);
    await cluster.apply(policyObject(namespace, "forbid", "loop", block([programs.forbidden])));
    await cluster.podReady(namespace, "loop");
    await awaitCondition(cluster, namespace, "forbid", "Enforced");
  }, 1_200_000);
  afterAll(async () => await cluster?.end(), 60_000);

  it("across 50 updates of an unrelated rule", async () => {
    let updates = 0;
    const update = async () => {
      for (; updates < 50; updates++) {
        await cluster.apply(policyObject(namespace, "unrelated", "loop", block([`/srv/unrelated-${updates}`])));
        await awaitCondition(cluster, namespace, "unrelated", "Enforced");
      }
    };
    // Loop after loop, until the last update was seen in force during one. Each is short enough for a slow machine's exec.
    const loop = async () => {
      for (let alternations = 0; alternations < 10_000 || updates < 50; alternations += 2000) {
        const before = updates;
        const { stdout } = await alternate(cluster, namespace, "loop", 2000);
        expect(stdout).toMatch(/wrong 0 of 2000/);
        if (before < 50) expect(updates).toBeGreaterThan(before);
      }
    };
    await Promise.all([update(), loop()]);
  }, 1_500_000);

  it("while the enforcer is killed with SIGKILL, and its successor's alerts flow", async () => {
    const loop = alternate(cluster, namespace, "loop", 3000);
    // Both processes run the same program; the enforcer is root's.
    const kill = "pkill -KILL -u 0 -f '/app/src/[m]ain.mjs' && echo killed";
    expect(await cluster.guest(1).check(kill)).toMatch(/killed/);
    expect((await loop).stdout).toMatch(/wrong 0 of 3000/);
    const alerts = cluster.alerts();
    await alerts.ready;
    await cluster.until("the enforcer to be Ready again", async () => {
      const release = cluster.release?.namespace ?? "";
      const out = await cluster.kubectl([
        "-n",
        release,
        "get",
        "pods",
        "-l",
        "app.kubernetes.io/component=enforcer",
        "-o",
        "json",
      ]);
      const pods = (
        JSON.parse(out) as { items: { status: { containerStatuses: { ready: boolean; restartCount: number }[] } }[] }
      ).items;
      return pods.every((p) => p.status.containerStatuses.every((c) => c.ready && c.restartCount > 0));
    });
    const mark = await alerts.mark();
    // What the killed process has told already is counted, without names, until its successor takes the counts over.
    const alert = await cluster.until("an alert that names the program", async () => {
      await alternate(cluster, namespace, "loop", 1);
      const named = { PolicyName: "forbid", PodName: "loop", Action: "Block", Resource: /./ };
      return await alerts.wait(named, 3_000, mark).catch(() => undefined);
    });
    expect(alert.Resource).toContain(programs.forbidden);
  }, 900_000);
});
