/**
 * Where everything lies that the steps of tools make. Path arithmetic only; nothing here touches a disk or the environment (main.ts and
 * the tests pass theirs in). What e2e's own steps make is said in e2e, below the same cache.
 */
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/** The repository's root. */
export const repository = dirname(dirname(import.meta.dirname));

/** Programs built from their Go modules; versions in go/go.mod. */
export const goPrograms = [
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
  "promlint",
] as const;
/** Receivers of alerts, for the tests; versions in receivers/go.mod, which is another module so that neither decides the versions of the other. */
export const goReceivers = ["otlp-receiver"] as const;
/** Tries the chart's alerting rules with Prometheus' engine; versions in promrules/go.mod, a module of its own for the same reason. */
export const goRuleTester = ["promrules"] as const;
/** What a release is pushed with, and a registry for the tests; versions in oci/go.mod. */
export const ociPrograms = ["oras", "registry"] as const;
export type GoProgram =
  | (typeof goPrograms)[number]
  | (typeof goReceivers)[number]
  | (typeof goRuleTester)[number]
  | (typeof ociPrograms)[number];

/** Images of the product: what the chart names. */
export const productImages = ["portcullis-controller", "portcullis-enforcer", "portcullis-nats"] as const;
export type ProductImage = (typeof productImages)[number];

/** Version of the product images, the chart and this repository. */
const productVersion = "0.1.0";

/** What native/build.mjs makes and the enforcer's image holds, by path in its build folder. */
export const nativeProducts = [
  "portcullis.bpf.o",
  "portcullis-515.bpf.o",
  "portcullis-syscalls.bpf.o",
  "portcullis-addresses.bpf.o",
  "portcullis-dns.bpf.o",
  "portcullis-earlier.bpf.o",
  "portcullis-look.bpf.o",
  "Release/portcullis.node",
] as const;
type NativeProduct = (typeof nativeProducts)[number];

export interface Artifacts {
  /** Outside the repository; safe to delete, set-up makes it again. */
  readonly cache: string;
  /** Folder of the Go programs; good for PATH. */
  readonly bin: string;
  /** The definition of OpenReports' Report, which lies among the Go programs: it comes with a module. */
  readonly reportDefinition: string;
  /** Folder of images that are the same for every clone: `<image>.tar` (OCI layouts) and `<image>.spdx.json`. */
  readonly images: string;
  /** The same for the product's own images, inside the repository. */
  readonly productImages: string;
  /** The native build, inside the repository. */
  readonly nativeBuild: string;
  /** Scratch space for saved clusters and the like: larger than /tmp should have to be. */
  readonly scratch: string;
  program(name: GoProgram): string;
  native(product: NativeProduct): string;
  productImage(name: ProductImage): string;
}

/** `${XDG_CACHE_HOME:-~/.cache}/portcullis`. */
export function cacheDirectory(environment: NodeJS.ProcessEnv): string {
  return join(environment.XDG_CACHE_HOME || join(homedir(), ".cache"), "portcullis");
}

/** The paths below one cache directory. */
export function artifacts(cache: string): Artifacts {
  const bin = join(cache, "bin");
  const products = join(repository, ".output", "images");
  const nativeBuild = join(repository, "native", "build");
  return {
    cache,
    bin,
    reportDefinition: join(bin, "openreports.io_reports.yaml"),
    images: join(cache, "images"),
    productImages: products,
    nativeBuild,
    scratch: join(cache, "scratch"),
    program: (name) => join(bin, name),
    native: (product) => join(nativeBuild, product),
    productImage: (name) => join(products, `${name}.tar`),
  };
}

/** The name a product image has in containerd once its tar is imported; the chart uses it with `imagePullPolicy: Never`. */
export const productReference = (name: ProductImage): string => `localhost/${name}:${productVersion}`;
