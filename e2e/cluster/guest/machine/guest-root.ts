/**
 * The guests' root file system: Debian trixie without an init system, with what a Kubernetes node needs (containerd,
 * crun, CNI plug-ins, nftables) and what one looks around with (strace, bpftool). Read-only erofs: made in half a
 * second, read without inflating; a guest puts a tmpfs above it.
 */
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { keyring, type Step, type StepContext, sources } from "@portcullis/tools/setup";
import { guestKernel, rootPath, suites } from "../guest-artifacts.ts";
import { moduleFiles } from "./guest-kernel.ts";

const packages = [
  // the node
  ...[
    "containerd",
    "crun",
    "runc",
    "containernetworking-plugins",
    "nftables",
    "conntrack",
    "iproute2",
    "ca-certificates",
  ],
  // libraries of the enforcer, for runs outside a container
  ...["libstdc++6", "libbpf1", "libelf1t64", "zlib1g"],
  // tools
  ...["bpftool", "busybox-static", "curl", "kmod", "mount", "procps", "strace", "util-linux"],
];

/** What kube-proxy (nftables mode), the CNI plug-ins and our own rule for masquerading load while a node runs. */
const netfilter = [
  ...[
    "nf_tables",
    "nft_chain_nat",
    "nft_ct",
    "nft_masq",
    "nft_nat",
    "nft_redir",
    "nft_numgen",
    "nft_limit",
    "nft_hash",
  ],
  ...["nft_reject_inet", "nft_reject_ipv4", "nft_reject_ipv6", "nft_fib_inet", "nft_fib_ipv4", "nft_fib_ipv6"],
  ...["nf_conntrack", "nf_nat", "veth", "bridge"],
];

const unwanted = ["doc", "man", "info", "locale", "bug", "lintian"];

export const guestRoot: Step = {
  id: "guest-root",
  title: "make the guests' root file system",
  needs: ["debian-packages", ...suites.map((suite) => `kernel-${suite}`)],
  seconds: 60,
  diskMiB: 1200,
  inputs: ["e2e/cluster/guest/machine/guest-root.ts"],
  outputs: (artifacts) => [rootPath(artifacts)],
  async run(context) {
    const disk = rootPath(context.artifacts);
    const tree = join(dirname(disk), "root.new");
    rmSync(tree, { recursive: true, force: true });
    mkdirSync(dirname(disk), { recursive: true });
    await bootstrapRoot(context, tree);
    await addModules(context, tree);
    writeFileSync(join(tree, "etc/hosts"), "127.0.0.1 localhost\n");
    writeFileSync(join(tree, "etc/resolv.conf"), "");
    writeFileSync(join(tree, "etc/hostname"), "node\n");
    // Where guests mount their second disk, and where a host's files are looked for.
    for (const folder of ["w", "host", "opt/cni/bin", "etc/cni/net.d"])
      mkdirSync(join(tree, folder), { recursive: true });
    cpSync(join(tree, "usr/lib/cni"), join(tree, "opt/cni/bin"), { recursive: true });
    rmSync(join(tree, "dev"), { recursive: true, force: true });
    mkdirSync(join(tree, "dev"));
    context.progress("mkfs.erofs");
    rmSync(`${disk}.new`, { force: true });
    await context.exec("mkfs.erofs", [
      "--quiet",
      "-T0",
      "-U",
      "00000000-0000-4000-8000-000000000000",
      `${disk}.new`,
      tree,
    ]);
    await context.exec("mv", [`${disk}.new`, disk]);
    rmSync(tree, { recursive: true });
  },
};

async function bootstrapRoot(context: StepContext, tree: string): Promise<void> {
  context.progress("mmdebstrap");
  const left = unwanted.flatMap((name) => ["--dpkgopt", `path-exclude=/usr/share/${name}/*`]);
  const options = [
    "--mode=root",
    "--variant=minbase",
    "--format=directory",
    `--keyring=${keyring}`,
    `--include=${packages.join(",")}`,
  ];
  const apt = ['Acquire::Check-Valid-Until "false"', 'Apt::Install-Recommends "false"', 'Acquire::Languages "none"'];
  const aptOptions = apt.flatMap((option) => ["--aptopt", option]);
  const lines = await sources(context, "trixie");
  await context.exec("mmdebstrap", [...options, ...left, ...aptOptions, "trixie", tree, ...lines], {
    onLine: (line) => {
      if (/^I: /.test(line)) context.progress(`mmdebstrap: ${line.slice(3)}`);
    },
  });
}

/** The netfilter modules of every guest kernel, with the indexes modprobe wants. */
async function addModules(context: StepContext, tree: string): Promise<void> {
  for (const suite of suites) {
    const kernel = guestKernel(context.artifacts, suite);
    const release = readFileSync(kernel.release, "utf8").trim();
    context.progress(`modules of ${release}`);
    const from = join(kernel.tree, "lib/modules", release);
    const to = join(tree, "lib/modules", release);
    const files = new Set<string>();
    for (const module of netfilter)
      for (const path of await moduleFiles(context, kernel.tree, release, module)) files.add(path);
    for (const path of files) {
      const target = join(to, relative(from, path));
      mkdirSync(dirname(target), { recursive: true });
      copyFileSync(path, target);
    }
    for (const name of ["modules.order", "modules.builtin", "modules.builtin.modinfo"]) {
      if (existsSync(join(from, name))) copyFileSync(join(from, name), join(to, name));
    }
    await context.exec("depmod", ["-b", tree, release]);
  }
}
