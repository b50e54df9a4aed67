/** Promise: as the chart configures them, three NATS servers know each other and nobody else, each of them lets nodes in, and all of them exchange their certificate. */
import { X509Certificate } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { type Bus, type ConnectOptions, connect, encodeAlert, presents } from "@portcullis/bus";
import { makeServerCertificate } from "@portcullis/bus/certificates";
import { exampleAlert } from "@portcullis/bus/testing";
import { sleep } from "@portcullis/daemon";
import { silentLog, until } from "@portcullis/daemon/testing";
import { type ChartServers, checkedConfig, letNodesIn, startChartServers, tokenOf } from "./chart-server.ts";
import { chart, environmentOf, find, helm, type Rendered, render } from "./rendered-chart.ts";

jest.setTimeout(60_000);

const three = "nats.replicas=3";
const summary = { namespace: "default", policy: "p", since: "2026-01-01T00:00:00Z", counts: [] };
const hosts = [0, 1, 2].map((n) => `portcullis-nats-cluster-${n}.portcullis-nats-cluster.security.svc`);

describe("the chart's objects for three servers", () => {
  let objects: Rendered[];
  let set: Rendered;
  beforeAll(() => {
    objects = render(three);
    set = find(objects, "StatefulSet");
  });

  it("are one StatefulSet whose servers have names, start together, and lie on nodes of their own", () => {
    expect(set.metadata.name).toBe("portcullis-nats-cluster");
    expect(set.spec).toMatchObject({ replicas: 3, serviceName: set.metadata.name, podManagementPolicy: "Parallel" });
    const service = find(objects, "Service", /-cluster$/);
    expect(service.spec).toMatchObject({ clusterIP: "None", publishNotReadyAddresses: true });
    const { affinity, topologySpreadConstraints } = set.spec.template.spec;
    const matchLabels = set.spec.selector.matchLabels;
    const apart = { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels } };
    expect(affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution).toEqual([apart]);
    expect(topologySpreadConstraints).toMatchObject([{ topologyKey: "topology.kubernetes.io/zone" }]);
    const preferred = find(render(three, 'nats.antiAffinity="preferred"'), "StatefulSet").spec.template.spec.affinity;
    expect(preferred.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm).toEqual(apart);
    expect(find(render(three, 'nats.antiAffinity="none"'), "StatefulSet").spec.template.spec.affinity).toBeUndefined();
    expect(find(objects, "PodDisruptionBudget", /nats/).spec).toEqual({ maxUnavailable: 1, selector: { matchLabels } });
    const [claim] = find(render(three, "nats.persistence.enabled=true"), "StatefulSet").spec.volumeClaimTemplates;
    expect(claim.metadata.name).toBe("data");
  });

  it("are dialled each by its name, verified by the one that all certificates have, and asked for three replicas", () => {
    const urls = hosts.map((host) => `tls://${host}:4222`).join(",");
    for (const kind of ["Deployment", "DaemonSet"])
      expect(environmentOf(find(objects, kind))).toMatchObject({
        NATS_URL: urls,
        NATS_SERVER_NAME: "portcullis-nats.security.svc",
      });
    expect(environmentOf(find(objects, "Deployment"))).toMatchObject({
      STORAGE_REPLICAS: "3",
      STORAGE_ALERTS_SIZE: "256Mi",
      STORAGE_ALERTS_AGE: "7d",
    });
    const password = "route:$(NATS_ROUTE_PASSWORD)";
    expect(environmentOf(set).NATS_ROUTE_1).toBe(`nats://${password}@${hosts[1]}:6222`);
    const policies = render(three, "networkPolicy.enabled=true").filter(({ kind }) => kind === "NetworkPolicy");
    expect(JSON.stringify(policies)).toContain('"port":"routes"');
  });

  it("are as many as the values say, of one server nothing is left that only several need, and twice the same", () => {
    for (const [values, replicas] of [
      [["nats.replicas=5"], "3"],
      [["nats.replicas=5", "nats.jetstream.replicas=5"], "5"],
      [["nats.replicas=1"], "1"],
      [['nats={"enabled":false,"url":"nats://x:4222"}'], "1"],
      [['nats={"enabled":false,"url":"nats://x:4222","jetstream":{"replicas":3}}'], "3"],
    ] as const)
      expect(environmentOf(find(render(...values), "Deployment")).STORAGE_REPLICAS).toBe(replicas);
    const one = JSON.stringify(render());
    for (const word of ["NATS_ROUTE", "6222", "NATS_SERVER_NAME", "portcullis-nats-cluster-0"])
      expect(one).not.toContain(word);
    for (const number of [2, 7]) expect(() => render(`nats.replicas=${number}`)).toThrow(/replicas/);
    const text = () => helm("template", "portcullis", chart, "--set", three);
    expect(text()).toBe(text());
  });

  it("have a configuration that the server takes, whatever is switched off", () => {
    for (const off of [[], ["nats.tls.enabled=false"], ["nats.auth.enabled=false"]])
      expect([off, checkedConfig(three, ...off)]).toEqual([off, expect.stringMatching(/is valid/)]);
  });
});

