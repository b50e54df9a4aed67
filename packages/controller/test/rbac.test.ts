import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { connect, encodeAlert, verifySignature } from "@portcullis/bus";
import { exampleAlert } from "@portcullis/bus/testing";
import { MemoryLog, silentLog, until } from "@portcullis/daemon/testing";
import {
  apply,
  collectionPath,
  eventResource,
  KubeClient,
  type KubeList,
  type KubeObject,
  leaseResource,
  parseKubeConfig,
  type Resource,
} from "@portcullis/kube";
import { testBinary } from "@portcullis/kube/testing";
import { parseAllDocuments } from "yaml";
import { BusAccess } from "../src/access/bus-access.ts";
import { Controller } from "../src/controller.ts";
import { configMapResource, secretResource } from "../src/named-object.ts";
import { ReportEntries } from "../src/outputs/report-entries.ts";
import { ReportsWriter } from "../src/outputs/reports-writer.ts";
import { BundleKeys } from "../src/signing/bundle-keys.ts";
import { podResource } from "../src/watch/objects.ts";
import { blocking, Cluster, condition } from "./cluster.ts";
import { defineReports } from "./receivers.ts";

const release = "rel";
const namespace = "portcullis";
const rbac = (plural: string, kind: string): Resource => ({
  group: "rbac.authorization.k8s.io",
  version: "v1",
  plural,
  kind,
});
const kinds: Record<string, Resource> = {
  ClusterRole: rbac("clusterroles", "ClusterRole"),
  ClusterRoleBinding: rbac("clusterrolebindings", "ClusterRoleBinding"),
  Role: rbac("roles", "Role"),
  RoleBinding: rbac("rolebindings", "RoleBinding"),
  Secret: secretResource,
  ConfigMap: configMapResource,
};

