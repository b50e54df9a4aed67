/**
 * Promise: the chart installs what it says and no more. Rendered by the real helm, and its NATS configuration run by the
 * real server.
 */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { type Bus, type ConnectOptions, connect } from "@portcullis/bus";
import { findBinary, type NatsServer, startNatsServer } from "@portcullis/bus/testing";
import { TestApiServer } from "@portcullis/kube/testing";
import { parse, parseAllDocuments } from "yaml";

jest.setTimeout(60_000);

const root = join(import.meta.dirname, "..", "..");
const chart = join(root, "charts", "portcullis");
const home = mkdtempSync(join(tmpdir(), "portcullis-helm-"));
afterAll(() => rmSync(home, { recursive: true }));

interface Container {
  name: string;
  image: string;
  args?: string[];
  env?: { name: string; value?: string; valueFrom?: unknown }[];
  securityContext: Record<string, unknown> & { capabilities: { drop: string[]; add?: string[] } };
  volumeMounts?: { name: string; mountPath: string; readOnly?: boolean }[];
}
interface Rendered {
  kind: string;
  metadata: { name: string; namespace?: string; annotations?: Record<string, string>; labels?: Record<string, string> };
  // biome-ignore lint/suspicious/noExplicitAny: any kind of object; each test knows its own.
  [key: string]: any;
}

function helm(...args: string[]): string {
  const env = { ...process.env, HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home };
  return execFileSync(findBinary("helm"), args, {
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 64 << 20,
  });
}

function render(...set: string[]): Rendered[] {
  const flags = set.flatMap((value) => ["--set-json", value]);
  const text = helm("template", "portcullis", chart, "--namespace", "security", ...flags);
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Rendered | null)
    .filter((object) => object !== null);
}

function find(objects: readonly Rendered[], kind: string, name: RegExp = /./): Rendered {
  const found = objects.filter((object) => object.kind === kind && name.test(object.metadata.name));
  if (found.length !== 1) throw new Error(`${found.length} objects are a ${kind} named ${name}`);
  return found[0] as Rendered;
}

const containersOf = (object: Rendered): Container[] => object.spec.template.spec.containers;
const environmentOf = (object: Rendered): Record<string, unknown> =>
  Object.fromEntries(
    (containersOf(object)[0]?.env ?? []).map(({ name, value, valueFrom }) => [name, value ?? valueFrom]),
  );

