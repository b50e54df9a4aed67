/** The NATS server as the chart configures it, for the tests of the chart: real, on loopback, with its logins and its certificate. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Bus, LoginKey } from "@portcullis/bus";
import { makeServerCertificate, type ServerCertificate } from "@portcullis/bus/certificates";
import {
  findBinary,
  type NatsCluster,
  type NatsServer,
  startNatsCluster,
  startNatsServer,
} from "@portcullis/bus/testing";
import { environmentOf, find, render } from "./rendered-chart.ts";

export interface ChartServer {
  /** `tls://localhost:<port>`, or `nats://` where the chart's values switch TLS off. */
  readonly url: string;
  readonly logins: Readonly<Record<"portcullis" | "reader" | "system", { user: string; password: string }>>;
  /** What vouches for the certificate that the server has started with. */
  readonly tls: { authorities(): string };
  /** What lies in the server's files from now on. */
  put(certificate: ServerCertificate): void;
  dispose(): Promise<void>;
}

const logins = {
  portcullis: { user: "portcullis", password: "pController1" },
  reader: { user: "reader", password: "pReader1" },
  system: { user: "system", password: "pSystem1" },
};
const loginKey = LoginKey.generate();
const environment = {
  POD_NAME: "nats-0",
  NATS_ROUTE_PASSWORD: logins.system.password,
  ...Object.fromEntries([0, 1, 2].map((index) => [`NATS_ROUTE_${index}`, `nats://route:x@127.0.0.1:${6_222 + index}`])),
  NATS_PASSWORD: logins.portcullis.password,
  NATS_LOGIN_ISSUER: loginKey.issuer,
  NATS_READER_PASSWORD: logins.reader.password,
  NATS_SYSTEM_PASSWORD: logins.system.password,
};

/** Several of them, which are one cluster. */
export interface ChartServers extends Omit<ChartServer, "url" | "put"> {
  readonly urls: readonly string[];
  readonly cluster: NatsCluster;
  /** What lies in the files of all of them from now on. `authorities`: what they verify each other by. */
  put(certificate: ServerCertificate, authorities: string): void;
  /** Starts another server that wants to be one of them; without a password or a certificate of its own it has theirs. */
  join(as: { password?: string; certificate?: ServerCertificate }): Promise<NatsServer>;
}

/** The three servers of the chart. */
export async function startChartServers(): Promise<ChartServers> {
  const dir = mkdtempSync(join(tmpdir(), "portcullis-chart-nats-"));
  const all = ["nats.replicas=3"];
  const { NATS_CERTIFICATE_NAMES = "" } = environmentOf(find(render(...all), "Deployment"));
  const made = makeServerCertificate(String(NATS_CERTIFICATE_NAMES).split(","));
  const put = ({ certificate, key }: ServerCertificate, authorities: string): void => {
    writeFileSync(join(dir, "tls.crt"), certificate);
    writeFileSync(join(dir, "tls.key"), key);
    writeFileSync(join(dir, "ca.crt"), authorities);
  };
  put(made, made.authority);
  const optionsOf = (name: string, listen: string, routes: readonly string[], files: string, password: string) => ({
    config: localConfig(natsConfig(...all), files).replace(/^ *port: 6222\n/m, `listen: "${listen}"\n`),
    env: {
      ...environment,
      POD_NAME: name,
      NATS_ROUTE_PASSWORD: password,
      ...Object.fromEntries(routes.map((host, of) => [`NATS_ROUTE_${of}`, `nats://route:${password}@${host}`])),
    },
  });
  let known: readonly string[] = [];
  const cluster = await startNatsCluster((index, routes) => {
    known = routes;
    return optionsOf(`n${index}`, routes[index] ?? "", routes, dir, logins.system.password);
  });
  return {
    urls: cluster.urls.map((url) => url.replace("nats://127.0.0.1", "tls://localhost")),
    cluster,
    logins,
    tls: { authorities: () => made.authority },
    put,
    join: async ({ password = logins.system.password, certificate = made }) => {
      const files = mkdtempSync(join(dir, "other-"));
      writeFileSync(join(files, "tls.crt"), certificate.certificate);
      writeFileSync(join(files, "tls.key"), certificate.key);
      writeFileSync(join(files, "ca.crt"), made.authority + certificate.authority);
      return startNatsServer(optionsOf("other", "127.0.0.1:-1", known, files, password));
    },
    dispose: async () => {
      await cluster.dispose();
      rmSync(dir, { recursive: true });
    },
  };
}

