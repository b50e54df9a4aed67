/** From options to a running cluster: which saved one, how it is made, what it takes to have it back. */
import { dirname, join, relative } from "node:path";
import { type Artifacts, filesBelow, fingerprint, messageOf } from "@portcullis/tools/setup";
import { clusterImages, fixtureImages, imagePath, type TestImage } from "../../fixtures/fixture-images.ts";
import { kubectl } from "../client/kubectl.ts";
import { keepLogs } from "../client/logs.ts";
import { ClusterError } from "../errors.ts";
import { fileStamp } from "../guest/disks.ts";
import { guestFiles } from "../guest/guest-artifacts.ts";
import { ImageArchive, type Part } from "../guest/image-archives.ts";
import type { Cluster, ClusterOptions } from "../types.ts";
import { until } from "../wait.ts";
import { ClusterMachines, type MachinesOptions } from "./cluster-machines.ts";
import { busNodePort, Product } from "./installed-product.ts";
import { joinNodes } from "./joined-nodes.ts";
import type { RunFolder } from "./run-folder.ts";
import { keyOf, SavedClusters } from "./saved-clusters.ts";

export interface Provided {
  readonly world: ClusterMachines;
  readonly release: Cluster["release"];
  readonly restored: boolean;
  readonly timings: Readonly<Record<string, number>>;
}

type Images = ReadonlyMap<string, ImageArchive>;

const clusterFolder = dirname(import.meta.dirname);
/** Sources that shape a saved cluster. All others, and this file, only concern the host's side of a running one. */
const shaping = ["guest", "control-plane", "saved"];
/** Programs whose state or data a saved cluster holds. */
const programsInside = ["kubelet", "kube-proxy", "coredns", "etcd", "kube-apiserver"] as const;

export function provide(
  options: ClusterOptions,
  artifacts: Artifacts,
  folder: RunFolder,
  logs: string,
): Promise<Provided> {
  return new Provision(options, artifacts, folder, logs).run();
}

class Provision {
  readonly #options: ClusterOptions;
  readonly #artifacts: Artifacts;
  readonly #folder: RunFolder;
  readonly #logs: string;
  readonly #timings: Record<string, number> = {};

  constructor(options: ClusterOptions, artifacts: Artifacts, folder: RunFolder, logs: string) {
    this.#options = options;
    this.#artifacts = artifacts;
    this.#folder = folder;
    this.#logs = logs;
  }

