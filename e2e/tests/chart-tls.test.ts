/** Promise: as the chart installs it, NATS speaks TLS 1.3 and nothing else, and all who dial it can verify it. */
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { connect as connectSocket } from "node:net";
import { connect as connectTls } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { connect, presents } from "@portcullis/bus";
import { makeServerCertificate } from "@portcullis/bus/certificates";
import { silentLog } from "@portcullis/daemon/testing";
import { type ChartServer, checkedConfig, startChartServer } from "./chart-server.ts";
import { type Container, environmentOf, find, type Rendered, render } from "./rendered-chart.ts";

jest.setTimeout(60_000);

describe("the chart's objects for TLS", () => {
  let objects: Rendered[];
  let workloads: Rendered[];
  beforeAll(() => {
    objects = render();
    workloads = objects.filter(({ kind }) => ["Deployment", "DaemonSet", "StatefulSet"].includes(kind));
  });

  it("has NATS wait for its certificate and the enforcers for its authority, and gives its key to nobody but NATS", () => {
    const { volumes } = find(objects, "StatefulSet").spec.template.spec;
    expect(volumes).toContainEqual({
      name: "tls",
      secret: {
        ...{ secretName: "portcullis-nats-tls", optional: false, defaultMode: 0o440 },
        items: ["tls.crt", "tls.key"].map((key) => ({ key, path: key })),
      },
    });
    const others = JSON.stringify(
      workloads.filter(({ kind }) => kind !== "StatefulSet").map(({ spec }) => spec.template.spec.volumes),
    );
    expect(others).not.toContain("portcullis-nats-tls");
    const authorities = (of: Rendered) =>
      of.spec.template.spec.volumes.find(({ name }: { name: string }) => name === "nats-ca").configMap;
    const items = [{ key: "ca.crt", path: "ca.crt" }];
    const enforcer = find(objects, "DaemonSet");
    expect(authorities(enforcer)).toEqual({ name: "portcullis-nats-ca", optional: false, items });
    expect(environmentOf(enforcer).NATS_CA_FILE).toBe("/etc/portcullis/nats-ca/ca.crt");
    // To take everything out, nothing has to be there first.
    const removing = find(render("enforcer.remove=true"), "DaemonSet");
    expect(authorities(removing)).toMatchObject({ optional: true });
    const shared = '"auth":{"enabled":true,"existingSecret":"login","existingEnforcerSecret":"nodes"}';
    const external = render("enforcer.remove=true", `nats={"enabled":false,"url":"tls://x:4222",${shared}}`);
    const [{ env = [] }] = find(external, "DaemonSet").spec.template.spec.initContainers as [Container];
    const password = { secretKeyRef: { name: "nodes", key: "password", optional: true } };
    expect(env).toContainEqual({ name: "NATS_PASSWORD", valueFrom: password });
  });

  it("refuses a name of NATS' certificate that no client would take for a match", () => {
    expect(render('nats.tls.names=["*.example.org"]')).not.toEqual([]);
    for (const name of ["*.local", "*", "a.*.org"])
      expect(() => render(`nats.tls.names=["${name}"]`)).toThrow(/nats\/tls\/names\/0|nats\.tls\.names\.0/);
  });

  it("names NATS in its certificate as clients dial it, and as subscribers do that it is told of", () => {
    const named = 'nats.tls.names=["alerts.example.org","192.0.2.7"]';
    const service = "portcullis-nats.security.svc,portcullis-nats.security,portcullis-nats,localhost";
    const each = "*.portcullis-nats-cluster.security.svc";
    const own = `${service},127.0.0.1,${each}`;
    expect(environmentOf(find(render(named), "Deployment"))).toMatchObject({
      NATS_CERTIFICATE_ISSUER: "controller",
      NATS_CERTIFICATE_NAMES: `${own},alerts.example.org,192.0.2.7`,
    });
    const issuer = 'nats.tls.certManager={"issuer":"ours","kind":"ClusterIssuer"}';
    const managed = render(named, issuer);
    expect(find(managed, "Certificate").spec).toMatchObject({
      secretName: "portcullis-nats-tls",
      issuerRef: { name: "ours", kind: "ClusterIssuer", group: "cert-manager.io" },
      dnsNames: [...service.split(","), "alerts.example.org"],
      ipAddresses: ["127.0.0.1", "192.0.2.7"],
    });
    // Servers are clients of each other.
    expect(find(render(named, issuer, "nats.replicas=3"), "Certificate").spec).toMatchObject({
      dnsNames: [...service.split(","), each, "alerts.example.org"],
      usages: ["digital signature", "server auth", "client auth"],
    });
    expect(environmentOf(find(managed, "Deployment")).NATS_CERTIFICATE_ISSUER).toBe("cert-manager");
    const secrets = managed.filter(({ kind }) => kind === "Secret").map(({ metadata }) => metadata.name);
    expect(secrets).not.toContain("portcullis-nats-tls");
    const rules: { resourceNames?: string[]; verbs: string[] }[] = find(managed, "Role", /-controller$/).rules;
    const rule = rules.find(({ resourceNames }) => resourceNames?.includes("portcullis-nats-tls"));
    expect(rule?.verbs).toEqual(["get"]);
  });

  it("does without encryption only when it is told to", () => {
    const plain = render("nats.tls.enabled=false");
    expect(environmentOf(find(plain, "DaemonSet"))).toMatchObject({
      NATS_URL: "nats://portcullis-nats.security.svc:4222",
    });
    expect(JSON.stringify(plain.filter(({ kind }) => !/CustomResource/.test(kind)))).not.toMatch(
      /nats-(tls|ca|system)/,
    );
  });

  it("uses an external NATS without running one, and verifies it by the authorities that it is told", () => {
    const login = '"auth":{"enabled":true,"existingSecret":"login","existingEnforcerSecret":"nodes"}';
    const external = (more: string) => render(`nats={"enabled":false,"url":"tls://bus.infra:4222",${login}${more}}`);
    const pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    const other = external(`,"tls":{"ca":${JSON.stringify(pem)}}`);
    expect(other.filter(({ metadata }) => /-nats/.test(metadata.name)).map(({ kind }) => kind)).toEqual(["ConfigMap"]);
    expect(find(other, "ConfigMap", /-nats-ca$/).data).toEqual({ "ca.crt": pem });
    for (const [kind, user, name] of [
      ["DaemonSet", "enforcer", "nodes"],
      ["Deployment", "portcullis", "login"],
    ] as const) {
      expect(environmentOf(find(other, kind))).toMatchObject({
        NATS_URL: "tls://bus.infra:4222",
        NATS_USER: user,
        NATS_PASSWORD: { secretKeyRef: { name, key: "password" } },
        NATS_CA_FILE: "/etc/portcullis/nats-ca/ca.crt",
      });
      expect(JSON.stringify(find(other, kind).spec.template.spec.volumes)).toContain("portcullis-nats-ca");
    }
    const usual = external("");
    expect(usual.some(({ metadata }) => /-nats/.test(metadata.name))).toBe(false);
    expect(environmentOf(find(usual, "Deployment")).NATS_CA_FILE).toBeUndefined();
  });
});