describe("the chart", () => {
  let objects: Rendered[];
  let workloads: Rendered[];
  beforeAll(() => {
    objects = render();
    workloads = objects.filter(({ kind }) => ["Deployment", "DaemonSet", "StatefulSet"].includes(kind));
  });

  it("passes helm's strict lint", () => {
    expect(helm("lint", "--strict", chart)).toMatch(/0 chart\(s\) failed/);
  });

  it("makes no two objects of one name", () => {
    const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ""}/${metadata.name}`);
    expect(names).toEqual([...new Set(names)]);
  });

  it("names every image with a fixed tag, by default the chart's own version", () => {
    const { appVersion } = parse(readFileSync(join(chart, "Chart.yaml"), "utf8")) as { appVersion: string };
    const images = workloads.flatMap(containersOf).map(({ image }) => image);
    expect(images.sort()).toEqual(
      ["controller", "enforcer", "nats"].map((name) => `localhost/portcullis-${name}:${appVersion}`),
    );
  });

  it("makes all of its objects selectable, each by its component", () => {
    for (const { kind, metadata } of objects)
      expect([kind, metadata.labels]).toEqual([
        kind,
        expect.objectContaining({
          "app.kubernetes.io/name": "portcullis",
          "app.kubernetes.io/component": expect.stringMatching(/^(controller|enforcer|nats|crds|admission)$/),
        }),
      ]);
    for (const { spec } of workloads) expect(spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels);
  });

  it("lets no container write its own files or gain privileges, and grants only what it must", () => {
    const granted = workloads.flatMap(containersOf).map(({ name, securityContext }) => {
      expect(securityContext).toMatchObject({ readOnlyRootFilesystem: true, allowPrivilegeEscalation: false });
      expect(securityContext.privileged).toBeUndefined();
      expect(securityContext.capabilities.drop).toEqual(["ALL"]);
      return [name, securityContext.capabilities.add?.toSorted() ?? []];
    });
    const enforcer = ["BPF", "DAC_READ_SEARCH", "MAC_ADMIN", "PERFMON", "SYS_ADMIN", "SYS_PTRACE", "SYS_RESOURCE"];
    expect(Object.fromEntries(granted)).toEqual({ controller: [], nats: [], enforcer });
  });

  it("explains every capability and mount of the enforcer in its README", () => {
    const readme = readFileSync(join(chart, "README.md"), "utf8");
    const [{ securityContext, volumeMounts = [] }] = containersOf(find(objects, "DaemonSet")) as [Container];
    for (const capability of securityContext.capabilities.add ?? []) expect(readme).toContain(`| \`${capability}\` |`);
    for (const { mountPath } of volumeMounts) expect(readme).toContain(`| \`${mountPath}\``);
  });

  it("puts an enforcer on every node, with no access to the API server", () => {
    const { template } = find(objects, "DaemonSet").spec;
    expect(template.spec).toMatchObject({
      tolerations: [{ operator: "Exists" }],
      hostPID: true,
      automountServiceAccountToken: false,
      priorityClassName: "system-node-critical",
    });
    expect(template.spec.hostNetwork).toBeUndefined();
    const subjects = objects.filter(({ kind }) => kind.endsWith("RoleBinding")).flatMap((binding) => binding.subjects);
    expect(subjects.map(({ name }: { name: string }) => name)).toEqual(Array(2).fill("portcullis-controller"));
  });

  it("mounts of the node what the enforcer writes, and the rest to read", () => {
    const [{ volumeMounts = [] }] = containersOf(find(objects, "DaemonSet")) as [Container];
    const writable = volumeMounts.filter(({ readOnly }) => !readOnly).map(({ mountPath }) => mountPath);
    expect(writable).toEqual(["/sys/fs/bpf", "/var/lib/portcullis"]);
  });

  it("gives the controller these rights and no others", () => {
    const read = ["get", "list", "watch"];
    const policies = ["kubearmorpolicies", "kubearmorclusterpolicies", "kubearmorhostpolicies"];
    expect(find(objects, "ClusterRole").rules).toEqual([
      { apiGroups: ["security.kubearmor.com"], resources: policies, verbs: read },
      { apiGroups: ["security.kubearmor.com"], resources: policies.map((name) => `${name}/status`), verbs: ["patch"] },
      { apiGroups: [""], resources: ["pods", "namespaces", "nodes"], verbs: read },
      { apiGroups: ["apps"], resources: ["replicasets"], verbs: read },
      { apiGroups: ["batch"], resources: ["jobs"], verbs: read },
      { apiGroups: ["events.k8s.io"], resources: ["events"], verbs: ["create", "patch"] },
    ]);
    const leases = { apiGroups: ["coordination.k8s.io"], resources: ["leases"] };
    expect(find(objects, "Role").rules).toEqual([
      { ...leases, verbs: ["create"] },
      {
        ...leases,
        resourceNames: [environmentOf(find(objects, "Deployment")).LEASE_NAME],
        verbs: ["get", "update"],
      },
    ]);
  });

  it("takes everything out of the nodes when asked to, in place of enforcing", () => {
    const { spec } = find(render("enforcer.remove=true"), "DaemonSet").spec.template as {
      spec: Record<string, Container[]>;
    };
    expect(spec.initContainers?.map(({ args }) => args)).toEqual([["--remove"]]);
    expect(spec.initContainers?.[0]?.volumeMounts?.map(({ mountPath }) => mountPath)).toContain("/sys/fs/bpf");
    expect(spec.containers?.map(({ name, volumeMounts }) => [name, volumeMounts])).toEqual([["removed", undefined]]);
  });

  it("hands its values to the processes", () => {
    const other = render(
      'clusterName="prod"',
      'defaultPosture={"file":"block","network":"audit","capabilities":"block"}',
      'untrackedNamespaces=["kube-system","security","infra"]',
      'enforcer.criSocket="/run/k3s/containerd/containerd.sock"',
    );
    expect(environmentOf(find(other, "Deployment"))).toMatchObject({
      CLUSTER_NAME: "prod",
      NATS_URL: "nats://portcullis-nats.security.svc:4222",
      DEFAULT_FILE_POSTURE: "block",
      DEFAULT_NETWORK_POSTURE: "audit",
      DEFAULT_CAPABILITIES_POSTURE: "block",
      UNTRACKED_NAMESPACES: "kube-system,security,infra",
      POD_NAME: { fieldRef: { fieldPath: "metadata.name" } },
    });
    expect(environmentOf(find(other, "DaemonSet"))).toMatchObject({
      CLUSTER_NAME: "prod",
      NODE_NAME: { fieldRef: { fieldPath: "spec.nodeName" } },
      CRI_SOCKET: "/proc/1/root/run/k3s/containerd/containerd.sock",
    });
  });

  it("never puts a password anywhere but into the Secret", () => {
    const { data } = find(objects, "Secret") as unknown as { data: Record<string, string> };
    expect(Object.keys(data)).toEqual(["password", "reader-password"]);
    const rest = JSON.stringify(objects.filter(({ kind }) => kind !== "Secret"));
    for (const value of Object.values(data)) {
      const password = Buffer.from(value, "base64").toString();
      expect(password).toMatch(/^p[A-Za-z0-9]{39}$/);
      expect(rest).not.toContain(password);
    }
  });

  it("uses an external NATS without running one", () => {
    const other = render(
      'nats={"enabled":false,"url":"nats://bus.infra:4222","auth":{"enabled":true,"existingSecret":"login"}}',
    );
    expect(other.some(({ metadata }) => metadata.name.endsWith("-nats"))).toBe(false);
    expect(environmentOf(find(other, "DaemonSet"))).toMatchObject({
      NATS_URL: "nats://bus.infra:4222",
      NATS_PASSWORD: { secretKeyRef: { name: "login", key: "password" } },
    });
  });

  it("keeps alerts on a volume when asked to, and lets only readers near when asked to", () => {
    const other = render('nats.persistence={"enabled":true,"size":"5Gi"}', "networkPolicy.enabled=true");
    const [claim] = find(other, "StatefulSet").spec.volumeClaimTemplates;
    expect(claim.spec.resources.requests.storage).toBe("5Gi");
    expect(find(other, "NetworkPolicy").spec.ingress[0].from).toHaveLength(2);
  });

  it.each([
    ["a typo", 'controler={"replicas":2}', "controler"],
    ["a typo below", 'enforcer.criSockt="/run/x"', "criSockt"],
    ["a posture that does not exist", 'defaultPosture.file="deny"', "defaultPosture/file"],
    ["no NATS at all", "nats.enabled=false", "nats/url"],
    ["two NATS", 'nats.url="nats://x:4222"', "nats/url"],
    ["the tag latest", 'enforcer.image.tag="latest"', "enforcer/image/tag"],
    ["a path that is not absolute", 'enforcer.stateDir="var/lib"', "enforcer/stateDir"],
    ["a namespace that cannot be", 'untrackedNamespaces=["A_B"]', "untrackedNamespaces/0"],
  ])("refuses %s and names it", (_, value, named) => {
    expect(() => render(value)).toThrow(named);
  });
});

