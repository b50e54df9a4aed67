// The product in a cluster: its images, split into what rarely changes and the rest, and its chart installed by helm.
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Artifacts, productImages, repository } from "../bootstrap/artifacts.ts";
import { fingerprint } from "../bootstrap/stamp.ts";
import type { BusAddress } from "./alerts.ts";
import { importImages } from "./base.ts";
import { HarnessError } from "./errors.ts";
import { type Command, helm } from "./kubectl.ts";
import { ImageArchive } from "./oci.ts";
import { ports } from "./ports.ts";
import type { ChartValues } from "./types.ts";
import type { World } from "./world.ts";

const chart = join(repository, "charts", "portcullis");

export class Product {
  readonly release = { name: "portcullis", namespace: "portcullis" } as const;
  /** Images for the lower level: base layers, each set of them once. By name: path. */
  readonly baseImages = new Map<string, string>();
  /** The rest of each product image. By name: path. */
  readonly images = new Map<string, string>();
  /** What the lower level depends on, and what the upper one does besides. */
  readonly baseInputs: string[] = [];
  readonly inputs: string[];
  readonly #helm: string;
  readonly #values: ChartValues;

  private constructor(artifacts: Artifacts, values: ChartValues) {
    this.#helm = artifacts.tool("helm");
    this.#values = values;
    this.inputs = [
      JSON.stringify(values),
      fingerprint(chart, [], ["."]),
      fingerprint(join(repository, "crds"), [], ["."]),
    ];
  }

  static async of(artifacts: Artifacts, values: ChartValues): Promise<Product> {
    await stat(join(chart, "Chart.yaml")).catch(() => {
      throw new HarnessError("E2E_ARTIFACT_MISSING", `${chart} holds no chart`);
    });
    const product = new Product(artifacts, values);
    const folder = join(artifacts.scratch, "layers");
    await mkdir(folder, { recursive: true });
    for (const name of productImages) await product.#add(name, artifacts.image(name), folder);
    return product;
  }

  /** Splits one image; the parts are kept by their content, so that this is done once for each build. */
  async #add(name: string, path: string, folder: string): Promise<void> {
    await stat(path).catch(() => {
      throw new HarnessError("E2E_ARTIFACT_MISSING", `${path} is not there; \`npm run setup\` makes it`);
    });
    const image = await ImageArchive.read(path);
    const hex = image.index.manifests[0]?.digest.slice(7, 19);
    this.inputs.push(`${name} ${hex}`);
    if (image.baseLayers.length === 0) {
      this.images.set(name, path);
      return;
    }
    const baseHex = fingerprint("", image.baseLayers, []).slice(0, 12);
    const base = join(folder, `base-${baseHex}.tar`);
    const rest = join(folder, `rest-${hex}.tar`);
    if (!(await exists(base))) await image.writeBase(`localhost/base-${baseHex}:1`, base);
    if (!(await exists(rest))) await image.writeRest(rest);
    if (!this.baseImages.has(baseHex)) this.baseInputs.push(`base ${baseHex}`);
    this.baseImages.set(`base-${baseHex}`, base);
    this.images.set(name, rest);
  }

  /** Imports the images and installs the chart; resolves when helm says that everything is ready. */
  async install(world: World): Promise<void> {
    await importImages(world);
    const { name, namespace } = this.release;
    const values = ["--values", "-"];
    const flags = ["--create-namespace", "--namespace", namespace, "--wait", "--timeout", "240s"];
    await helm(this.#helm, world.plane.kubeconfig)(["install", name, chart, ...flags, ...values], {
      stdin: JSON.stringify(this.#values),
      timeoutMs: 250_000,
    });
  }
}

/** How the host gets to the bus: node 1's published port. */
export async function busAddress(host: string, _namespace: string, _control: Command): Promise<BusAddress> {
  return { servers: `nats://${host}:${ports.bus + 1}` };
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
