/**
 * A real kube-apiserver on a real etcd, on loopback, in a temporary directory: what tests of controllers run against. No
 * kubelet, no controller manager: objects stay as they are written.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sleep } from "@portcullis/daemon";
import { KubeClient } from "../src/client/client.ts";
import { parseKubeConfig } from "../src/client/kube-config.ts";

/** The path of a program the tests run; the environment variable PORTCULLIS_BIN names their directory. */
export function testBinary(name: string): string {
  const directory = process.env.PORTCULLIS_BIN;
  const path = join(directory ?? "", name);
  if (!directory || !existsSync(path)) {
    throw new Error(
      `${name} is missing: PORTCULLIS_BIN is ${JSON.stringify(directory ?? "")}; set it to the directory that holds ` +
        "kube-apiserver, etcd and nats-server (npm run setup builds them)",
    );
  }
  return path;
}

/** A TCP port of the loopback interface that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

export class TestApiServer {
  readonly directory = mkdtempSync(join(tmpdir(), "portcullis-api-"));
  readonly #token = randomBytes(16).toString("hex");
  #port = 0;
  #etcdPort = 0;
  #etcd: ChildProcess | undefined;
  #apiserver: ChildProcess | undefined;

  static async start(): Promise<TestApiServer> {
    const server = new TestApiServer();
    try {
      await server.#prepare();
      await server.startApiServer();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  get port(): number {
    return this.#port;
  }

  /** A kubeconfig of a cluster administrator; `port` goes through something in between (a proxy). */
  kubeconfig(port = this.#port): string {
    // The self-signed certificate the server made for itself is its own authority.
    const ca = readFileSync(join(this.directory, "pki", "apiserver.crt")).toString("base64");
    return JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "test", cluster: { server: `https://127.0.0.1:${port}`, "certificate-authority-data": ca } }],
      users: [{ name: "admin", user: { token: this.#token } }],
      contexts: [{ name: "test", context: { cluster: "test", user: "admin" } }],
      "current-context": "test",
    });
  }

  /** The same as a file, for processes. */
  kubeconfigFile(): string {
    const path = join(this.directory, "admin.conf");
    writeFileSync(path, this.kubeconfig(), { mode: 0o600 });
    return path;
  }

  client(port = this.#port): KubeClient {
    return new KubeClient(parseKubeConfig(this.kubeconfig(port)), "portcullis-test");
  }

  /** After `stopApiServer`: a new process on the same data, port and token, with an empty watch cache. */
  async startApiServer(): Promise<void> {
    const pki = join(this.directory, "pki");
    this.#apiserver = this.#spawn("kube-apiserver", [
      `--etcd-servers=http://127.0.0.1:${this.#etcdPort}`,
      "--bind-address=127.0.0.1",
      `--secure-port=${this.#port}`,
      `--cert-dir=${pki}`,
      `--token-auth-file=${join(this.directory, "tokens.csv")}`,
      `--service-account-key-file=${join(this.directory, "sa.key")}`,
      `--service-account-signing-key-file=${join(this.directory, "sa.key")}`,
      "--service-account-issuer=https://kubernetes.default.svc",
      "--service-cluster-ip-range=10.96.0.0/24",
      "--authorization-mode=RBAC",
      "--disable-admission-plugins=ServiceAccount",
      "--allow-privileged=true",
      // When the server is asked to end it begins at once.
      "--shutdown-delay-duration=0s",
    ]);
    const deadline = Date.now() + 60_000;
    for (;;) {
      this.#alive();
      try {
        // Readiness speaks plain text; discovery of namespaces proves more and is JSON.
        await this.client().request({ method: "GET", path: "/api/v1/namespaces/default", timeoutMs: 2_000 });
        return;
      } catch (error) {
        if (Date.now() > deadline)
          throw new Error(`kube-apiserver is not ready after 60 s: ${this.#tail()}`, { cause: error });
        await sleep(100);
      }
    }
  }

  async stopApiServer(): Promise<void> {
    await end(this.#apiserver);
    this.#apiserver = undefined;
  }

  /** Forgets history in etcd up to now: a watch that resumes from before, on a fresh API server, is answered 410. */
  async compact(): Promise<void> {
    const call = async (path: string, body: object) => {
      const answer = await fetch(`http://127.0.0.1:${this.#etcdPort}${path}`, {
        method: "POST",
        body: JSON.stringify(body),
      });
      if (!answer.ok) throw new Error(`etcd ${path}: ${answer.status} ${await answer.text()}`);
      return (await answer.json()) as { header: { revision: string } };
    };
    const { header } = await call("/v3/kv/range", { key: Buffer.from("x").toString("base64") });
    await call("/v3/kv/compaction", { revision: header.revision, physical: true });
  }

  async stop(): Promise<void> {
    await this.stopApiServer();
    await end(this.#etcd);
    rmSync(this.directory, { recursive: true, force: true });
  }

  async #prepare(): Promise<void> {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    writeFileSync(join(this.directory, "sa.key"), privateKey.export({ type: "pkcs1", format: "pem" }), { mode: 0o600 });
    writeFileSync(join(this.directory, "tokens.csv"), `${this.#token},admin,admin,"system:masters"\n`, { mode: 0o600 });
    this.#port = await freePort();
    this.#etcdPort = await freePort();
    const client = `http://127.0.0.1:${this.#etcdPort}`;
    const peer = `http://127.0.0.1:${await freePort()}`;
    this.#etcd = this.#spawn("etcd", [
      `--data-dir=${join(this.directory, "etcd")}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
      "--unsafe-no-fsync",
    ]);
  }

  #spawn(name: string, args: readonly string[]): ChildProcess {
    const log = openSync(join(this.directory, `${name}.log`), "a");
    return spawn(testBinary(name), args, { stdio: ["ignore", log, log] });
  }

  #alive(): void {
    for (const child of [this.#etcd, this.#apiserver]) {
      if (child !== undefined && child.exitCode !== null) throw new Error(`${child.spawnfile} ended: ${this.#tail()}`);
    }
  }

  #tail(): string {
    const read = (name: string) => {
      const file = join(this.directory, `${name}.log`);
      return existsSync(file) ? readFileSync(file, "utf8").slice(-600) : "";
    };
    return `${read("etcd")}\n${read("kube-apiserver")}`;
  }
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  // Nothing of it is to be kept; a graceful end takes the API server a second and more.
  child.kill("SIGKILL");
  await gone;
}
