/** Promise: bad input is refused with the field, the value and the remedy, and nothing is half applied. */
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { Kvm } from "@nats-io/kv";
import { connect as connectNats } from "@nats-io/transport-node";
import { buckets, toToken } from "@portcullis/bus";
import { type Cluster, startCluster } from "../cluster/index.ts";
import { busUrl, login, verification } from "./bus-view.ts";
import { awaitCondition } from "./policy-status.ts";
import { namespaceObject, podObject, policyObject } from "./test-objects.ts";

// One condition alone is waited for for three minutes.
jest.setTimeout(300_000);

const namespace = "bad-input";
const copy = "cp -f /bin/busybox /tmp/busybox; /tmp/busybox true 2>&1";
const forbidden = { process: { matchPaths: [{ path: "/tmp/busybox" }] }, action: "Block" };

describe("bad input", () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({ name: "bad-input" });
    await cluster.apply([namespaceObject(namespace), podObject(namespace, "pod")]);
    await cluster.podReady(namespace, "pod");
  }, 1_200_000);
  afterAll(async () => await cluster?.end(), 60_000);

  it("a policy with a path that is not absolute is refused by the API server, which names the field and the value", async () => {
    const bad = policyObject(namespace, "bad-path", "pod", {
      process: { matchPaths: [{ path: "bin/sleep" }] },
      action: "Block",
    });
    await expect(cluster.apply(bad)).rejects.toThrow(
      /spec\.process\.matchPaths\[0\]\.path.*bin\/sleep|bin\/sleep.*absolute/s,
    );
  });

  it("a policy with an unknown key is refused or named in its status", async () => {
    const bad = policyObject(namespace, "unknown-key", "pod", {
      process: { matchPath: [{ path: "/bin/sleep" }] },
      action: "Block",
    });
    const refusal = await cluster.apply(bad).then(
      () => undefined,
      (error: Error) => error.message,
    );
    const named = refusal ?? (await awaitCondition(cluster, namespace, "unknown-key", "Accepted", "False")).message;
    expect(named).toMatch(/matchPath/);
  });

  it("a rule that the engine cannot enforce yet is named in the policy's status", async () => {
    const named = { apparmor: "profile", action: "Block" };
    await cluster.apply(policyObject(namespace, "profile", "pod", named));
    const accepted = await awaitCondition(cluster, namespace, "profile", "Accepted", "False");
    expect(accepted.message).toMatch(/spec\.apparmor/);
  });

  it("a truncated and a foreign bundle are refused and counted, and the last good one stays in force", async () => {
    await cluster.apply(policyObject(namespace, "good", "pod", forbidden));
    await awaitCondition(cluster, namespace, "good", "Enforced");
    const { user, password: pass } = await login(cluster);
    const refused = () => enforcerMetric(cluster, /^portcullis_enforcer_bundles_refused_total\{[^}]*\} (\d+)/gm);
    const { authorities, serverName: servername } = await verification(cluster);
    const tls = { ca: authorities(), servername };
    const nc = await connectNats({ servers: await busUrl(cluster), user, pass, tls });
    try {
      const bucket = await new Kvm(nc).open(buckets.bundles);
      const good = (await bucket.get(toToken("node-1")))?.value;
      expect(good?.length).toBeGreaterThan(10);
      const bad = [
        good!.subarray(0, good!.length - 5),
        new TextEncoder().encode('{"apiVersion":"v1","kind":"ConfigMap"}'),
      ];
      for (const [i, bytes] of bad.entries()) {
        await bucket.put(toToken("node-1"), bytes);
        await cluster.until(`the enforcer to count refused bundle ${i + 1}`, async () => (await refused()) > i);
        // What is put right before the node has looked twice is no refusal.
        await cluster.until("the controller to put it right", async () => {
          const value = (await bucket.get(toToken("node-1")))?.value;
          return value !== undefined && Buffer.compare(value, bytes) !== 0;
        });
      }
    } finally {
      await nc.close();
    }
    const tried = await cluster.exec({ namespace, pod: "pod" }, ["/bin/sh", "-c", copy]);
    expect(tried.stdout + tried.stderr).toMatch(/[Pp]ermission denied/);
  }, 300_000);

  it("and the bundle after those is applied", async () => {
    await cluster.apply(
      policyObject(namespace, "after", "pod", { file: { matchPaths: [{ path: "/etc/passwd" }] }, action: "Block" }),
    );
    await awaitCondition(cluster, namespace, "after", "Enforced");
    const tried = await cluster.exec({ namespace, pod: "pod" }, ["/bin/cat", "/etc/passwd"]);
    expect(tried.stdout + tried.stderr).toMatch(/[Pp]ermission denied/);
  }, 240_000);
});

/** Sum of the enforcer's metrics whose lines match; the pattern's group is the value. */
async function enforcerMetric(cluster: Cluster, pattern: RegExp): Promise<number> {
  const release = cluster.release?.namespace ?? "";
  const address = await cluster.forward(release, { "app.kubernetes.io/component": "enforcer" }, 9090);
  const text = await (await fetch(`http://${address}/metrics`)).text();
  return [...text.matchAll(pattern)].reduce((sum, m) => sum + Number(m[1]), 0);
}
