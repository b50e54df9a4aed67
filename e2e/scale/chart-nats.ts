/**
 * The NATS server as the chart configures it, on loopback: with its accounts, with logins of nodes that the controller answers for, and with or without
 * encryption.
 */

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as dial } from "@nats-io/transport-node";
import { type ConnectOptions, LoginKey } from "@portcullis/bus";
import { makeServerCertificate } from "@portcullis/bus/certificates";
import { findBinary, type NatsServer, startNatsServer } from "@portcullis/bus/testing";
import { parseAllDocuments } from "yaml";

export interface ChartNats {
  readonly server: NatsServer;
  /** Where clients find it, and how they verify it. */
  readonly access: Pick<ConnectOptions, "servers" | "tls">;
  /** The authority's certificate as a file, where there is encryption. */
  readonly authorityFile: string | undefined;
  readonly login: { readonly user: string; readonly password: string };
  readonly loginKey: LoginKey;
  /** How many consumers there are on all streams. */
  consumers(): Promise<number>;
  dispose(): Promise<void>;
}

const login = { user: "portcullis", password: "pController1" };

export async function startChartNats({ encrypted }: { readonly encrypted: boolean }): Promise<ChartNats> {
  const dir = mkdtempSync(join(tmpdir(), "portcullis-scale-nats-"));
  try {
    const loginKey = LoginKey.generate();
    const { certificate, key, authority } = makeServerCertificate(["localhost"]);
    for (const [name, pem] of Object.entries({ "tls.crt": certificate, "tls.key": key, "ca.crt": authority }))
      writeFileSync(join(dir, name), pem);
    const server = await startNatsServer({
      config: localConfig(chartConfig(dir, encrypted), dir),
      env: {
        ...{ POD_NAME: "nats-0", NATS_PASSWORD: login.password, NATS_LOGIN_ISSUER: loginKey.issuer },
        ...{ NATS_READER_PASSWORD: "pReader1", NATS_SYSTEM_PASSWORD: "pSystem1" },
      },
    });
    const scheme = encrypted ? "tls" : "nats";
    const servers = server.url.replace("nats://127.0.0.1", `${scheme}://localhost`);
    return {
      ...{ server, login, loginKey, authorityFile: encrypted ? join(dir, "ca.crt") : undefined },
      access: { servers, tls: encrypted ? { authorities: () => authority } : undefined },
      consumers: () => consumersAt(servers, encrypted ? authority : undefined),
      dispose: async () => {
        await server.dispose();
        rmSync(dir, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(dir, { recursive: true, force: true });
    throw error;
  }
}

/** nats.conf, as helm renders it. Nothing of the user's own helm is read or written. */
function chartConfig(dir: string, encrypted: boolean): string {
  const chart = join(import.meta.dirname, "../../charts/portcullis");
  const values = ["--set-json", `nats.tls.enabled=${encrypted}`];
  const text = execFileSync(findBinary("helm"), ["template", "portcullis", chart, ...values], {
    env: { ...process.env, HELM_CACHE_HOME: dir, HELM_CONFIG_HOME: dir, HELM_DATA_HOME: dir },
    ...{ encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], maxBuffer: 64 << 20 },
  });
  const configs = parseAllDocuments(text)
    .map((document) => document.toJS() as { kind?: string; data?: { "nats.conf"?: string } } | null)
    .flatMap((object) => object?.data?.["nats.conf"] ?? []);
  const [config] = configs;
  if (config === undefined || configs.length > 1) throw new Error(`the chart has ${configs.length} files nats.conf`);
  return config;
}

/** Where it listens, stores, and has its certificate is ours; the rest is the chart's. */
const localConfig = (config: string, dir: string): string =>
  config.replace(/^port: .*\n|^http_port: .*\n|^ *store_dir: .*\n/gm, "").replaceAll("/etc/nats-tls", dir);

async function consumersAt(servers: string, ca: string | undefined): Promise<number> {
  const client = await dial({
    ...{ servers, user: login.user, pass: login.password, inboxPrefix: "_INBOX_portcullis" },
    ...(ca === undefined ? {} : { tls: { ca } }),
  });
  try {
    const answer = await client.request("$JS.API.INFO", undefined, { timeout: 30_000 });
    const { consumers } = answer.json<{ consumers?: number }>();
    if (consumers === undefined) throw new Error(`the server does not say how many consumers there are`);
    return consumers;
  } finally {
    await client.close();
  }
}
