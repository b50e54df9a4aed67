/** Promise: when a part of a cluster dies, every call says so instead of hanging, and nothing outlives the test. */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it } from "@jest/globals";
import { startCluster, until } from "../cluster/index.ts";

const minutes = (n: number): number => n * 60_000;
const bare = { chart: false, name: "cluster-deaths" } as const;

describe("when something dies", () => {
  it(
    "a guest's death is named by every call that meets it",
    async () => {
      await using cluster = await startCluster(bare);
      const running = cluster.guest().run("sleep 60");
      const ended = expect(running).rejects.toMatchObject({ code: "E2E_GUEST_ENDED" });
      await cluster.guest().kill();
      await ended;
      await expect(cluster.guest().run("true")).rejects.toMatchObject({
        message: expect.stringMatching(/node-1.*console/s),
      });
      expect(cluster.guest().alive).toBe(false);
      const [dns = ""] = await cluster.podReady("kube-system", { "k8s-app": "kube-dns" });
      const began = performance.now();
      const exec = cluster.exec({ namespace: "kube-system", pod: dns }, ["/bin/true"], { timeoutMs: 10_000 });
      await expect(exec).rejects.toMatchObject({ code: expect.stringMatching(/^E2E_/) });
      expect(performance.now() - began).toBeLessThan(15_000);
    },
    minutes(2),
  );

  it(
    "nothing outlives a test process that is killed",
    async () => {
      const mark = `cluster-test-${process.pid}-${Date.now()}`;
      const child = spawn(process.execPath, [join(import.meta.dirname, "hold-cluster.ts")], {
        env: { ...process.env, CLUSTER_TEST_MARK: mark },
        stdio: ["ignore", "pipe", "inherit"],
      });
      const [line] = await new Promise<string[]>((done) =>
        createInterface({ input: child.stdout }).once("line", (l) => done([l])),
      );
      expect(line).toBe("started");
      expect(marked(mark).length).toBeGreaterThan(5);
      child.kill("SIGKILL");
      await until("its processes to be gone", () => marked(mark).length === 0, { timeoutMs: 10_000 });
    },
    minutes(2),
  );
});

/** Ids of the processes whose environment carries the mark. */
function marked(mark: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, "latin1").includes(mark);
    } catch {
      return false;
    }
  });
}