describe("the NATS server of the chart", () => {
  let server: ChartServer;
  let stop: AbortController;
  beforeAll(async () => {
    server = await startChartServer();
  });
  afterAll(() => server.dispose());
  afterEach(() => stop?.abort());
  const open = (servers: string, more: Partial<Parameters<typeof connect>[0]> = {}) => {
    stop = new AbortController();
    const timing = { reconnectWait: 50, requestTimeout: 1_500 };
    const { signal } = stop;
    return connect({ servers, name: "test", signal, log: silentLog, auth: server.logins.portcullis, timing, ...more });
  };

  it("serves who verifies it, also who comes by kubectl port-forward", async () => {
    for (const url of [server.url, server.url.replace("localhost", "127.0.0.1")]) {
      const bus = await open(url, { tls: server.tls });
      await bus.ensure();
      await bus.close();
    }
  });

  it("refuses who goes on in the clear, and who speaks TLS 1.2", async () => {
    const { port } = new URL(server.url.replace("tls:", "http:"));
    const greeted = async () => {
      const socket = connectSocket(Number(port), "127.0.0.1");
      socket.on("error", () => {});
      await once(socket, "data");
      return socket;
    };
    const plain = await greeted();
    let heard = "";
    plain.on("data", (chunk: Buffer) => {
      heard += chunk.toString();
    });
    plain.write('CONNECT {"user":"portcullis","pass":"pController1"}\r\nPING\r\n');
    await once(plain, "close");
    expect(heard).not.toContain("PONG");
    const old = connectTls({ socket: await greeted(), ca: server.tls.authorities(), maxVersion: "TLSv1.2" });
    const [error] = (await once(old, "error")) as [Error & { code: string }];
    expect(error.code).toBe("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION");
  });

  it("takes another certificate when the controller asks for it, and lets that login do nothing else", async () => {
    const bus = await open(server.url, { tls: server.tls });
    const next = makeServerCertificate(["localhost"]);
    const fingerprint = new X509Certificate(next.certificate).fingerprint256;
    const tls = { authorities: () => server.tls.authorities() + next.authority };
    const { system: auth } = server.logins;
    server.put(next);
    expect(await presents({ servers: server.url, name: "test", auth, tls }, fingerprint)).toBe(false);
    expect(await presents({ servers: server.url, name: "test", auth, tls }, fingerprint)).toBe(true);
    expect(bus.stats.disconnects).toBe(0);
    await bus.close();
    const system = await open(server.url, { auth, tls });
    await expect(system.ensure()).rejects.toMatchObject({ code: expect.stringMatching(/^BUS_/) });
    expect(system.stats.permissionErrors).toBeGreaterThan(0);
    await system.close();
  });

  it("serves everybody, encrypted, where logins are switched off", async () => {
    const withoutLogins = await startChartServer("nats.auth.enabled=false");
    const bus = await open(withoutLogins.url, { auth: undefined, tls: withoutLogins.tls });
    await bus.ensure();
    await bus.close();
    await withoutLogins.dispose();
  });

  it("is configured so that the server itself finds nothing wrong with it, with and without TLS", () => {
    for (const values of [[], ["nats.tls.enabled=false"], ["nats.auth.enabled=false"]])
      expect(checkedConfig(...values)).toMatch(/is valid/);
  });
});
