/** The loop of allowed and forbidden execs in a pod, for the scenarios in which no verdict may be wrong. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Cluster, type ExecResult, run } from "../cluster/index.ts";

/** Where the programs lie on the node and, mounted, in the pod. */
export const folder = "/opt/e2e";
export const programs = {
  alternate: `${folder}/alternate`,
  allowed: `${folder}/allowed`,
  forbidden: `${folder}/forbidden`,
};

/** Builds the programs (static, small) and puts them on the node. */
export async function placePrograms(cluster: Cluster, node = 1): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), "alternate-"));
  try {
    const out = join(work, "alternate");
    await run("musl-gcc", ["-static", "-Os", "-s", "-o", out, join(import.meta.dirname, "alternate.c")]);
    await run("musl-gcc", ["-static", "-Os", "-s", "-x", "c", "-o", join(work, "nothing"), "-"], {
      stdin: "int main(void){return 0;}",
    });
    const guest = cluster.guest(node);
    await guest.check(`mkdir -p ${folder}`);
    await guest.write(programs.alternate, await readFile(out));
    const nothing = await readFile(join(work, "nothing"));
    await guest.write(programs.allowed, nothing);
    await guest.write(programs.forbidden, nothing);
    await guest.check(`chmod 755 ${folder}/*`);
  } finally {
    await rm(work, { recursive: true });
  }
}

/** Runs the loop; resolves when it has ended. */
export async function alternate(cluster: Cluster, namespace: string, pod: string, count: number): Promise<ExecResult> {
  const command = [programs.alternate, String(count), programs.allowed, programs.forbidden];
  return await cluster.exec({ namespace, pod }, command, { timeoutMs: 8 * 60_000 });
}
