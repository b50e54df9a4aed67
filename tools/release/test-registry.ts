/** A real registry on loopback, for tests: distribution's, in a process of its own, with its storage in a folder that goes with it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { RunningPrograms } from "../processes/running-programs.ts";
import type { Artifacts } from "../setup/artifacts.ts";

export interface TestRegistry {
  /** `127.0.0.1:port`. */
  readonly host: string;
  end(): Promise<void>;
}

export interface TestRegistryOptions {
  /** Logins it asks for, as lines of htpasswd with bcrypt; absent: everybody may do everything. */
  readonly logins?: string;
}

const secondsToStart = 20;

export async function startTestRegistry(
  { program }: Artifacts,
  options: TestRegistryOptions = {},
): Promise<TestRegistry> {
  const { logins } = options;
  const folder = mkdtempSync(join(tmpdir(), "portcullis-registry-"));
  const [config, log, users] = ["config.json", "log", "htpasswd"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  if (logins !== undefined) writeFileSync(users, logins);
  // JSON is YAML too.
  const settings = {
    version: "0.1",
    log: { level: "info", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, "storage") } },
    http: { addr: "127.0.0.1:0" },
    ...(logins !== undefined && { auth: { htpasswd: { realm: "registry", path: users } } }),
  };
  writeFileSync(config, JSON.stringify(settings));
  const programs = new RunningPrograms();
  const environment = { OTEL_TRACES_EXPORTER: "none" };
  const running = programs.start({
    name: "registry",
    command: program("registry"),
    args: ["serve", config],
    log,
    environment,
  });
  const end = async () => {
    await programs.close();
    rmSync(folder, { recursive: true, force: true });
  };
  for (let tries = 0; tries < secondsToStart * 20 && running.ended === null; tries++) {
    const host = /listening on (127\.[\d.]+:\d+)/.exec(readFileSync(log, "utf8"))?.[1];
    if (host !== undefined) return { host, end };
    await sleep(50);
  }
  const obituary = await running.obituary();
  await end();
  throw new Error(`the registry does not listen after ${secondsToStart} s: ${obituary}`);
}
