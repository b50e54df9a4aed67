// Where everything that set-up makes lies: the one map that set-up, the harness, the benches and the tests share.
// Path arithmetic only; nothing here touches a disk or the environment (main.ts and the tests pass theirs in).
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/** The repository's root. */
export const repository = dirname(dirname(import.meta.dirname));

/** Suites whose Debian kernel is fetched as a guest kernel. The first is the default. */
export const suites = ["trixie", "bookworm"] as const;
export type Suite = (typeof suites)[number];

/** Programs built from their Go modules; versions in go/go.mod. */
export const tools = [
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kubelet",
  "kube-proxy",
  "kubectl",
  "etcd",
  "nats-server",
  "coredns",
  "helm",
  "nats",
] as const;
export type Tool = (typeof tools)[number];

/** Images of the product: what the chart names. */
export const productImages = ["portcullis-controller", "portcullis-enforcer", "portcullis-nats"] as const;
/** Images a cluster of ours always has. */
export const clusterImages = ["pause", "box"] as const;
/** Images that conformance cases name as their fixture. */
export const fixtureImages = [
  "multiubuntu",
  "multiubuntu-fileless",
  "nginx",
  "nginx-alpine",
  "debian",
  "wordpress",
  "wordpress-latest",
  "mysql",
  "dvwa",
] as const;
export type ImageName =
  | (typeof productImages)[number]
  | (typeof clusterImages)[number]
  | (typeof fixtureImages)[number];

/** Version of the product images, the chart and this repository. */
export const productVersion = "0.1.0";

export interface Kernel {
  readonly suite: Suite;
  /** File that holds the release (`uname -r`), one line. */
  readonly release: string;
  /** Uncompressed ELF kernel with a PVH note: QEMU enters it without the guest's own decompressor. */
  readonly vmlinux: string;
  /** Uncompressed initramfs: busybox, modules, guest/init. More cpio archives may be appended to it. */
  readonly initrd: string;
  /** Root of the unpacked package: `lib/modules/<release>`, `boot/config-<release>`. */
  readonly tree: string;
}

export interface Artifacts {
  /** Outside the repository; safe to delete, set-up makes it again. */
  readonly cache: string;
  /** Folder of the tools; good for PATH. */
  readonly bin: string;
  /** Script that runs QEMU 10 with its own loader, libraries and firmware. */
  readonly qemu: string;
  /** Read-only root file system of every guest (erofs), with the netfilter modules of every kernel in `suites`. */
  readonly root: string;
  /** Folder of `<image>.tar` (OCI layouts) and `<image>.spdx.json`: what is the same for every clone. */
  readonly images: string;
  /** The same for the product's own images, inside the repository. */
  readonly productImages: string;
  /** The native build: addon and BPF object, inside the repository. */
  readonly addon: string;
  readonly bpf: string;
  /** Scratch space for saved clusters and the like: larger than /tmp should have to be. */
  readonly scratch: string;
  tool(name: Tool): string;
  kernel(suite?: Suite): Kernel;
  image(name: ImageName): string;
}

/** `${XDG_CACHE_HOME:-~/.cache}/portcullis`. */
export function cacheDirectory(environment: NodeJS.ProcessEnv): string {
  return join(environment.XDG_CACHE_HOME || join(homedir(), ".cache"), "portcullis");
}

/** The paths below one cache directory. */
export function artifacts(cache: string): Artifacts {
  const bin = join(cache, "bin");
  const images = join(cache, "images");
  const products = join(repository, ".output", "images");
  const native = join(repository, "native", "build");
  return {
    cache,
    bin,
    qemu: join(cache, "qemu", "qemu-system-x86_64"),
    root: join(cache, "guest", "root.erofs"),
    images,
    productImages: products,
    addon: join(native, "Release", "portcullis.node"),
    bpf: join(native, "portcullis.bpf.o"),
    scratch: join(cache, "scratch"),
    tool: (name) => join(bin, name),
    kernel: (suite = suites[0]) => ({
      suite,
      release: join(cache, "kernel", suite, "release"),
      vmlinux: join(cache, "kernel", suite, "vmlinux"),
      initrd: join(cache, "kernel", suite, "initrd"),
      tree: join(cache, "kernel", suite, "tree"),
    }),
    image: (name) => join(isProduct(name) ? products : images, `${name}.tar`),
  };
}

/** The name an image has in containerd once its tar is imported; pods use it with `imagePullPolicy: Never`. */
export function imageReference(name: ImageName): string {
  return `localhost/${name}:${isProduct(name) ? productVersion : "1"}`;
}

const isProduct = (name: ImageName): boolean => (productImages as readonly string[]).includes(name);
