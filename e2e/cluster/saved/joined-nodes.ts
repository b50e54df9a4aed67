/**
 * Turns freshly booted guests into the nodes of a cluster: joined, images imported, DNS answering. The result is saved as the lower of
 * two levels; `installed-product.ts` makes the upper one of it.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { kubectl } from "../client/kubectl.ts";
import { until } from "../wait.ts";
import type { ClusterMachines } from "./cluster-machines.ts";

const text = (...path: string[]): Promise<string> => readFile(join(import.meta.dirname, "..", ...path), "utf8");
const script = (name: string): Promise<string> => text("guest", "scripts", name);

/** Makes nodes of freshly booted guests. */
export async function joinNodes(world: ClusterMachines, bin: string): Promise<void> {
  const [addons, node, images, kubelet] = await Promise.all([
    text("control-plane", "addons.yaml"),
    script("node.sh"),
    script("images.sh"),
    script("kubelet.sh"),
  ]);
  const control = kubectl(join(bin, "kubectl"), world.plane.kubeconfig);
  await control(["apply", "-f", "-"], { stdin: addons });
  const environment = (number: number) => `export NUMBER=${number} NODES=${world.nodes.length}\n`;
  await world.withLoad(async (guest, number) => {
    await guest.check("mkdir -p /programs && mount -t erofs -o ro /dev/vdb /programs");
    await guest.check(environment(number) + node, { timeoutMs: 180_000 });
    // Before the kubelet: a pod whose sandbox image is not there yet waits long for its second try.
    await guest.check(images, { timeoutMs: 600_000 });
    await guest.check(environment(number) + kubelet, { timeoutMs: 180_000 });
  });
  const wait = ["wait", "--for=condition=Ready", "--timeout=90s", ...world.nodes.map((n) => `node/${n}`)];
  await control(wait, { timeoutMs: 100_000 });
  await control(["-n", "kube-system", "rollout", "status", "deploy/coredns", "--timeout=120s"], { timeoutMs: 130_000 });
  // Every namespace has its account by now; a pod made at once in a new one would otherwise be refused.
  await until(
    "the default service account",
    async () => (await control(["get", "sa", "default", "-o", "name"])) !== "",
    {
      timeoutMs: 20_000,
    },
  );
}

/** Imports what lies on the load disk into every node. */
export async function importImages(world: ClusterMachines): Promise<void> {
  const images = await script("images.sh");
  await world.withLoad(async (guest) => {
    await guest.check(images, { timeoutMs: 600_000 });
  });
}