describe("three servers as the chart configures them", () => {
  const timing = { reconnectWait: 50, requestTimeout: 5_000 };
  let servers: ChartServers;
  let controller: Bus;
  let accepted: string;
  const stop = new AbortController();
  const open = (url: string | readonly string[], more: Partial<ConnectOptions>): Promise<Bus> => {
    const tls = { authorities: () => accepted, serverName: "localhost" };
    return connect({ servers: url, name: "test", signal: stop.signal, log: silentLog, tls, timing, ...more });
  };
  beforeAll(async () => {
    servers = await startChartServers();
    accepted = servers.tls.authorities();
    controller = await open(servers.urls, { auth: servers.logins.portcullis });
    letNodesIn(controller, stop.signal);
    await until("the storage", () => controller.ensure({ replicas: 3 }).then(() => true));
  });
  afterAll(async () => {
    stop.abort();
    await controller?.close();
    await servers?.dispose();
  });
  const publish = (bus: Bus, node: string, id: string) =>
    bus.publishAlert(encodeAlert({ ...exampleAlert, hostName: node, id }));

  it("let a node in by whichever of them it comes, and store what it says", async () => {
    for (const [index, url] of servers.urls.entries()) {
      const node = `node-${index}`;
      const bus = await open(url, { node, auth: { token: tokenOf(node) } });
      expect(await publish(bus, node, `by-${index}`)).toMatchObject({ sequence: index + 1 });
      expect(await bus.alertStream()).toMatchObject({ lastSequence: index + 1 });
      await bus.close();
    }
  });

  it("let a node in by the two that are left, also when the controller has to come back first", async () => {
    await servers.cluster.servers[0]?.stop({ hard: true });
    await until("the controller is back", () => controller.connected);
    const node = "node-late";
    const bus = await open(servers.urls, { node, auth: { token: tokenOf(node) } });
    await until("it is stored", () => publish(bus, node, "late").then(() => true));
    await bus.close();
    await servers.cluster.servers[0]?.start();
  });

  it.each([
    ["who knows the password and has the certificate", {}, true],
    ["but nobody who does not know the password", { password: "guess" }, false],
    [
      "and nobody who has a certificate of another authority",
      { certificate: makeServerCertificate(["localhost", "127.0.0.1"]) },
      false,
    ],
  ])("take for one of them %s", async (_, as, isTaken) => {
    const other = await servers.join(as);
    const url = other.url.replace("nats://127.0.0.1", "tls://localhost");
    const authorities = () => accepted + ("certificate" in as ? as.certificate.authority : "");
    const listener = await open(url, { auth: servers.logins.portcullis, tls: { authorities } });
    const heard: string[] = [];
    listener.hearSummaries(stop.signal, ({ policy }) => heard.push(policy));
    const end = performance.now() + 1_500;
    while (heard.length === 0 && performance.now() < end) {
      controller.sendSummary(summary);
      await sleep(50);
    }
    expect(heard.length > 0).toBe(isTaken);
    await listener.close();
    await other.dispose();
  });

  it("exchange their certificate one after the other, and know each other before, meanwhile and afterwards", async () => {
    const next = makeServerCertificate(["localhost", "127.0.0.1"]);
    const both = accepted + next.authority;
    servers.put(next, both);
    accepted = both;
    const fingerprint = new X509Certificate(next.certificate).fingerprint256;
    const { system: auth } = servers.logins;
    for (const [index, url] of servers.urls.entries()) {
      const tls = { authorities: () => both, serverName: "localhost" };
      await until("it presents the other one", () => presents({ servers: url, name: "test", auth, tls }, fingerprint));
      await until("it is stored", () => publish(controller, "node-1", `exchanged-${index}`).then(() => true));
    }
    accepted = next.authority;
    servers.put(next, next.authority);
    // One that starts with the new one alone is taken by the others.
    const last = servers.cluster.servers[2];
    await last?.stop({ hard: true });
    await last?.start();
    const { cluster, logins } = servers;
    const tls = { ca: accepted, servername: "localhost" };
    const { user, password: pass } = logins.portcullis;
    await cluster.caughtUp("PORTCULLIS_ALERTS", { tls, user, pass });
  });
});
