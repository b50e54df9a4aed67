// What is kept of a cluster when a test fails: consoles, components, node journals, objects, pods' logs.
import { copyFile, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "./kubectl.ts";
import type { GuestShell } from "./types.ts";

const journals = ["kubelet", "containerd", "kube-proxy"];

/** Writes everything that can be had to `directory`; what cannot be had is said there and stops nothing. */
export async function keepLogs(
  directory: string,
  run: string,
  guests: readonly GuestShell[],
  kubectl: Command,
): Promise<string> {
  await mkdir(directory, { recursive: true });
  for (const name of await readdir(run).catch(() => [])) {
    if (/\.(log|console)$/.test(name)) await copyFile(join(run, name), join(directory, name));
  }
  const save = async (name: string, get: () => Promise<string>) => {
    const text = await get().catch((error: unknown) => `not to be had: ${String(error)}\n`);
    await writeFile(join(directory, name), text);
    return text;
  };
  await Promise.all(
    guests.map(async (guest) => {
      const shell = (script: string) => () => guest.check(script, { timeoutMs: 30_000 });
      for (const journal of journals) {
        await save(`${guest.node}.${journal}.log`, shell(`tail -c 1000000 /var/log/${journal}.log`));
      }
      await save(`${guest.node}.dmesg`, shell("dmesg | tail -500; echo; ps axo pid,ppid,stat,etimes,rss,args"));
    }),
  );
  const bounded = { timeoutMs: 15_000 };
  await save("objects.txt", () =>
    kubectl(["get", "nodes,pods,services,daemonsets,deployments,statefulsets,jobs", "-A", "-o", "wide"], bounded),
  );
  await save("events.txt", () => kubectl(["get", "events", "-A", "--sort-by=.lastTimestamp"], bounded));
  const pods = await save("pods.txt", () => kubectl(["get", "pods", "-A", "--no-headers"], bounded));
  for (const [namespace, pod] of pods.split("\n").map((line) => line.split(/\s+/))) {
    if (!namespace || !pod || namespace === "not") continue;
    const args = ["-n", namespace, "logs", pod, "--all-containers", "--prefix", "--tail=2000"];
    await save(`pod.${namespace}.${pod}.log`, () => kubectl(args, bounded));
    await save(`pod.${namespace}.${pod}.before.log`, () => kubectl([...args, "--previous"], bounded));
  }
  return directory;
}