describe("the definitions in the chart", () => {
  it("are those of the repository", () => {
    const files = (dir: string) =>
      readdirSync(dir)
        .filter((name) => name.endsWith(".yaml"))
        .map((name) => [name, readFileSync(join(dir, name), "utf8")]);
    expect(files(join(chart, "files/generated/crds"))).toEqual(files(join(root, "crds")));
    expect(readFileSync(join(chart, "files/generated/admission.yaml"), "utf8")).toBe(
      readFileSync(join(root, "crds/admission/unknown-fields.yaml"), "utf8"),
    );
  });

  it("are rendered unchanged, and kept when the release is removed", () => {
    const definitions = render().filter(({ kind }) => kind === "CustomResourceDefinition");
    expect(definitions.map(({ metadata }) => metadata.name.split(".")[0]).sort()).toEqual([
      "kubearmorclusterpolicies",
      "kubearmorhostpolicies",
      "kubearmorpolicies",
    ]);
    for (const { metadata, spec } of definitions) {
      expect(metadata.annotations).toMatchObject({ "helm.sh/resource-policy": "keep" });
      const source = readFileSync(join(root, "crds", `${metadata.name.split(".")[0]}.yaml`), "utf8");
      expect(spec).toEqual((parse(source, { maxAliasCount: -1 }) as Rendered).spec);
    }
  });

  it("and the admission policies are left out when they are managed elsewhere", () => {
    const kinds = render("crds.install=false", "admission.install=false").map(({ kind }) => kind);
    expect(kinds).not.toContain("CustomResourceDefinition");
    expect(kinds).not.toContain("ValidatingAdmissionPolicy");
    const present = render().map(({ kind }) => kind);
    expect(present.filter((kind) => kind === "ValidatingAdmissionPolicy")).toHaveLength(3);
    expect(present.filter((kind) => kind === "ValidatingAdmissionPolicyBinding")).toHaveLength(3);
  });
});

