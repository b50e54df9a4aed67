/** The way into NATS, with a real API server and a real NATS server. Long because it is the life of one certificate, whoever makes it. */
import { X509Certificate } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { connect } from "@portcullis/bus";
import { certificatesIn, makeServerCertificate, type ServerCertificate } from "@portcullis/bus/certificates";
import { startTlsServer, systemLogin, type TlsServer } from "@portcullis/bus/testing";
import { sleep } from "@portcullis/daemon";
import { MemoryLog, silentLog, until } from "@portcullis/daemon/testing";
import { collectionPath, type KubeObject, objectPath, type Resource } from "@portcullis/kube";
import { BusAccess, type BusAccessOptions } from "../src/access/bus-access.ts";
import { configMapResource, rotateAnnotation, secretResource } from "../src/named-object.ts";
import { Cluster } from "./cluster.ts";

const namespace = "default";
const names = ["localhost"];
const day = 86_400_000;
let cluster: Cluster;
let server: TlsServer;
beforeAll(async () => {
  cluster = await Cluster.start();
  server = await startTlsServer();
}, 120_000);
afterAll(async () => {
  await server?.dispose();
  await cluster?.stop();
});

type Data = Record<string, string>;
type Certificate = NonNullable<BusAccessOptions["certificate"]>;

const encoded = (data: Data): Data =>
  Object.fromEntries(Object.entries(data).map(([name, text]) => [name, Buffer.from(text).toString("base64")]));
const decoded = (data: Data): Data =>
  Object.fromEntries(Object.entries(data).map(([name, text]) => [name, Buffer.from(text, "base64").toString()]));

let installs = 0;
/** One release, under names of its own. */
class Release {
  readonly names = {
    login: `login-${++installs}`,
    nodeLogin: `node-logins-${installs}`,
    secret: `tls-${installs}`,
    systemSecret: `system-${installs}`,
    configMap: `ca-${installs}`,
  };
  readonly log = new MemoryLog();
  readonly #abort = new AbortController();
  readonly #running: Promise<void>[] = [];

  /** What another controller's process has. */
  replica(more: Partial<Certificate> = {}, servers = [server]): BusAccess {
    const { login: loginSecret, nodeLogin: nodeLoginSecret, ...objects } = this.names;
    const certificate = { issuer: "controller", ...objects, names, delayMs: 300, lookMs: 20, ...more } as const;
    const { client } = cluster;
    return new BusAccess({
      client,
      log: this.log,
      namespace,
      servers: servers.map(({ url }) => url),
      loginSecret,
      nodeLoginSecret,
      certificate,
    });
  }

