/** A real nats-server with JetStream for tests, on loopback, on a port of its own choosing which it keeps across restarts. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { sleep } from "@portcullis/daemon";

export interface NatsServer {
  readonly url: string;
  /** Of the process that was started last. */
  readonly pid: number;
  /** Ends the process; the port and the storage stay for `start`. `hard`: without its leave (SIGKILL). */
  stop(options?: { hard?: boolean }): Promise<void>;
  /** Starts it again. `wipe`: as if its disk had been lost. */
  start(options?: { wipe?: boolean }): Promise<void>;
  /** Stops and removes everything. */
  dispose(): Promise<void>;
}

export interface NatsServerOptions {
  /** Lines of nats-server configuration, e.g. `max_payload: 2MB`. Listening and the store are given on the command line. */
  readonly config?: string;
  /** Where it listens; default: a port of its own choosing. */
  readonly port?: number;
  /** Variables that the configuration names. */
  readonly env?: Readonly<Record<string, string>>;
}

export async function startNatsServer(options: NatsServerOptions = {}): Promise<NatsServer> {
  const { config = "", env = {} } = options;
  const binary = findBinary("nats-server");
  const dir = mkdtempSync(join(tmpdir(), "portcullis-nats-"));
  const store = join(dir, "store");
  const configFile = join(dir, "nats.conf");
  writeFileSync(configFile, `${config}\n`);
  let { port = -1 } = options;
  let child: ChildProcess | undefined;

  const server: NatsServer = {
    get url() {
      return `nats://127.0.0.1:${port}`;
    },
    get pid() {
      return child?.pid ?? 0;
    },
    async start({ wipe = false } = {}) {
      if (wipe) rmSync(store, { recursive: true, force: true });
      const listen = ["-a", "127.0.0.1", "-p", String(port), "--ports_file_dir", dir];
      child = spawn(binary, [...listen, "-js", "-sd", store, "-c", configFile], {
        stdio: ["ignore", "ignore", "pipe"],
        env: { ...process.env, ...env },
      });
      let output = "";
      child.stderr?.on("data", (chunk: Buffer) => {
        output = (output + chunk.toString()).slice(-4_000);
      });
      port = await readPort(dir, child, () => output);
    },
    async stop({ hard = false } = {}) {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.kill(hard ? "SIGKILL" : "SIGTERM");
      await exited;
      for (const file of portsFiles(dir)) rmSync(join(dir, file));
    },
    async dispose() {
      await server.stop({ hard: true });
      rmSync(dir, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}

/** From the directory PORTCULLIS_BIN or PATH; throws with the remedy. */
export function findBinary(name: string): string {
  const { PORTCULLIS_BIN = "", PATH = "" } = process.env;
  for (const dir of [PORTCULLIS_BIN, ...PATH.split(delimiter)].filter((entry) => entry !== "")) {
    const path = join(dir, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not here; the next directory.
    }
  }
  throw new Error(
    `${name} is neither in PORTCULLIS_BIN (${PORTCULLIS_BIN || "not set"}) nor in PATH: run \`npm run setup\`, which builds ` +
      "it, and run the tests by `npm test`, which sets PORTCULLIS_BIN",
  );
}

function portsFiles(dir: string): string[] {
  return readdirSync(dir).filter((file) => file.endsWith(".ports"));
}

async function readPort(dir: string, child: ChildProcess, output: () => string): Promise<number> {
  for (const deadline = Date.now() + 15_000; Date.now() < deadline; await sleep(20)) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`nats-server did not start: ${output()}`);
    const [file] = portsFiles(dir);
    if (file === undefined) continue;
    try {
      const { nats } = JSON.parse(readFileSync(join(dir, file), "utf8")) as { nats: string[] };
      return Number(new URL(nats[0] as string).port);
    } catch {
      // Half written; read again.
    }
  }
  throw new Error(`nats-server named no port within 15 s: ${output()}`);
}
