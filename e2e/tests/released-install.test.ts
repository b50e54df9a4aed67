/**
 * Promise: two commands bring Portcullis into a cluster that has nothing of it: `npm run release` into a registry, and the `helm install oci://…` that it
 * prints. The nodes' own runtime pulls the images, and a policy is enforced.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import type { V1Pod } from "@kubernetes/client-node";
import { Commands } from "@portcullis/tools/processes";
import { type Released, startTestRegistry, type TestRegistry } from "@portcullis/tools/release";
import { artifacts, cacheDirectory, repository } from "@portcullis/tools/setup";
import { type Cluster, startCluster } from "../cluster/index.ts";
import { awaitCondition } from "./policy-status.ts";
import { namespaceObject, podObject, policyObject } from "./test-objects.ts";

jest.setTimeout(900_000);

const version = "1.2.3";
const namespace = "shop";
const folder = mkdtempSync(join(tmpdir(), "portcullis-released-"));
const commands = new Commands(new AbortController().signal);
let registry: TestRegistry;
let released: Released;
let cluster: Cluster;

beforeAll(async () => {
  registry = await startTestRegistry(artifacts(cacheDirectory(process.env)));
  const report = join(folder, "released.json");
  const target = ["--registry", `${registry.host}/portcullis`, "--plain-http", "--version", version];
  const verb = [join(repository, "tools", "main.ts"), "release", ...target, "--json", report];
  await commands.text(process.execPath, verb, { cwd: repository });
  released = JSON.parse(readFileSync(report, "utf8")) as Released;
  const port = Number(registry.host.split(":").at(-1));
  cluster = await startCluster({ chart: false, images: [], outward: [port], name: "released-install" });
});
afterAll(async () => {
  await cluster?.end();
  await registry?.end();
  await commands.end();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

/** Every container of the release, with the image that the runtime says it runs. */
async function running(): Promise<{ readonly image: string; readonly imageID: string }[]> {
  const { items } = JSON.parse(
    await cluster.kubectl(["--namespace", "portcullis", "get", "pods", "--output", "json"]),
  ) as { items: V1Pod[] };
  return items.flatMap(({ status }) => status?.containerStatuses ?? []);
}

describe("a release, installed from its registry", () => {
  it("becomes ready by the command that was printed, in a cluster that has no image of it", async () => {
    const there = await cluster.guest(1).check("ctr --namespace k8s.io images list");
    expect(there).not.toMatch(/portcullis/);
    for (const { digest } of released.images) expect(there).not.toContain(digest);
    const [helm, ...args] = released.install.split(" ");
    expect(helm).toBe("helm");
    // A lease of 15 s is short for an emulated node.
    const patient = ["--wait", "--timeout", "600s", "--set", "controller.leaseSeconds=240"];
    await cluster.helm([...args, ...patient], { timeoutMs: 620_000 });
  });

  it("runs the images that were pushed, by their digests", async () => {
    const containers = await running();
    const ids = [...new Set(containers.map(({ imageID }) => imageID))].sort();
    expect(ids).toEqual(released.images.map(({ name, digest }) => `${name}@${digest}`).sort());
  });

  it("enforces a policy", async () => {
    const blocking = { process: { matchPaths: [{ path: "/bin/sleep" }] }, action: "Block" };
    await cluster.apply([
      namespaceObject(namespace),
      podObject(namespace, "till"),
      policyObject(namespace, "no-sleep", "till", blocking),
    ]);
    await cluster.podReady(namespace, "till");
    await awaitCondition(cluster, namespace, "no-sleep", "Enforced", "True");
    const sleeping = ["/bin/sh", "-c", "/bin/sleep 0; echo $?"];
    const { stdout, stderr } = await cluster.exec({ namespace, pod: "till" }, sleeping);
    expect([stdout, stderr]).toEqual(["126\n", expect.stringMatching(/permission denied/i)]);
  });
});
