/** Promise: what the other tests stand on. A restored cluster does all that a test asks of it, and leaves the machine alone. */
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { type Cluster, startCluster } from "../cluster/index.ts";
import { sleepingPod } from "./test-objects.ts";

jest.setTimeout(180_000);

const minutes = (n: number): number => n * 60_000;
const inPod = (name: string) => ({ namespace: "default", pod: name });

describe("a cluster", () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({ chart: false, name: "cluster-works" });
    await cluster.apply(sleepingPod("box"));
    await cluster.podReady("default", "box");
  }, minutes(10));
  afterAll(async () => await cluster?.end(), minutes(1));

  it("gives a command's status and both its outputs", async () => {
    const command = ["/bin/sh", "-c", "echo out; echo err >&2; exit 3"];
    const result = await cluster.exec(inPod("box"), command);
    expect(result).toEqual({ exitCode: 3, stdout: "out\n", stderr: "err\n", startError: null });
  });

  it("tells a command that was never started from one that failed", async () => {
    const result = await cluster.exec(inPod("box"), ["/bin/absent"]);
    expect(result.exitCode).toBeNull();
    expect(result.startError).toMatch(/not found/);
  });

  it("gives a command a terminal, input and another user", async () => {
    expect((await cluster.exec(inPod("box"), ["/bin/tty"], { tty: true })).stdout).toMatch(/^\/dev\/pts\//);
    expect((await cluster.exec(inPod("box"), ["/bin/cat"], { stdin: "typed\n" })).stdout).toBe("typed\n");
    expect((await cluster.exec(inPod("box"), ["/bin/id", "-u"], { user: "65534" })).stdout).toBe("65534\n");
  });

  it("ends a command that takes too long, and says which", async () => {
    const late = cluster.exec(inPod("box"), ["/bin/sleep", "60"], { timeoutMs: 500 });
    await expect(late).rejects.toMatchObject({
      code: "E2E_TIMEOUT",
      message: expect.stringContaining("/bin/sleep 60"),
    });
  });

  it("resolves Services by name, through kube-proxy", async () => {
    const name = "kubernetes.default.svc.cluster.local";
    expect((await cluster.exec(inPod("box"), ["/bin/nslookup", name])).stdout).toContain("10.96.0.1");
  });

  it("refuses connections that would leave the machine at once", async () => {
    const began = performance.now();
    const result = await cluster.exec(inPod("box"), ["/bin/wget", "-T", "20", "-O", "-", "http://192.0.2.1/"]);
    expect(result.exitCode).not.toBe(0);
    expect(performance.now() - began).toBeLessThan(15_000);
    const forced = await cluster
      .guest()
      .run("ip route add 192.0.2.1 dev eth0; timeout 4 bash -c 'exec 3<>/dev/tcp/192.0.2.1/80'");
    expect(forced.exitCode).not.toBe(0);
  });

  it("gives privileged pods what BPF needs", async () => {
    const mounts = ["/sys/fs/bpf", "/sys/kernel/btf", "/sys/kernel/security", "/sys/fs/cgroup"];
    const volumes = mounts.map((path, i) => ({ name: `v${i}`, hostPath: { path, type: "Directory" } }));
    const volumeMounts = mounts.map((mountPath, i) => ({ name: `v${i}`, mountPath }));
    await cluster.apply(
      sleepingPod("bpf", { hostPID: true, volumes }, { volumeMounts, securityContext: { privileged: true } }),
    );
    await cluster.podReady("default", "bpf");
    const script = `mkdir /sys/fs/bpf/from-pod && test -s /sys/kernel/btf/vmlinux && cat /sys/kernel/security/lsm && ls /sys/fs/cgroup/kubepods`;
    const result = await cluster.exec(inPod("bpf"), ["/bin/sh", "-c", script]);
    expect(result).toMatchObject({ exitCode: 0, stderr: "" });
    expect(result.stdout).toMatch(/\bbpf\b[\s\S]*besteffort/);
    await cluster.guest().check("test -d /sys/fs/bpf/from-pod && rmdir /sys/fs/bpf/from-pod");
  });

  it("rejects a wrong object with the server's words", async () => {
    const wrong = { ...sleepingPod("wrong"), spec: { containers: [] } };
    await expect(cluster.apply(wrong)).rejects.toMatchObject({
      message: expect.stringMatching(/spec.containers.*Required/),
    });
  });

  it("says which state a pod is in that does not get ready", async () => {
    await cluster.apply(sleepingPod("imageless", {}, { image: "localhost/absent:1" }));
    const waiting = cluster.podReady("default", "imageless", 8000);
    await expect(waiting).rejects.toMatchObject({
      message: expect.stringMatching(/imageless Pending.*ErrImageNeverPull/),
    });
    await cluster.delete(sleepingPod("imageless"));
  });

  it("leads a host's connection to a pod's port", async () => {
    await cluster.exec(inPod("box"), ["/bin/sh", "-c", "(echo hello | nc -l -p 8080) >/dev/null 2>&1 &"]);
    const address = await cluster.forward("default", { app: "box" }, 8080);
    const [host = "", port] = address.split(":");
    const said = await cluster
      .guest()
      .run("true")
      .then(() => received(host, Number(port)));
    expect(said).toBe("hello\n");
  });

  it("runs scripts of any size as root in the guest, several at a time", async () => {
    const guest = cluster.guest();
    const text = "0123456789".repeat(3000);
    await guest.write("/tmp/large", text);
    const lengths = ["cat /tmp/large", "sleep 1; wc -c < /tmp/large", "exit 7"].map((script) => guest.run(script));
    const [whole, count, failed] = await Promise.all(lengths);
    expect(whole?.stdout).toBe(text);
    expect(count?.stdout.trim()).toBe(String(text.length));
    expect(failed?.exitCode).toBe(7);
  });
});

/** What a server says first. */
async function received(host: string, port: number): Promise<string> {
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