describe("installed with a real API server", () => {
  const release = ["portcullis", "--namespace", "security", "--kubeconfig", join(home, "kubeconfig")];
  let server: TestApiServer;
  const kubectl = (...args: string[]): string =>
    execFileSync(findBinary("kubectl"), ["--kubeconfig", join(home, "kubeconfig"), ...args], { encoding: "utf8" });
  const password = (): string =>
    kubectl("-n", "security", "get", "secret", "portcullis-nats", "-o=jsonpath={.data.password}");

  beforeAll(async () => {
    server = await TestApiServer.start();
    writeFileSync(join(home, "kubeconfig"), server.kubeconfig(), { mode: 0o600 });
  });
  afterAll(() => server?.stop());

  it("is accepted whole, keeps its passwords through an upgrade and leaves only the definitions behind", () => {
    const [name = "", ...flags] = release;
    helm("install", name, chart, ...flags, "--create-namespace", "--set", "networkPolicy.enabled=true");
    const first = password();
    expect(first).toMatch(/^[A-Za-z0-9+/]{50,}=*$/);
    helm("upgrade", name, chart, ...flags, "--set", "controller.replicas=2");
    expect(password()).toBe(first);
    expect(kubectl("-n", "security", "get", "deployment", "-o=jsonpath={.items[0].spec.replicas}")).toBe("2");
    helm("upgrade", name, chart, ...flags, "--reuse-values", "--set", "enforcer.remove=true");
    helm("uninstall", name, ...flags);
    const kinds = "all,secret,configmap,serviceaccount,role,rolebinding,networkpolicy,lease";
    const left = kubectl("-n", "security", "get", kinds, "-o", "name").split("\n").filter(Boolean);
    expect(left.filter((object) => !/\/(kube-root-ca\.crt|default)$/.test(object))).toEqual([]);
    const cluster = kubectl("get", "crd,clusterrole,clusterrolebinding,validatingadmissionpolicy", "-o", "name");
    const ours = cluster.split("\n").filter((object) => /portcullis|kubearmor/.test(object));
    expect(ours.map((object) => object.split("/")[0])).toEqual(
      Array(3).fill("customresourcedefinition.apiextensions.k8s.io"),
    );
  });
});