describe("with the roles the chart gives it", () => {
  let cluster: Cluster;
  /**
   * What the namespace's role names: the lease, the Secret with the signing key, the ConfigMap with the public keys, the one with the global configuration; of NATS the Secrets with the passwords,
   * the key of the nodes' logins, the certificate and the system account's password, and the ConfigMap with the authorities.
   */
  const named: string[] = [];
  let who = "";
  const stop = new AbortController();

  beforeAll(async () => {
    cluster = await Cluster.start();
    await cluster.namespace(namespace);
    await cluster.namespace("shop", { "kubearmor-file-posture": "never" });
    await cluster.node("node-1");
    await cluster.pod({ namespace: "shop", name: "web", node: "node-1" });
    const chart = join(import.meta.dirname, "../../../charts/portcullis");
    const args = [
      "template",
      release,
      chart,
      "--namespace",
      namespace,
      ...["--set", "outputs.reports.enabled=true"],
      ...["controller/rbac", "controller/signing", "controller/config", "nats/secret", "nats/tls"].flatMap((name) => [
        "--show-only",
        `templates/${name}.yaml`,
      ]),
    ];
    for (const document of parseAllDocuments(execFileSync(testBinary("helm"), args, { encoding: "utf8" }))) {
      const object = document.toJS() as KubeObject & {
        rules?: { resourceNames?: string[] }[];
        subjects?: { name: string }[];
      };
      const resource = kinds[object?.kind];
      if (resource === undefined) continue;
      if (object.kind === "Role") named.push(...(object.rules ?? []).flatMap((rule) => rule.resourceNames ?? []));
      if (object.subjects?.[0]) who = `system:serviceaccount:${namespace}:${object.subjects[0].name}`;
      const target = { resource, name: object.metadata.name, namespace: object.metadata.namespace };
      await apply(cluster.client, target, { ...object }, { fieldManager: "test" });
    }
  }, 120_000);
  afterAll(async () => {
    stop.abort();
    await cluster?.stop();
  });

  /** The administrator acting as the controller's service account, so that only that account's roles count. */
  function asController(): KubeClient {
    const config = JSON.parse(cluster.api.kubeconfig()) as { users: { user: Record<string, string> }[] };
    for (const { user } of config.users) user.as = who;
    return new KubeClient(parseKubeConfig(JSON.stringify(config)), "test");
  }

  it("leads, publishes, writes status and tells Events", async () => {
    const bus = await connect({ servers: cluster.nats.url, name: "controller", signal: stop.signal, log: silentLog });
    const client = asController();
    const [lease = "", secret = "", configMap = "", config = ""] = named;
    const controller = new Controller({
      client,
      bus,
      keys: new BundleKeys({ client, log: silentLog, namespace, secret, configMap, delayMs: 600_000 }),
      log: silentLog,
      cluster: "test",
      configMap: { namespace, name: config },
      untrackedNamespaces: new Set(["kube-system", namespace]),
      identity: "controller-0",
      lease: { namespace, name: lease },
    });
    const ended = new AbortController();
    const run = controller.run(ended.signal);
    await cluster.policy({ kind: "KubeArmorPolicy", namespace: "shop", name: "p", spec: blocking("/bin/sh") });
    await until("the bundle", async () => (await cluster.blocked("node-1"))["web/main"]?.includes("/bin/sh"));
    const [bytes, published] = [await cluster.bundleBytes("node-1"), await cluster.publicKeys(namespace, configMap)];
    expect(() => verifySignature(bytes ?? new Uint8Array(), published)).not.toThrow();
    await until("the status", async () =>
      condition(await cluster.status("KubeArmorPolicy", "p", "shop"), "Distributed"),
    );
    await until("the event", async () => {
      const list = await cluster.client.request<KubeList<KubeObject & { reason: string }>>({
        method: "GET",
        path: collectionPath(eventResource),
      });
      return list.items?.some((event) => event.reason === "InvalidPosture");
    });
    const policy = { kind: "KubeArmorPolicy", namespace: "shop", name: "p" } as const;
    const denial = { ...exampleAlert, namespaceName: "shop", policyName: "p" };
    await bus.publishAlert(encodeAlert({ ...denial, rule: { policy, origin: "spec.process.matchPaths[0]" } }));
    await until("the count", async () => (await cluster.status("KubeArmorPolicy", "p", "shop"))?.hits?.total === 1);
    await until("the first denial", () => controller.denialEvents.counters.written === 1);
    ended.abort();
    await run;
    const path = `${collectionPath(leaseResource, namespace)}/${lease}`;
    const held = await cluster.client.request<KubeObject & { spec: { holderIdentity: string } }>({
      method: "GET",
      path,
    });
    expect(held.spec.holderIdentity).toBe("");
  }, 60_000);

  it("makes the passwords and the certificate of NATS, in what the chart has made for them", async () => {
    const [loginSecret, nodeLoginSecret, secret = "", systemSecret = "", configMap = ""] = named.slice(4);
    const certificate = { issuer: "controller", secret, systemSecret, configMap, names: ["nats"], delayMs: 0 } as const;
    const log = new MemoryLog();
    const access = new BusAccess({
      ...{ client: asController(), log, namespace, servers: [] },
      ...{ loginSecret, nodeLoginSecret, certificate },
    });
    await access.open(AbortSignal.timeout(10_000));
    expect(log.lines.filter(({ level }) => level === "error")).toEqual([]);
    expect(access.connection.tls?.authorities?.()).toMatch(/^-----BEGIN CERTIFICATE-----/);
    expect(access.loginKey?.issuer).toMatch(/^A/);
    const keys = { method: "GET", path: "/openid/v1/jwks", accept: "application/jwk-set+json" } as const;
    expect((await asController().request<{ keys: unknown[] }>(keys)).keys).toHaveLength(1);
    expect(access.connection.auth).toMatchObject({ user: "portcullis", password: expect.stringMatching(/^p/) });
  });

  it("writes reports and takes them away", async () => {
    await defineReports(cluster.client);
    const entries = new ReportEntries({ policy: () => undefined });
    entries.begin(undefined, { created: "then", firstSequence: 1, lastSequence: 0 });
    const alert = { ...exampleAlert, policyName: "DefaultPosture", namespaceName: "shop" };
    const timestampNs = BigInt(Date.now()) * 1_000_000n;
    entries.take([{ ...alert, timestampNs, stream: { created: "then", sequence: 1, missed: 0 } }], {
      created: "then",
      sequence: 1,
    });
    const isLeader = () => true;
    const ended = new AbortController();
    const writer = new ReportsWriter({ client: asController(), entries, isLeader, log: silentLog, everyMs: 20 });
    const run = writer.run(ended.signal);
    await until("it is written", () => writer.counters.written === 1);
    entries.forget("shop");
    await until("it is gone", () => writer.counters.removed === 1);
    expect(writer.counters.failed).toBe(0);
    ended.abort();
    await run;
  });

  it("may neither write pods nor read another secret than the signing key, nor make one", async () => {
    const client = asController();
    const denied = { status: 403 };
    await expect(client.request({ method: "GET", path: "/api/v1/secrets" })).rejects.toMatchObject(denied);
    const secrets = collectionPath(secretResource, namespace);
    const body = { apiVersion: "v1", kind: "Secret", metadata: { name: "x" } };
    await expect(client.request({ method: "GET", path: secrets })).rejects.toMatchObject(denied);
    await expect(client.request({ method: "GET", path: `${secrets}/portcullis-nats` })).rejects.toMatchObject(denied);
    await expect(client.request({ method: "POST", path: secrets, body })).rejects.toMatchObject(denied);
    await expect(
      client.request({ method: "DELETE", path: `${collectionPath(podResource, "shop")}/web` }),
    ).rejects.toMatchObject(denied);
    await expect(client.request({ method: "GET", path: "/api/v1/namespaces/shop/configmaps" })).rejects.toMatchObject(
      denied,
    );
  });
});
