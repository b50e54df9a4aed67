/** What is kept of a cluster when a test fails: consoles, components, node journals, objects, pods' logs. */
import { copyFile, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { repository } from "@portcullis/tools/setup";
import type { GuestShell } from "../types.ts";
import type { ClusterCommand } from "./kubectl.ts";

const journals = ["kubelet", "containerd", "kube-proxy"];
/** All of it together: a cluster that no longer answers must not hold up the end of a test. */
const limitMs = 25_000;
const eachMs = 10_000;

/** Where the logs of that name are kept. */
export const logFolder = (name: string): string => join(repository, "e2e", "build", "logs", name);

/** Copies the consoles and logs of a run's folder. */
export async function copyLogs(run: string, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const name of await readdir(run).catch(() => [])) {
    if (/\.(log|console)$/.test(name)) await copyFile(join(run, name), join(directory, name));
  }
}

/** Writes everything that can be read to `directory`. Where something cannot be read, its file says why and the rest goes on. */
export async function keepLogs(
  directory: string,
  run: string,
  guests: readonly GuestShell[],
  kubectl: ClusterCommand,
): Promise<string> {
  const end = performance.now() + limitMs;
  await copyLogs(run, directory);
  /** `get` is given the milliseconds that are left for it; it is not called when none are. */
  const save = async (name: string, get: (timeoutMs: number) => Promise<string>) => {
    const left = Math.min(eachMs, end - performance.now());
    const got = left > 0 ? get(left) : Promise.reject(new Error(`the ${limitMs} ms for all logs are over`));
    const text = await got.catch((error: unknown) => `not to be had: ${String(error)}\n`);
    await writeFile(join(directory, name), text);
    return text;
  };
  await Promise.all([
    ...guests.map(async (guest) => {
      const shell = (script: string) => (timeoutMs: number) => guest.check(script, { timeoutMs });
      await save(`${guest.node}.dmesg`, shell("dmesg | tail -500; echo; ps axo pid,ppid,stat,etimes,rss,args"));
      for (const journal of journals) {
        await save(`${guest.node}.${journal}.log`, shell(`tail -c 300000 /var/log/${journal}.log`));
      }
    }),
    keepObjects(save, kubectl),
  ]);
  return directory;
}

async function keepObjects(
  save: (name: string, get: (timeoutMs: number) => Promise<string>) => Promise<string>,
  kubectl: ClusterCommand,
): Promise<void> {
  const ask =
    (...args: string[]) =>
    (timeoutMs: number) =>
      kubectl(args, { timeoutMs });
  const kinds = "nodes,pods,services,daemonsets,deployments,statefulsets,jobs";
  const pods = await save("pods.txt", ask("get", "pods", "-A", "--no-headers"));
  await save("objects.txt", ask("get", kinds, "-A", "-o", "wide"));
  await save("events.txt", ask("get", "events", "-A", "--sort-by=.lastTimestamp"));
  for (const [namespace, pod, , , restarts] of pods.split("\n").map((line) => line.split(/\s+/))) {
    if (!namespace || !pod || pods.startsWith("not to be had")) continue;
    const args = ["-n", namespace, "logs", pod, "--all-containers", "--prefix", "--tail=2000"];
    await save(`pod.${namespace}.${pod}.log`, ask(...args));
    if (restarts !== "0") await save(`pod.${namespace}.${pod}.before.log`, ask(...args, "--previous"));
  }
}
