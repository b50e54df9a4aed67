/**
 * A real API server with its etcd for one test file, on ports of their own, from the binaries in the folder PORTCULLIS_BIN
 * (kube-apiserver, etcd, kubectl).
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const bin = process.env.PORTCULLIS_BIN ?? "";
const needed = ["kube-apiserver", "etcd", "kubectl"];
const missing = needed.filter((name) => bin === "" || !existsSync(join(bin, name)));

/** Why there can be no server; undefined if there can. */
export const noServer: string | undefined =
  missing.length === 0 ? undefined : `skipped: ${missing.join(", ")} not in the folder PORTCULLIS_BIN="${bin}"`;

interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}
export interface ApiServer {
  /** Runs kubectl; `input` is its standard input. Does not throw. */
  kubectl(args: readonly string[], input?: string): Promise<Output>;
  stop(): Promise<void>;
}

export async function startApiServer(): Promise<ApiServer> {
  const dir = mkdtempSync(join(tmpdir(), "api-server-"));
  const [client, peer, secure] = [await freePort(), await freePort(), await freePort()];
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  writeFileSync(join(dir, "sa.key"), privateKey.export({ type: "pkcs8", format: "pem" }));
  writeFileSync(join(dir, "tokens"), "test,admin,1,system:masters\n");
  const etcd = `http://127.0.0.1:${client}`;
  const etcdPeer = `http://127.0.0.1:${peer}`;
  const children = [
    run("etcd", [
      `--data-dir=${join(dir, "etcd")}`,
      `--listen-client-urls=${etcd}`,
      `--advertise-client-urls=${etcd}`,
      `--listen-peer-urls=${etcdPeer}`,
      `--initial-advertise-peer-urls=${etcdPeer}`,
      `--initial-cluster=default=${etcdPeer}`,
      "--unsafe-no-fsync",
    ]),
    run("kube-apiserver", [
      `--etcd-servers=${etcd}`,
      "--bind-address=127.0.0.1",
      `--secure-port=${secure}`,
      `--cert-dir=${join(dir, "certs")}`,
      `--service-account-key-file=${join(dir, "sa.key")}`,
      `--service-account-signing-key-file=${join(dir, "sa.key")}`,
      "--service-account-issuer=https://test.invalid",
      `--token-auth-file=${join(dir, "tokens")}`,
      "--authorization-mode=RBAC",
      "--service-cluster-ip-range=10.96.0.0/16",
    ]),
  ];
  const connection = [
    `--server=https://127.0.0.1:${secure}`,
    `--certificate-authority=${join(dir, "certs", "apiserver.crt")}`,
    "--token=test",
    "--kubeconfig=/dev/null",
    `--cache-dir=${join(dir, "cache")}`,
  ];
  const kubectl = (args: readonly string[], input = "") =>
    output(join(bin, "kubectl"), [...connection, ...args], input);
  const stop = async () => {
    for (const child of children.reverse()) await end(child);
    rmSync(dir, { recursive: true, force: true });
  };
  for (let tries = 0; (await kubectl(["get", "--raw", "/readyz"])).code !== 0; tries += 1) {
    if (tries > 120) {
      await stop();
      throw new Error("the API server was not ready in time");
    }
    await new Promise((done) => setTimeout(done, 500));
  }
  return { kubectl, stop };
}

const run = (name: string, args: string[]): ChildProcess => spawn(join(bin, name), args, { stdio: "ignore" });

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((done) => {
    const hard = setTimeout(() => child.kill("SIGKILL"), 10_000);
    child.once("exit", () => {
      clearTimeout(hard);
      done();
    });
    child.kill("SIGTERM");
  });
}

function output(file: string, args: string[], input: string): Promise<Output> {
  return new Promise((done) => {
    const child = execFile(file, args, { maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      done({ code, stdout, stderr });
    });
    child.stdin?.end(input);
  });
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => done(typeof address === "object" && address ? address.port : 0));
    });
  });
}
