/**
 * Keys, certificates and tokens of one cluster. Keys are on elliptic curves, so that a new serving certificate for the
 * address of each start costs milliseconds.
 */
import { randomBytes } from "node:crypto";
import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../host-command.ts";

/** Who may speak to the API server, besides service accounts. */
export interface Identity {
  readonly user: string;
  readonly group?: string;
}

export const administrator: Identity = { user: "admin", group: "system:masters" };
export const nodeIdentity = (node: string): Identity => ({ user: `system:node:${node}`, group: "system:nodes" });
export const proxyIdentity = (node: string): Identity => ({
  user: `system:kube-proxy:${node}`,
  group: "system:e2e-proxies",
});

export class Pki {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  path(name: "ca.crt" | "ca.key" | "api.crt" | "api.key" | "sa.key" | "sa.pub" | "tokens.csv"): string {
    return join(this.directory, name);
  }

  /** The lasting part: authority, service account key, a token for each identity. */
  async create(identities: readonly Identity[]): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    const days = ["-days", "3650"];
    const subject = ["-subj", "/CN=portcullis-e2e"];
    await this.#key("ca.key");
    await openssl(
      "req",
      "-x509",
      "-new",
      ...days,
      ...subject,
      "-key",
      this.path("ca.key"),
      "-out",
      this.path("ca.crt"),
    );
    await this.#key("sa.key");
    await openssl("pkey", "-in", this.path("sa.key"), "-pubout", "-out", this.path("sa.pub"));
    await writeFile(this.path("tokens.csv"), "", { mode: 0o600 });
    for (const { user, group } of identities) {
      const line = [randomBytes(16).toString("hex"), user, user, ...(group ? [`"${group}"`] : [])].join(",");
      await appendFile(this.path("tokens.csv"), `${line}\n`);
    }
  }

  /** The API server's certificate for these addresses and the names a cluster knows it by. */
  async serve(addresses: readonly string[]): Promise<void> {
    const names = [
      "kubernetes",
      "kubernetes.default",
      "kubernetes.default.svc",
      "kubernetes.default.svc.cluster.local",
    ];
    const san = [...addresses.map((a) => `IP:${a}`), ...["localhost", ...names].map((n) => `DNS:${n}`)].join(",");
    await this.#key("api.key");
    await openssl(
      ...["req", "-x509", "-new", "-days", "3650", "-subj", "/CN=kube-apiserver", "-addext", `subjectAltName=${san}`],
      ...["-CA", this.path("ca.crt"), "-CAkey", this.path("ca.key"), "-key", this.path("api.key")],
      ...["-addext", "basicConstraints=critical,CA:FALSE", "-out", this.path("api.crt")],
    );
  }

  /** Writes a kubeconfig for an identity that `create` has given a token. */
  async kubeconfig(identity: Identity, server: string, path: string): Promise<void> {
    const lines = (await readFile(this.path("tokens.csv"), "utf8")).split("\n");
    const token = lines.map((line) => line.split(",")).find(([, user]) => user === identity.user)?.[0];
    const authority = (await readFile(this.path("ca.crt"))).toString("base64");
    const config = {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "e2e", cluster: { server, "certificate-authority-data": authority } }],
      users: [{ name: identity.user, user: { token } }],
      contexts: [{ name: "e2e", context: { cluster: "e2e", user: identity.user } }],
      "current-context": "e2e",
    };
    await writeFile(path, JSON.stringify(config), { mode: 0o600 });
  }

  async #key(name: "ca.key" | "sa.key" | "api.key"): Promise<void> {
    const parameters = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
    await openssl("genpkey", ...parameters, "-out", this.path(name));
  }
}

async function openssl(...args: string[]): Promise<void> {
  await run("openssl", args);
}
