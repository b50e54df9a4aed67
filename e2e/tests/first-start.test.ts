/**
 * Promise: a release begins from nothing. The chart's Secrets are empty; the controller fills them before there is a bus; NATS and the enforcer start with
 * what lies there then. Controller and enforcer are processes of this machine with the environment that the chart gives them, and this test is kubelet.
 */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { type KubernetesObject, KubernetesObjectApi, PatchStrategy } from "@kubernetes/client-node";
import { type Bus, connect } from "@portcullis/bus";
import { type NatsServer, startNatsServer } from "@portcullis/bus/testing";
import { silentLog } from "@portcullis/daemon/testing";
import { type KubeClient, parseKubeConfig } from "@portcullis/kube";
import { freePort, TestApiServer } from "@portcullis/kube/testing";
import { RunningPrograms } from "@portcullis/tools/processes";
import { repository } from "@portcullis/tools/setup";
import { until } from "../cluster/index.ts";
import { natsConfig } from "./chart-server.ts";
import { chart, environmentOf, find, type Rendered, render } from "./rendered-chart.ts";

jest.setTimeout(120_000);

type Data = Readonly<Record<string, string>>;
const namespace = "security";
const node = "node-1";

describe("a release that starts from nothing", () => {
  const work = mkdtempSync(join(tmpdir(), "portcullis-first-"));
  const programs = new RunningPrograms();
  const end = new AbortController();
  const objects = render();
  let api: TestApiServer;
  let client: KubeClient;
  let kube: KubernetesObjectApi;
  let port = 0;
  let enforcerPort = 0;
  let nats: NatsServer | undefined;
  let bus: Bus | undefined;
  beforeAll(async () => {
    [api, port, enforcerPort] = [await TestApiServer.start(), await freePort(), await freePort()];
    client = api.client();
    kube = KubernetesObjectApi.makeApiClient(parseKubeConfig(api.kubeconfig()));
    await apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    await apply({ apiVersion: "v1", kind: "Node", metadata: { name: node } });
    for (const object of objects)
      if (/^(Secret|ConfigMap|ServiceAccount|CustomResourceDefinition|DaemonSet)$/.test(object.kind))
        await apply(object);
    for (const kind of ["Role", "RoleBinding"]) await apply(find(objects, kind, /-test$/));
  });
  afterAll(async () => {
    await programs.close();
    await bus?.close();
    end.abort();
    await nats?.dispose();
    await client?.config.close();
    await api?.stop();
    rmSync(work, { recursive: true, force: true });
  });

  async function apply(object: KubernetesObject | Rendered): Promise<void> {
    const all = PatchStrategy.ServerSideApply;
    await kube.patch(object as KubernetesObject, undefined, undefined, "e2e", true, all);
  }

  /** What the object holds, when it holds this entry: kubelet starts no pod before. */
  async function filled(kind: "Secret" | "ConfigMap", name: string, entry: string): Promise<Data> {
    return await until(
      `${entry} in ${name}`,
      async () => {
        const object = await kube.read({ apiVersion: "v1", kind, metadata: { namespace, name } });
        const { data = {} } = object as { data?: Data };
        if (data[entry] === undefined) return undefined;
        if (kind === "ConfigMap") return data;
        return Object.fromEntries(
          Object.entries(data).map(([key, text]) => [key, Buffer.from(text, "base64").toString()]),
        );
      },
      { timeoutMs: 30_000 },
    );
  }

  /** A pod of the enforcer's on the node, and the token that kubelet would mount into it. */
  async function tokenOfEnforcer(): Promise<string> {
    const { volumes, serviceAccountName } = find(objects, "DaemonSet").spec.template.spec;
    const container = { name: "enforcer", image: "enforcer:1" };
    const metadata = { name: "enforcer-of-node-1", namespace };
    await apply({
      ...{ apiVersion: "v1", kind: "Pod", metadata },
      spec: { nodeName: node, serviceAccountName, containers: [container] },
    } as KubernetesObject);
    const { metadata: { uid } = {} } = await kube.read({ apiVersion: "v1", kind: "Pod", metadata });
    const mounted = volumes.find(({ name }: { name: string }) => name === "node-token");
    const [{ serviceAccountToken: asked }] = mounted.projected.sources;
    const { status } = await client.request<{ status: { token: string } }>({
      method: "POST",
      path: `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccountName}/token`,
      body: {
        ...{ apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest" },
        spec: {
          ...{ audiences: [asked.audience], expirationSeconds: asked.expirationSeconds },
          boundObjectRef: { apiVersion: "v1", kind: "Pod", name: metadata.name, uid },
        },
      },
    });
    return status.token;
  }

  /** The program of a workload with the chart's environment; `own` is what a machine without kubelet has instead. */
  function start(name: "controller" | "enforcer", workload: Rendered, own: Record<string, string>): void {
    const given = Object.entries(environmentOf(workload)).filter(([, value]) => typeof value === "string");
    const common = { NATS_URL: `tls://localhost:${port}`, HTTP_ADDRESS: "127.0.0.1:0" };
    const environment = { ...(Object.fromEntries(given) as Record<string, string>), ...common, ...own };
    const args = [join(repository, "packages", name, "src", "main.ts")];
    programs.start({ name, command: process.execPath, args, log: join(work, `${name}.log`), environment });
  }

  const logged = (name: "controller" | "enforcer"): string => readFileSync(join(work, `${name}.log`), "utf8");

  it("fills what NATS starts with, though there is no NATS", async () => {
    const own = { POD_NAMESPACE: namespace, POD_NAME: "controller-1", KUBECONFIG: api.kubeconfigFile() };
    start("controller", find(objects, "Deployment"), own);
    const tls = await filled("Secret", "portcullis-nats-tls", "tls.crt");
    const logins = await filled("Secret", "portcullis-nats", "reader-password");
    const files = join(work, "nats-tls");
    mkdirSync(files);
    for (const name of ["tls.crt", "tls.key"]) writeFileSync(join(files, name), tls[name] ?? "");
    const config = natsConfig().replace(/^port: .*\n|^http_port: .*\n|^ *store_dir: .*\n/gm, "");
    nats = await startNatsServer({
      port,
      config: config.replaceAll("/etc/nats-tls", files),
      env: {
        POD_NAME: "nats-0",
        NATS_PASSWORD: logins.password ?? "",
        NATS_READER_PASSWORD: logins["reader-password"] ?? "",
        NATS_LOGIN_ISSUER: (await filled("Secret", "portcullis-nats-node-logins", "issuer")).issuer ?? "",
        NATS_SYSTEM_PASSWORD: (await filled("Secret", "portcullis-nats-system", "password")).password ?? "",
      },
    });
    await until("the controller to lead", () => logged("controller").includes("became the leader"), {
      timeoutMs: 30_000,
    });
  });

  it("has an enforcer that takes its bundle and says so, with what the chart mounts into it", async () => {
    const [ca, keys, token] = ["nats-ca", "bundle-keys", "token"].map((name) => join(work, name));
    writeFileSync(ca!, (await filled("ConfigMap", "portcullis-nats-ca", "ca.crt"))["ca.crt"] ?? "");
    writeFileSync(keys!, (await filled("ConfigMap", "portcullis-bundle-keys", "keys.json"))["keys.json"] ?? "");
    writeFileSync(token!, await tokenOfEnforcer());
    start("enforcer", find(objects, "DaemonSet"), {
      HTTP_ADDRESS: `127.0.0.1:${enforcerPort}`,
      ...{ NODE_NAME: node, NATS_TOKEN_FILE: token!, NATS_CA_FILE: ca!, BUNDLE_KEYS: keys! },
      ...{ HOST_ROOT: "/", CGROUP_ROOT: "/sys/fs/cgroup", STATE_DIR: join(work, "state") },
      ...{ CRI_SOCKET: join(work, "no-runtime.sock"), BPF_PIN_DIR: "/sys/fs/bpf/portcullis-e2e-first" },
    });
    const controller = (await filled("Secret", "portcullis-nats", "password")).password ?? "";
    bus = await connect({
      ...{ servers: `tls://localhost:${port}`, name: "e2e", signal: end.signal, log: silentLog },
      ...{ auth: { user: "portcullis", password: controller }, tls: { authorities: () => readFileSync(ca!, "utf8") } },
    });
    const heard = AbortSignal.any([end.signal, AbortSignal.timeout(60_000)]);
    let said: string | undefined;
    for await (const event of bus.watchNodeStatuses(heard)) {
      said = event.status?.node;
      if (said !== undefined) break;
    }
    expect(said).toBe(node);
    const [bundle] = await bus.listBundles();
    const taken = new RegExp(`"bundle in force".*"revision":"${bundle?.revision}"`);
    await until("the enforcer to take its bundle", () => taken.test(logged("enforcer")), { timeoutMs: 30_000 });
    for (const name of ["controller", "enforcer"] as const)
      expect(logged(name)).not.toMatch(/BUS_(PERMISSION|CERTIFICATE|TLS)|Permissions Violation/);
  });

  it("is looked at by what `helm test` runs, as a reader of alerts who may ask for one DaemonSet", async () => {
    const { spec } = find(objects, "Pod", /-test$/);
    const [{ args, env }] = spec.containers as [{ args: string[]; env: { name: string; value?: string }[] }];
    const daemonSet = {
      apiVersion: "apps/v1",
      kind: "DaemonSet",
      metadata: { namespace, name: "portcullis-enforcer" },
    };
    const counts = { desiredNumberScheduled: 1, currentNumberScheduled: 1, numberMisscheduled: 0, numberReady: 0 };
    await client.request({
      ...{ method: "PATCH", path: `/apis/apps/v1/namespaces/${namespace}/daemonsets/portcullis-enforcer/status` },
      ...{ contentType: "application/merge-patch+json", body: { ...daemonSet, status: counts } },
    });
    // The administrator acting as the pod's service account, so that only its role counts.
    const config = JSON.parse(api.kubeconfig()) as { users: { user: Record<string, string> }[] };
    for (const { user } of config.users) user.as = `system:serviceaccount:${namespace}:${spec.serviceAccountName}`;
    writeFileSync(join(work, "as-test"), JSON.stringify(config), { mode: 0o600 });
    const [, listens] = /"message":"started".*"port":(\d+)/.exec(logged("controller")) ?? [];
    const { "reader-password": password = "" } = await filled("Secret", "portcullis-nats", "reader-password");
    const environment = {
      ...Object.fromEntries(env.map(({ name, value = "" }) => [name, value])),
      ...{ NATS_URL: `tls://localhost:${port}`, NATS_PASSWORD: password, NATS_CA_FILE: join(work, "nats-ca") },
      ...{ CONTROLLERS: `127.0.0.1:${listens}`, KUBECONFIG: join(work, "as-test"), CHECK_SECONDS: "20" },
    };
    const main = join(repository, "packages", "controller", "src", "main.ts");
    const said = await new Promise<string>((done) => {
      execFile(process.execPath, [main, ...args], { env: environment }, (_, stdout, stderr) => done(stdout + stderr));
    });
    expect(said).toMatch(/^ok {5}NATS: a reader is let in at tls:.* the stream of alerts is there/m);
    expect(said).toMatch(/^ok {5}controller: the replica is ready$/m);
    // Whether this machine can enforce is its own matter; that it is said, and of which node, is what counts.
    expect(said).toMatch(
      /^(ok {5}nodes: all 1 nodes|FAILED nodes: 0 of 1 nodes enforce; node-1 does not enforce: \S)/m,
    );
  });

  it("has every figure that the chart's alerts are about, on the pages of the two processes", async () => {
    const [, controllerPort] = /"message":"started".*"port":(\d+)/.exec(logged("controller")) ?? [];
    const pages = await Promise.all(
      [controllerPort, enforcerPort].map(async (at) => await (await fetch(`http://127.0.0.1:${at}/metrics`)).text()),
    );
    const served = new Set(pages.join("\n").match(/^portcullis_[a-z0-9_]+/gm));
    const asked = new Set(readFileSync(join(chart, "files", "alerts.yaml"), "utf8").match(/portcullis_[a-z0-9_]+/g));
    expect(asked.size).toBeGreaterThan(20);
    // Those of the kernel are there once the engine is open, which not every machine can, and those of outputs where one is configured: their names are in the source.
    const kernel = "portcullis_enforcer_kernel_";
    const source = readFileSync(join(repository, "packages", "enforcer", "src", "metrics.ts"), "utf8");
    for (const name of asked)
      if (name.startsWith(kernel)) expect(source).toContain(`  ${name.slice(kernel.length).replace(/_total$/, "")}: "`);
    const output = "portcullis_controller_output_";
    const outputs = readFileSync(join(repository, "packages", "controller", "src", "outputs", "outputs.ts"), "utf8");
    for (const name of asked)
      if (name.startsWith(output)) expect(outputs).toContain(`"${name.replace("portcullis_controller_", "")}"`);
    const inSource = (name: string): boolean => name.startsWith(kernel) || name.startsWith(output);
    expect([...asked].filter((name) => !served.has(name) && !inSource(name))).toEqual([]);
  });
});