  async run(): Promise<Provided> {
    const { chart, nodes = 1, fresh } = this.#options;
    const { scratch } = this.#artifacts;
    const product = chart === false ? null : await Product.of(this.#artifacts, chart?.values ?? {});
    const images = await this.#images(product !== null && nodes === 1 ? fixtureImages : []);
    const timings = this.#timings;
    if (fresh) {
      if (this.#options.outward) throw new ClusterError("E2E_OPTION", "outward goes with saved clusters only");
      if (product) throw new ClusterError("E2E_OPTION", "fresh goes with `chart: false` only");
      const world = await this.#boot(nodes, images, null, await this.#folder.child("ram"));
      return { world, release: null, restored: false, timings };
    }
    const saved = new SavedClusters(scratch);
    const baseKey = await this.#baseKey(nodes, images, product);
    let last = await saved.get("base", baseKey, async (keep) => {
      const world = await this.#boot(nodes, images, product, keep);
      await this.#step("save base", world, () => world.save(keep));
    });
    if (product) {
      const base = last.path;
      last = await saved.get("product", keyOf([baseKey, ...product.inputs]), async (keep) => {
        const again = { keep, load: { images: product.parts } };
        const world = await this.#timed("restore base", async () =>
          ClusterMachines.restore(await this.#world("product"), base, again),
        );
        await this.#step("install", world, () => product.install(world));
        await this.#step("save product", world, () => world.save(keep));
      });
    }
    const { outward } = this.#options;
    const world = await this.#timed("restore", async () =>
      ClusterMachines.restore({ ...(await this.#world("run")), outward }, last.path),
    );
    await this.#step("answer", world, () => this.#answering(world));
    await this.#step("ways", world, () => world.openWays());
    return { world, release: product?.release ?? null, restored: !last.made, timings };
  }

  async #boot(nodes: number, images: Images, product: Product | null, keep: string): Promise<ClusterMachines> {
    const whole = [...images.values()].map((archive): Part => ({ archive, part: "whole" }));
    const load = { images: [...whole, ...(product?.baseParts ?? [])] };
    const memoryMiB = memoryFor([...images.keys()]);
    const world = await this.#timed("boot", async () =>
      ClusterMachines.boot(await this.#world("base"), { nodes, memoryMiB }, keep, load),
    );
    await this.#step("join", world, () => joinNodes(world, this.#artifacts.bin));
    return world;
  }

  /** Every kubelet reachable through the API server, the way an exec goes. */
  async #answering(world: ClusterMachines): Promise<void> {
    const control = kubectl(this.#artifacts.program("kubectl"), world.plane.kubeconfig);
    for (const node of world.nodes) {
      const path = `/api/v1/nodes/${node}/proxy/healthz`;
      const probe = async () => (await control(["get", "--raw", path], { timeoutMs: 5000 })) === "ok";
      await until(`the kubelet of ${node} to answer`, probe, { timeoutMs: 60_000, everyMs: 50 });
    }
  }

  /** Everything the lower level is made of. */
  async #baseKey(nodes: number, images: Images, product: Product | null): Promise<string> {
    const artifacts = this.#artifacts;
    const programs = [...guestFiles(artifacts), ...programsInside.map((name) => artifacts.program(name))];
    const stamps = await Promise.all(programs.map(fileStamp));
    const digests = [...images].map(([name, { entry }]) => `${name} ${entry.digest}`);
    const files = shaping.flatMap((folder) => filesBelow(join(clusterFolder, folder)));
    const sources = files.filter((path) => path !== import.meta.filename).map((path) => relative(clusterFolder, path));
    const code = fingerprint(clusterFolder, [], sources);
    return keyOf([String(nodes), code, ...stamps, ...digests, ...(product?.baseInputs ?? [])]);
  }

  async #images(usual: readonly string[]): Promise<Images> {
    const names = [...new Set<string>([...clusterImages, ...(this.#options.images ?? usual)])].sort();
    const known: readonly string[] = [...clusterImages, ...fixtureImages];
    const unknown = names.find((name) => !known.includes(name));
    if (unknown) throw new ClusterError("E2E_OPTION", `images: ${unknown}; there are ${known.join(", ")}`);
    const read = async (name: string) =>
      [name, await ImageArchive.read(imagePath(this.#artifacts, name as TestImage))] as const;
    return new Map(await Promise.all(names.map(read)));
  }

  /** One world's folder below the run's. */
  async #world(name: string): Promise<MachinesOptions> {
    return { artifacts: this.#artifacts, directory: await this.#folder.child(name), busNodePort };
  }

  /** A step of a world's making: timed; when it fails, the logs are kept and the world ends. */
  async #step(name: string, world: ClusterMachines, work: () => Promise<void>): Promise<void> {
    try {
      await this.#timed(name, work);
    } catch (error) {
      const control = kubectl(this.#artifacts.program("kubectl"), world.plane.kubeconfig);
      await keepLogs(this.#logs, world.directory, world.guests, control);
      await world.end();
      throw new ClusterError("E2E_NOT_MADE", `${name}: ${messageOf(error)}; logs: ${this.#logs}`, { cause: error });
    }
  }

  async #timed<T>(name: string, work: () => Promise<T>): Promise<T> {
    const began = performance.now();
    const value = await work();
    this.#timings[name] = Math.round(performance.now() - began);
    return value;
  }
}

/** A node and the product take 3 GiB; fixture images lie in RAM twice, packed and unpacked. */
const memoryFor = (images: readonly string[]): number => (images.some((n) => isFixture(n)) ? 4096 : 3072);
const isFixture = (name: string): boolean => (fixtureImages as readonly string[]).includes(name);
