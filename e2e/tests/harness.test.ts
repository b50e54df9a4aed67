/** Promise: what the other tests stand on. A restored cluster works, every restore is the same, and nothing hangs or is left. */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type Cluster, startCluster, until } from "../cluster/index.ts";

const minutes = (n: number): number => n * 60_000;
const bare = { chart: false, name: "harness" } as const;

const pod = (name: string, more: object = {}, container: object = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "default", labels: { app: name } },
  spec: {
    containers: [
      {
        name: "main",
        image: "localhost/box:1",
        imagePullPolicy: "Never",
        command: ["/bin/sleep", "3600"],
        ...container,
      },
    ],
    ...more,
  },
});
const inPod = (name: string) => ({ namespace: "default", pod: name });

describe("a cluster", () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster(bare);
    await cluster.apply(pod("box"));
    await cluster.podReady("default", "box");
  }, minutes(5));
  afterAll(async () => await cluster?.end(), minutes(1));

  it(
    "gives a command's status and both its outputs",
    async () => {
      const command = ["/bin/sh", "-c", "echo out; echo err >&2; exit 3"];
      const result = await cluster.exec(inPod("box"), command);
      expect(result).toEqual({ exitCode: 3, stdout: "out\n", stderr: "err\n", startError: null });
    },
    minutes(1),
  );

  it(
    "tells a command that was never started from one that failed",
    async () => {
      const result = await cluster.exec(inPod("box"), ["/bin/absent"]);
      expect(result.exitCode).toBeNull();
      expect(result.startError).toMatch(/not found/);
    },
    minutes(1),
  );

  it(
    "gives a command a terminal, input and another user",
    async () => {
      expect((await cluster.exec(inPod("box"), ["/bin/tty"], { tty: true })).stdout).toMatch(/^\/dev\/pts\//);
      expect((await cluster.exec(inPod("box"), ["/bin/cat"], { stdin: "typed\n" })).stdout).toBe("typed\n");
      expect((await cluster.exec(inPod("box"), ["/bin/id", "-u"], { user: "65534" })).stdout).toBe("65534\n");
    },
    minutes(1),
  );

  it(
    "ends a command that takes too long, and says which",
    async () => {
      const late = cluster.exec(inPod("box"), ["/bin/sleep", "60"], { timeoutMs: 500 });
      await expect(late).rejects.toMatchObject({
        code: "E2E_TIMEOUT",
        message: expect.stringContaining("/bin/sleep 60"),
      });
    },
    minutes(1),
  );

  it(
    "resolves Services by name, through kube-proxy",
    async () => {
      const name = "kubernetes.default.svc.cluster.local";
      expect((await cluster.exec(inPod("box"), ["/bin/nslookup", name])).stdout).toContain("10.96.0.1");
    },
    minutes(1),
  );

  it(
    "refuses connections that would leave the machine at once",
    async () => {
      const began = performance.now();
      const result = await cluster.exec(inPod("box"), ["/bin/wget", "-T", "20", "-O", "-", "http://192.0.2.1/"]);
      expect(result.exitCode).not.toBe(0);
      expect(performance.now() - began).toBeLessThan(15_000);
      const forced = await cluster
        .guest()
        .run("ip route add 192.0.2.1 dev eth0; timeout 4 bash -c 'exec 3<>/dev/tcp/192.0.2.1/80'");
      expect(forced.exitCode).not.toBe(0);
    },
    minutes(1),
  );

  it(
    "gives privileged pods what BPF needs",
    async () => {
      const mounts = ["/sys/fs/bpf", "/sys/kernel/btf", "/sys/kernel/security", "/sys/fs/cgroup"];
      const volumes = mounts.map((path, i) => ({ name: `v${i}`, hostPath: { path, type: "Directory" } }));
      const volumeMounts = mounts.map((mountPath, i) => ({ name: `v${i}`, mountPath }));
      await cluster.apply(
        pod("bpf", { hostPID: true, volumes }, { volumeMounts, securityContext: { privileged: true } }),
      );
      await cluster.podReady("default", "bpf");
      const script = `mkdir /sys/fs/bpf/from-pod && test -s /sys/kernel/btf/vmlinux && cat /sys/kernel/security/lsm && ls /sys/fs/cgroup/kubepods`;
      const result = await cluster.exec(inPod("bpf"), ["/bin/sh", "-c", script]);
      expect(result).toMatchObject({ exitCode: 0, stderr: "" });
      expect(result.stdout).toMatch(/\bbpf\b[\s\S]*besteffort/);
      await cluster.guest().check("test -d /sys/fs/bpf/from-pod && rmdir /sys/fs/bpf/from-pod");
    },
    minutes(1),
  );

  it(
    "rejects a wrong object with the server's words",
    async () => {
      const wrong = { ...pod("wrong"), spec: { containers: [] } };
      await expect(cluster.apply(wrong)).rejects.toMatchObject({
        message: expect.stringMatching(/spec.containers.*Required/),
      });
    },
    minutes(1),
  );

  it(
    "says which state a pod is in that does not get ready",
    async () => {
      await cluster.apply(pod("imageless", {}, { image: "localhost/absent:1" }));
      const waiting = cluster.podReady("default", "imageless", 8000);
      await expect(waiting).rejects.toMatchObject({
        message: expect.stringMatching(/imageless Pending.*ErrImageNeverPull/),
      });
      await cluster.delete(pod("imageless"));
    },
    minutes(1),
  );

  it(
    "leads a host's connection to a pod's port",
    async () => {
      await cluster.exec(inPod("box"), ["/bin/sh", "-c", "(echo hello | nc -l -p 8080) >/dev/null 2>&1 &"]);
      const address = await cluster.forward("default", { app: "box" }, 8080);
      const [host = "", port] = address.split(":");
      const said = await cluster
        .guest()
        .run("true")
        .then(() => received(host, Number(port)));
      expect(said).toBe("hello\n");
    },
    minutes(1),
  );

  it(
    "runs scripts of any size as root in the guest, several at a time",
    async () => {
      const guest = cluster.guest();
      const text = "0123456789".repeat(3000);
      await guest.write("/tmp/large", text);
      const lengths = ["cat /tmp/large", "sleep 1; wc -c < /tmp/large", "exit 7"].map((script) => guest.run(script));
      const [whole, count, failed] = await Promise.all(lengths);
      expect(whole?.stdout).toBe(text);
      expect(count?.stdout.trim()).toBe(String(text.length));
      expect(failed?.exitCode).toBe(7);
    },
    minutes(1),
  );
});

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
      await first.apply(pod("mine"));
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
      const mark = `harness-test-${process.pid}-${Date.now()}`;
      const child = spawn(process.execPath, [join(import.meta.dirname, "hold-cluster.ts")], {
        env: { ...process.env, HARNESS_TEST_MARK: mark },
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

/** What a server says first. */
async function received(host: string, port: number): Promise<string> {
  const { connect } = await import("node:net");
  return new Promise((done, failed) => {
    const socket = connect(port, host);
    socket.setTimeout(10_000, () => socket.destroy(new Error("nothing came within 10 s")));
    socket.once("data", (data) => {
      socket.destroy();
      done(data.toString());
    });
    socket.once("error", failed);
  });
}
