/** The control plane as plain processes on one loopback address: etcd, API server, controller manager, scheduler, egress proxy. */
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { Agent, request } from "node:https";
import { join } from "node:path";
import type { RunningProgram, RunningPrograms } from "@portcullis/tools/processes";
import type { Artifacts, GoProgram } from "@portcullis/tools/setup";
import { apiAddress, ports } from "../addresses.ts";
import { until } from "../wait.ts";
import { administrator, type Pki } from "./pki.ts";

export interface ControlPlaneOptions {
  readonly artifacts: Artifacts;
  readonly programs: RunningPrograms;
  /** Loopback address that everything binds. */
  readonly host: string;
  /** Folder for data, sockets, logs and the administrator's kubeconfig. */
  readonly directory: string;
  readonly pki: Pki;
  /** etcd's data of a saved cluster; copied. */
  readonly etcdData?: string;
}

export class ControlPlane {
  readonly #options: ControlPlaneOptions;
  #etcd: RunningProgram | undefined;
  #others: RunningProgram[] = [];

  constructor(options: ControlPlaneOptions) {
    this.#options = options;
  }

  get kubeconfig(): string {
    return join(this.#options.directory, "admin.conf");
  }

  get etcdData(): string {
    return join(this.#options.directory, "etcd");
  }

  /** Resolves when the API server says it is ready; the others are then starting. */
  async start(): Promise<void> {
    const { host, directory, pki, etcdData } = this.#options;
    await mkdir(directory, { recursive: true });
    if (etcdData) await cp(etcdData, this.etcdData, { recursive: true });
    const client = `http://${host}:${ports.etcd}`;
    const peer = `http://${host}:${ports.etcdPeer}`;
    this.#etcd = this.#start("etcd", [
      ...["--data-dir", this.etcdData, "--listen-client-urls", client, "--advertise-client-urls", client],
      // A saved cluster comes back on another address; the member's own address is not used by one member alone.
      ...["--listen-peer-urls", peer, "--unsafe-no-fsync", "--log-level", "warn"],
    ]);
    const egress = join(directory, "egress.sock");
    this.#others.push(
      this.#options.programs.start({
        name: "egress proxy",
        command: process.execPath,
        args: [join(import.meta.dirname, "egress.ts"), egress, host, String(ports.kubelet)],
        log: join(directory, "egress.log"),
      }),
    );
    await Promise.all([
      pki.serve([host, apiAddress, "10.96.0.1"]),
      pki.kubeconfig(administrator, `https://${host}:${ports.api}`, this.kubeconfig),
      writeFile(join(directory, "egress.json"), JSON.stringify(egressSelector(egress))),
    ]);
    await this.#apiServer();
    const manager = ["--kubeconfig", this.kubeconfig, "--leader-elect=false", "--secure-port=0"];
    this.#others.push(
      this.#start("kube-controller-manager", [
        ...manager,
        ...["--use-service-account-credentials", `--service-account-private-key-file=${pki.path("sa.key")}`],
        ...[`--root-ca-file=${pki.path("ca.crt")}`, "--kube-api-qps=200", "--kube-api-burst=400"],
      ]),
      this.#start("kube-scheduler", [...manager, "--kube-api-qps=200", "--kube-api-burst=400"]),
    );
  }

  async #apiServer(): Promise<void> {
    const { host, directory, pki } = this.#options;
    const server = this.#start("kube-apiserver", [
      `--etcd-servers=http://${host}:${ports.etcd}`,
      ...[`--bind-address=${host}`, `--secure-port=${ports.api}`, `--advertise-address=${apiAddress}`],
      ...[`--tls-cert-file=${pki.path("api.crt")}`, `--tls-private-key-file=${pki.path("api.key")}`],
      ...[
        `--service-account-key-file=${pki.path("sa.pub")}`,
        `--service-account-signing-key-file=${pki.path("sa.key")}`,
      ],
      ...["--service-account-issuer=https://kubernetes.default.svc", "--service-cluster-ip-range=10.96.0.0/16"],
      ...["--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction", "--allow-privileged=true"],
      ...[
        `--token-auth-file=${pki.path("tokens.csv")}`,
        `--egress-selector-config-file=${join(directory, "egress.json")}`,
      ],
      ...[
        "--kubelet-preferred-address-types=InternalIP",
        "--max-requests-inflight=0",
        "--max-mutating-requests-inflight=0",
      ],
      "--enable-priority-and-fairness=false",
    ]);
    this.#others.push(server);
    const ca = await readFile(pki.path("ca.crt"), "utf8");
    await until("the API server to be ready", () => ready(host, ca), {
      timeoutMs: 90_000,
      everyMs: 50,
      failed: () =>
        [server, this.#etcd]
          .map((r) => (r?.ended ? `${r.name} ended with ${r.ended}; log: ${r.log}` : null))
          .find(Boolean) ?? null,
    });
  }

  /** Ends all but etcd at once: clients in the guests see their connections close. */
  async stopServers(): Promise<void> {
    await Promise.all(this.#others.map((running) => running.stop("SIGKILL")));
    this.#others = [];
  }

  /** Ends everything; etcd's data is whole afterwards. */
  async stop(): Promise<void> {
    await this.stopServers();
    await this.#etcd?.stop("SIGTERM", 5000);
  }

  #start(name: GoProgram, args: readonly string[]): RunningProgram {
    const { artifacts, programs, directory } = this.#options;
    return programs.start({ name, command: artifacts.program(name), args, log: join(directory, `${name}.log`) });
  }
}

function egressSelector(udsName: string): object {
  const connection = { proxyProtocol: "HTTPConnect", transport: { uds: { udsName } } };
  return {
    apiVersion: "apiserver.k8s.io/v1beta1",
    kind: "EgressSelectorConfiguration",
    egressSelections: [{ name: "cluster", connection }],
  };
}

/** One look at /readyz. Throws with what the server says instead of "ok". */
function ready(host: string, ca: string): Promise<boolean> {
  return new Promise((done, failed) => {
    const asked = request(
      { host, port: ports.api, path: "/readyz", ca, agent: new Agent(), timeout: 5000 },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (part: string) => (text += part));
        answer.on("end", () =>
          answer.statusCode === 200 ? done(true) : failed(new Error(`/readyz: ${text.slice(-500)}`)),
        );
      },
    );
    asked.on("error", failed);
    asked.on("timeout", () => asked.destroy(new Error("no answer within 5 s")));
    asked.end();
  });
}