/** Where it listens, stores, and has its certificate is the test's; the rest is the chart's. */
const localConfig = (config: string, dir: string): string =>
  config.replace(/^port: .*\n|^http_port: .*\n|^ *store_dir: .*\n/gm, "").replaceAll(/\/etc\/nats-(tls|ca)/g, dir);

/** The server of a chart with these values, each as `helm --set-json` takes it. */
export async function startChartServer(...values: readonly string[]): Promise<ChartServer> {
  const dir = mkdtempSync(join(tmpdir(), "portcullis-chart-nats-"));
  const objects = render(...values);
  const { NATS_CERTIFICATE_NAMES = "localhost" } = environmentOf(find(objects, "Deployment"));
  const made = makeServerCertificate(String(NATS_CERTIFICATE_NAMES).split(","));
  const put = ({ certificate, key }: ServerCertificate): void => {
    writeFileSync(join(dir, "tls.crt"), certificate);
    writeFileSync(join(dir, "tls.key"), key);
  };
  put(made);
  const config = natsConfig(...values);
  const server = await startNatsServer({ config: localConfig(config, dir), env: environment });
  const scheme = config.includes("/etc/nats-tls") ? "tls" : "nats";
  return {
    url: server.url.replace("nats://127.0.0.1", `${scheme}://localhost`),
    logins,
    tls: { authorities: () => made.authority },
    put,
    dispose: async () => {
      await server.dispose();
      rmSync(dir, { recursive: true });
    },
  };
}

/** The token of a node, where `letNodesIn` answers: in a cluster it is one of its enforcer's service account. */
export const tokenOf = (node: string): string => `token-of-${node}`;

/** Answers for nodes as a controller does, until the signal aborts; `bus` is a controller's. */
export function letNodesIn(bus: Bus, signal: AbortSignal, lastsMs = 3_600_000): void {
  const identify = async (token: string) => {
    if (!token.startsWith(tokenOf(""))) throw new Error("no token of a node");
    return { node: token.slice(tokenOf("").length), lastsMs };
  };
  void bus.answerLogins({ key: loginKey, signal, identify });
  void bus.answerNodes(signal);
}

/** nats.conf of a chart with these values. */
export function natsConfig(...values: readonly string[]): string {
  const { data } = find(render(...values), "ConfigMap", /-nats$/) as unknown as { data: { "nats.conf": string } };
  return data["nats.conf"];
}

/** What the server says of that configuration when it only checks it. */
export function checkedConfig(...values: readonly string[]): string {
  const dir = mkdtempSync(join(tmpdir(), "portcullis-chart-conf-"));
  try {
    const { certificate, key } = makeServerCertificate(["localhost"]);
    writeFileSync(join(dir, "tls.crt"), certificate);
    writeFileSync(join(dir, "tls.key"), key);
    const path = join(dir, "nats.conf");
    writeFileSync(join(dir, "ca.crt"), certificate);
    writeFileSync(path, natsConfig(...values).replaceAll(/\/etc\/nats-(tls|ca)/g, dir));
    const checked = spawnSync(findBinary("nats-server"), ["-t", "-c", path], { env: environment, encoding: "utf8" });
    return checked.stdout + checked.stderr;
  } finally {
    rmSync(dir, { recursive: true });
  }
}