describe("the NATS server as the chart configures it", () => {
  const quiet = { debug() {}, info() {}, warn() {}, error() {} };
  const timing = { reconnectWait: 50, requestTimeout: 1_500 };
  const passwords = { NATS_PASSWORD: "pController1", NATS_READER_PASSWORD: "pReader1" };
  let server: NatsServer;
  let stop: AbortController;
  const open = (auth: ConnectOptions["auth"], signal = stop.signal): Promise<Bus> =>
    connect({ servers: server.url, name: "test", signal, log: quiet, auth, timing });

  beforeAll(async () => {
    stop = new AbortController();
    const { data } = find(render(), "ConfigMap") as unknown as { data: { "nats.conf": string } };
    // Where it listens and stores is the test's; the rest is the chart's.
    const config = data["nats.conf"].replace(/^port: .*\n|^http_port: .*\n|^ *store_dir: .*\n/gm, "");
    expect(config).not.toEqual(data["nats.conf"]);
    server = await startNatsServer({ config, env: { POD_NAME: "nats-0", ...passwords } });
  });
  afterAll(async () => {
    stop.abort();
    await server.dispose();
  });

  it("takes the controller's storage and serves it", async () => {
    const bus = await open({ user: "portcullis", password: passwords.NATS_PASSWORD });
    await bus.ensure();
    expect(await bus.listBundles()).toEqual([]);
    await bus.close();
  });

  it("refuses who has no login, or a wrong one", async () => {
    for (const auth of [
      undefined,
      { user: "portcullis", password: "guess" },
      { user: "reader", password: passwords.NATS_PASSWORD },
    ])
      await expect(open(auth, AbortSignal.timeout(500))).rejects.toMatchObject({ code: "BUS_CLOSED" });
  });

  it("lets a reader read alerts, and neither bundles nor write anything", async () => {
    const controller = await open({ user: "portcullis", password: passwords.NATS_PASSWORD });
    const reader = await open({ user: "reader", password: passwords.NATS_READER_PASSWORD });
    await controller.ensure();
    const ready = Promise.withResolvers<void>();
    const alerts = reader.subscribeAlerts({ signal: stop.signal, onReady: ready.resolve })[Symbol.asyncIterator]();
    const first = alerts.next();
    await ready.promise;
    await controller.publishAlert(alert);
    expect((await first).value).toMatchObject({ id: alert.id });
    await expect(reader.publishAlert({ ...alert, id: "forged" })).rejects.toMatchObject({
      code: expect.stringMatching(/^BUS_/),
    });
    await expect(reader.listBundles()).rejects.toMatchObject({ code: expect.stringMatching(/^BUS_/) });
    await expect(reader.deleteBundle("node")).rejects.toMatchObject({ code: expect.stringMatching(/^BUS_/) });
    expect(reader.stats.permissionErrors).toBeGreaterThan(0);
    await Promise.all([controller.close(), reader.close()]);
  });
});

const alert = {
  id: "node/boot/1",
  timestampNs: 1_767_323_045_123_456_789n,
  clusterName: "default",
  hostName: "node",
  namespaceName: "default",
  podName: "pod",
  labels: {},
  containerId: "",
  containerName: "",
  containerImage: "",
  hostPpid: 1,
  hostPid: 2,
  ppid: 1,
  pid: 2,
  uid: 0,
  parentProcessName: "",
  processName: "/bin/sleep",
  policyName: "policy",
  tags: [],
  message: "",
  type: "MatchedPolicy",
  source: "",
  operation: "Process",
  resource: "/bin/sleep",
  data: "",
  eventData: {},
  enforcer: "BPFLSM",
  action: "Block",
  result: "Permission denied",
  cwd: "/",
  tty: "",
  nodeId: "",
} as const;