  async opened(more?: Partial<Certificate>): Promise<BusAccess> {
    const access = this.replica(more);
    await access.open(this.#abort.signal);
    return access;
  }

  run(access: BusAccess, leads: boolean): void {
    this.#running.push(access.run(() => leads, this.#abort.signal));
  }

  async end(): Promise<void> {
    this.#abort.abort();
    await Promise.all(this.#running);
  }

  async make(resource: Resource, name: string, data: Data = {}): Promise<void> {
    const body = { apiVersion: "v1", kind: resource.kind, metadata: { name, labels: { made: "by-the-chart" } }, data };
    await cluster.client.request({ method: "POST", path: collectionPath(resource, namespace), body });
  }

  /** The server knows one password of its system account, whatever release the test is of. */
  async makeSystemPassword(): Promise<void> {
    await this.make(secretResource, this.names.systemSecret, encoded({ password: systemLogin.password }));
  }

  async read(resource: Resource, name: string): Promise<KubeObject & { data: Data }> {
    const path = objectPath(resource, name, namespace);
    const object = await cluster.client.request<KubeObject & { data?: Data }>({ method: "GET", path });
    const { data = {} } = object;
    return { ...object, data: resource === secretResource ? decoded(data) : data };
  }

  async patch(name: string, body: object): Promise<void> {
    const path = objectPath(secretResource, name, namespace);
    await cluster.client.request({ method: "PATCH", path, body, contentType: "application/merge-patch+json" });
  }

  async certificate(): Promise<ServerCertificate> {
    const { data } = await this.read(secretResource, this.names.secret);
    return { certificate: data["tls.crt"] ?? "", key: data["tls.key"] ?? "", authority: data["ca.crt"] ?? "" };
  }

  async published(): Promise<string> {
    return (await this.read(configMapResource, this.names.configMap)).data["ca.crt"] ?? "";
  }

  /** As kubelet does with the server's files. */
  async mount(): Promise<void> {
    server.put(await this.certificate());
  }

  /** As a pod that starts when kubelet has mounted its files. */
  async startServer(): Promise<void> {
    await this.mount();
    await server.stop();
    await server.start();
  }

  said(code: string): boolean {
    return JSON.stringify(this.log.lines.map(({ fields }) => (fields.error as { code?: string })?.code)).includes(code);
  }
}

const releases: Release[] = [];
afterEach(async () => {
  for (const release of releases.splice(0)) await release.end();
});
function install(): Release {
  const release = new Release();
  releases.push(release);
  return release;
}

/** Rejects when nobody answers who has a certificate of these authorities. */
async function dial(authorities: string, { url: servers } = server): Promise<void> {
  const end = new AbortController();
  const timer = setTimeout(() => end.abort(), 900);
  const tls = { authorities: () => authorities };
  const bus = await connect({ servers, tls, name: "node", signal: end.signal, log: silentLog });
  clearTimeout(timer);
  await bus.close();
}

const text = (lines: MemoryLog): string => JSON.stringify(lines.lines);

describe("the way into NATS", () => {
  it("is made by the first controller that starts, and is the same for all, also when they start together", async () => {
    const release = install();
    const opened = await Promise.all([release.opened(), release.opened(), release.opened()]);
    opened.push(await release.opened());
    const ways = opened.map(({ connection: { auth, tls } }) => JSON.stringify([auth, tls?.authorities?.()]));
    expect(new Set(ways).size).toBe(1);
    expect(opened.reduce((sum, { counters }) => sum + counters.made, 0)).toBe(1);
    const { data } = await release.read(secretResource, release.names.login);
    expect(opened[0]?.connection.auth).toEqual({ user: "portcullis", password: data.password });
    expect(opened[0]?.connection.tls?.authorities?.()).toBe(await release.published());
    const nodeLogins = (await release.read(secretResource, release.names.nodeLogin)).data;
    for (const { loginKey } of opened) expect(loginKey?.issuer).toBe(nodeLogins.issuer);
    expect(nodeLogins.issuer).toMatch(/^A[A-Z2-7]{55}$/);
  });

  it("is secret: passwords and key lie in Secrets alone, each password by itself, in no log and not among what nodes read", async () => {
    const release = install();
    await release.opened();
    const { key } = await release.certificate();
    const logins = (await release.read(secretResource, release.names.login)).data;
    const system = (await release.read(secretResource, release.names.systemSecret)).data;
    const nodeLogins = (await release.read(secretResource, release.names.nodeLogin)).data;
    const passwords = [logins.password, logins["reader-password"], system.password];
    for (const password of passwords) expect(password).toMatch(/^p[0-9a-f]{40}$/);
    expect(new Set(passwords).size).toBe(3);
    const open = text(release.log) + (await release.published());
    for (const secret of [...passwords, key, nodeLogins.key]) expect(open).not.toContain(secret);
    expect(certificatesIn(await release.published())).toHaveLength(1);
  });

  it("goes through objects that the chart has made, and through passwords that were there before", async () => {
    const release = install();
    await release.make(secretResource, release.names.login, encoded({ password: "pOld1" }));
    for (const name of [release.names.secret, release.names.systemSecret]) await release.make(secretResource, name);
    await release.make(configMapResource, release.names.configMap);
    const { connection } = await release.opened();
    expect(connection.auth).toEqual({ user: "portcullis", password: "pOld1" });
    for (const name of [release.names.login, release.names.secret]) {
      const { metadata } = await release.read(secretResource, name);
      expect(metadata.labels).toEqual({ made: "by-the-chart" });
    }
    await release.startServer();
    await dial(await release.published());
  });

  it("is none where what is kept as a certificate is something else, which is said and left as it is", async () => {
    const release = install();
    const data = encoded({ "tls.crt": "rubbish", "tls.key": "rubbish" });
    await release.make(secretResource, release.names.secret, data);
    const stop = new AbortController();
    const opening = release.replica().open(stop.signal);
    await until("said", () => release.said("CONTROLLER_CERTIFICATE_UNREADABLE"));
    stop.abort();
    await opening;
    expect((await release.certificate()).certificate).toBe("rubbish");
    expect(text(release.log)).not.toContain("rubbish");
  });
});

describe("the certificate of NATS", () => {
  it("is exchanged without a gap when it is asked for: published, then used, then alone", async () => {
    const release = install();
    await release.makeSystemPassword();
    const [leader, standby] = [await release.opened(), await release.opened()];
    await release.startServer();
    const old = await release.certificate();
    release.run(leader, true);
    release.run(standby, false);
    // Whoever dials at any moment with what is published then gets in.
    const dials = { tried: 0, refused: 0 };
    const over = new AbortController();
    const dialling = (async () => {
      for (; !over.signal.aborted; await sleep(20)) {
        dials.tried++;
        await dial(await release.published()).catch(() => dials.refused++);
      }
    })();
    await release.patch(release.names.secret, { metadata: { annotations: { [rotateAnnotation]: "2026-01-01" } } });
    await until("both are published", async () => certificatesIn(await release.published()).length === 2);
    expect((await release.certificate()).certificate).toBe(old.certificate);
    await until("the Secret has another", async () => (await release.certificate()).certificate !== old.certificate);
    await until("the server is asked", () => leader.counters.reloads > 0);
    // Until kubelet has put it there, the server has the old one, and that stays accepted.
    await sleep(600);
    expect(certificatesIn(await release.published())).toContain(old.authority);
    await release.mount();
    const next = await release.certificate();
    await until("the old one is gone", async () => (await release.published()) === next.authority);
    expect(leader.connection.tls?.authorities?.()).toBe(next.authority);
    await until("the standby knows", () => standby.connection.tls?.authorities?.() === next.authority);
    await dial(next.authority);
    over.abort();
    await dialling;
    expect(dials.refused).toBe(0);
    expect(dials.tried).toBeGreaterThan(10);
    // The same request is not followed twice.
    await sleep(200);
    expect(leader.counters).toMatchObject({ prepared: 1, exchanged: 1, retired: 1, failed: 0 });
    expect(standby.counters).toMatchObject({ made: 0, prepared: 0, exchanged: 0, failed: 0 });
  }, 60_000);

  it.each([
    ["a third of its life is left", makeServerCertificate(names, Date.now() - 250 * day), names],
    ["NATS is dialled by another name", makeServerCertificate(["localhost"]), ["localhost", "bus.example.org"]],
  ])("is exchanged by itself when %s", async (_, kept, dialled) => {
    const release = install();
    await release.makeSystemPassword();
    const data = { "tls.crt": kept.certificate, "tls.key": kept.key, "ca.crt": kept.authority };
    await release.make(secretResource, release.names.secret, encoded(data));
    const leader = await release.opened({ names: dialled });
    await release.startServer();
    release.run(leader, true);
    await until("another one", async () => (await release.certificate()).certificate !== kept.certificate);
    await release.mount();
    const next = await release.certificate();
    await until("that one alone", async () => (await release.published()) === next.authority);
    expect(new X509Certificate(next.certificate).subjectAltName?.split(", ")).toEqual(
      dialled.map((name) => `DNS:${name}`),
    );
    expect(leader.counters).toMatchObject({ made: 0, prepared: 1, exchanged: 1, retired: 1 });
  });

  it("is made anew at once when it has expired, by whoever notices, because nobody accepts it any more", async () => {
    const release = install();
    const expired = makeServerCertificate(names, Date.now() - 366 * day);
    const data = { "tls.crt": expired.certificate, "tls.key": expired.key, "ca.crt": expired.authority };
    await release.make(secretResource, release.names.secret, encoded(data));
    const { counters } = await release.opened({ delayMs: 600_000 });
    expect(counters).toMatchObject({ made: 1, exchanged: 0 });
    expect(await release.published()).toBe((await release.certificate()).authority);
    await release.startServer();
    await dial(await release.published());
  });

  it("is new at once when somebody has emptied the Secret, and the authority of the old one is accepted no more", async () => {
    const release = install();
    await release.makeSystemPassword();
    const leader = await release.opened({ delayMs: 600_000 });
    const stolen = await release.certificate();
    await release.startServer();
    release.run(leader, true);
    await release.patch(release.names.secret, { data: null });
    await until(
      "another authority",
      async () => (await release.published()) === (await release.certificate()).authority,
    );
    expect(await release.published()).not.toContain(stolen.authority);
    // The first one was made by it, too.
    expect(leader.counters).toMatchObject({ made: 2, exchanged: 0 });
  });

  it("that somebody else has put beside it among what nodes accept is taken out again", async () => {
    const release = install();
    await release.makeSystemPassword();
    const leader = await release.opened();
    await release.startServer();
    release.run(leader, true);
    const { authority } = await release.certificate();
    const path = objectPath(configMapResource, release.names.configMap, namespace);
    const body = { data: { "ca.crt": authority + makeServerCertificate(names).authority } };
    await cluster.client.request({ method: "PATCH", path, body, contentType: "application/merge-patch+json" });
    await until("put right", async () => (await release.published()) === authority);
  });
});

describe("the certificate of several servers", () => {
  it("is exchanged on each of them, also on one that was away meanwhile, and the old one is accepted until all have the new one", async () => {
    const release = install();
    await release.makeSystemPassword();
    const others = [await startTlsServer(), await startTlsServer()];
    const servers = [server, ...others];
    const leader = release.replica({}, servers);
    await leader.open(new AbortController().signal);
    const old = await release.certificate();
    for (const one of servers) {
      one.put(old);
      await one.stop();
      if (one !== others[1]) await one.start();
    }
    release.run(leader, true);
    await release.patch(release.names.secret, { metadata: { annotations: { [rotateAnnotation]: "2026-01-02" } } });
    await until("the Secret has another", async () => (await release.certificate()).certificate !== old.certificate);
    const next = await release.certificate();
    for (const one of servers) one.put(next);
    for (const one of [server, others[0]])
      await until("it has the new one", () => dial(next.authority, one).then(() => true));
    await sleep(600);
    expect(certificatesIn(await release.published())).toContain(old.authority);
    await others[1]?.start();
    await until("the old one is gone", async () => (await release.published()) === next.authority);
    for (const one of servers) await dial(next.authority, one);
    for (const one of others) await one.dispose();
  }, 60_000);
});

describe("a certificate that cert-manager makes", () => {
  const kept = ({ certificate, key, authority }: ServerCertificate) =>
    encoded({ "tls.crt": certificate, "tls.key": key, "ca.crt": authority });

  it("is waited for, published, and left to cert-manager", async () => {
    const release = install();
    const access = release.replica({ issuer: "cert-manager" });
    const stop = new AbortController();
    const opening = access.open(stop.signal);
    await until("said", () => release.said("CONTROLLER_CERTIFICATE_MISSING"));
    const made = makeServerCertificate(names, Date.now() - 300 * day);
    await release.make(secretResource, release.names.secret, kept(made));
    await opening;
    expect(await release.published()).toBe(made.authority);
    release.run(access, true);
    await sleep(300);
    expect([await release.certificate(), await release.published()]).toEqual([made, made.authority]);
  });

  it("of another authority is told to the nodes first and to the server after the delay, and then the old one goes", async () => {
    const release = install();
    await release.makeSystemPassword();
    const [old, next] = [makeServerCertificate(names), makeServerCertificate(names)];
    await release.make(secretResource, release.names.secret, kept(old));
    const leader = await release.opened({ issuer: "cert-manager", delayMs: 800 });
    await release.startServer();
    release.run(leader, true);
    await release.patch(release.names.secret, { data: kept(next) });
    await release.mount();
    await until("both are published", async () => certificatesIn(await release.published()).length === 2);
    expect(leader.counters.reloads).toBe(0);
    await dial(old.authority);
    await until("the server has it", async () => dial(next.authority).then(() => true));
    await until("the old one is gone", async () => (await release.published()) === next.authority);
    expect(leader.counters).toMatchObject({ made: 0, prepared: 0, exchanged: 0, retired: 1, failed: 0 });
  });
});
