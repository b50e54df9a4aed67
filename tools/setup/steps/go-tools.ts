/**
 * Go itself, and the programs built with it: the parts of a Kubernetes cluster, etcd, NATS, CoreDNS with a handful of
 * plug-ins, helm. One module (go/go.mod, pinned with its sums) for all, so that they share what they compile:
 * kube-apiserver alone costs four minutes, etcd after it ten seconds.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { SetupError } from "../../processes/errors.ts";
import { type Artifacts, type GoProgram, goPrograms } from "../artifacts.ts";
import { fetchOnly } from "../debian-suite.ts";
import type { Step, StepContext } from "../step.ts";

const versions = JSON.parse(readFileSync(join(import.meta.dirname, "..", "versions.json"), "utf8")) as { go: string };
const module = join(import.meta.dirname, "..", "go");

/** Import path of each program's main package, as `go build` names it from the module's folder. */
const mains: Record<(typeof goPrograms)[number], string> = {
  "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
  "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
  "kube-scheduler": "k8s.io/kubernetes/cmd/kube-scheduler",
  kubelet: "k8s.io/kubernetes/cmd/kubelet",
  "kube-proxy": "k8s.io/kubernetes/cmd/kube-proxy",
  kubectl: "k8s.io/kubernetes/cmd/kubectl",
  etcd: "go.etcd.io/etcd/server/v3",
  "nats-server": "github.com/nats-io/nats-server/v2",
  coredns: "./coredns",
  helm: "helm.sh/helm/v4/cmd/helm",
  nats: "github.com/nats-io/natscli/nats",
  promlint: "./promlint",
};

/** `go build` names a binary after its import path: where that is not our name. */
const builtAs: Partial<Record<string, string>> = { etcd: "server" };

export const goToolchain: Step = {
  id: "go",
  title: `find Go ${versions.go}, or fetch it`,
  seconds: 30,
  inputs: ["tools/setup/versions.json"],
  // What it finds is looked up again by every user (goCommand): only the fetched one is a product.
  current: async (context) => (await goCommand(context)) !== undefined,
  async run(context) {
    if (await goCommand(context)) return;
    // Any Go since 1.21 fetches the toolchain it is asked for as a module, verified by the checksum database.
    const root = bootstrapRoot(context.artifacts);
    const [old, sources] = ["golang-1.24-go", "golang-1.24-src"];
    rmSync(root, { recursive: true, force: true });
    mkdirSync(root, { recursive: true });
    for (const deb of await fetchOnly(context, "trixie", [old, sources])) {
      await context.exec("dpkg-deb", ["-x", deb.path, root]);
      rmSync(deb.path);
    }
    if (!(await goCommand(context))) {
      throw new SetupError(
        "SETUP_DOWNLOAD_FAILED",
        `Go ${versions.go} could not be fetched. Is the Go module proxy reachable? Or install Go ${versions.go} yourself.`,
      );
    }
  },
};

export const goTools: Step = {
  id: "go-tools",
  title: `build ${goPrograms.length} Go programs (Kubernetes, etcd, NATS, CoreDNS, helm, promlint)`,
  needs: ["go"],
  seconds: 500,
  diskMiB: 8000,
  inputs: ["tools/setup/go", "tools/setup/versions.json"],
  key: linkerFlags(),
  outputs: ({ program }) => goPrograms.map(program),
  run: (context) => buildPrograms(context, { module, mains, ldflags: linkerFlags() }),
};

interface Built {
  /** Folder of the go.mod. */
  readonly module: string;
  /** Import path of each program's main package. */
  readonly mains: Readonly<Partial<Record<GoProgram, string>>>;
  readonly ldflags: string;
}

/** Builds programs of one module into the folder of the Go programs. */
export async function buildPrograms(context: StepContext, { module, mains, ldflags }: Built): Promise<void> {
  const { artifacts } = context;
  const environment = await goEnvironment(context);
  context.progress("counting packages");
  const list = await context.exec("go", ["list", "-deps", "-mod=readonly", ...Object.values(mains)], {
    cwd: module,
    environment,
  });
  const total = list.trim().split("\n").length;
  const made = join(artifacts.cache, `${basename(module)}.new`);
  rmSync(made, { recursive: true, force: true });
  mkdirSync(made, { recursive: true });
  context.progress("compiling and linking");
  let compiled = 0;
  const onLine = (line: string) => {
    if (/^[\w.-]+(\/[\w.~-]+)*$/.test(line)) context.progress(`${++compiled} of at most ${total} Go packages compiled`);
  };
  const flags = ["-v", "-mod=readonly", "-trimpath", "-ldflags", ldflags, "-o", `${made}/`];
  await context.exec("go", ["build", ...flags, ...Object.values(mains)], { cwd: module, environment, onLine });
  mkdirSync(artifacts.bin, { recursive: true });
  for (const name of Object.keys(mains) as GoProgram[])
    renameSync(join(made, builtAs[name] ?? name), artifacts.program(name));
  rmSync(made, { recursive: true });
}

/** Of a step that needs `go`. */
export async function goEnvironment(context: StepContext): Promise<NodeJS.ProcessEnv> {
  return (await goCommand(context))!;
}

/** Stripped, and with the version Kubernetes is to call itself: without it kubelet, kubectl and helm refuse or warn. */
function linkerFlags(): string {
  const version = readFileSync(join(module, "go.mod"), "utf8").match(/k8s\.io\/kubernetes v(\S+)/)?.[1] ?? "";
  const [major, minor] = version.split(".");
  const set = (name: string, value: string | undefined) => `-X k8s.io/component-base/version.${name}=${value}`;
  return [
    "-s -w",
    set("gitVersion", `v${version}`),
    set("gitMajor", major),
    set("gitMinor", minor),
    set("gitTreeState", "clean"),
  ].join(" ");
}

const bootstrapRoot = (artifacts: Artifacts): string => join(artifacts.cache, "go-bootstrap");

/**
 * The environment in which `go` is the wanted release or a newer one, or undefined where there is none: a Go that is
 * there and new enough, one that is there and fetches the wanted release, the unpacked one that does.
 */
async function goCommand(context: StepContext): Promise<NodeJS.ProcessEnv | undefined> {
  const own = join(bootstrapRoot(context.artifacts), "usr", "lib", "go-1.24", "bin");
  const paths = [`${process.env.PATH}:/usr/local/go/bin`, ...(existsSync(own) ? [`${own}:${process.env.PATH}`] : [])];
  for (const GOTOOLCHAIN of ["local", `go${versions.go}`]) {
    for (const PATH of paths) {
      const environment = { ...process.env, PATH, GOTOOLCHAIN, CGO_ENABLED: "0", GOFLAGS: "-buildvcs=false" };
      const answer = await context.exec("go", ["version"], { environment, cwd: "/" }).catch(() => "");
      if (atLeast(answer.match(/go(\d+\.\d+(\.\d+)?)/)?.[1] ?? "0", versions.go)) return environment;
    }
  }
  return undefined;
}

function atLeast(found: string, wanted: string): boolean {
  const [a, b] = [found, wanted].map((text) => text.split(".").map(Number)) as [number[], number[]];
  for (let i = 0; i < 3; i++) if ((a[i] ?? 0) !== (b[i] ?? 0)) return (a[i] ?? 0) > (b[i] ?? 0);
  return true;
}
