/** The product in a cluster: its images, split into what rarely changes and the rest, and its chart installed by helm. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { type Artifacts, fingerprint, productImages, repository } from "@portcullis/tools/setup";
import { ports } from "../addresses.ts";
import type { BusAddress } from "../client/alerts.ts";
import { type ClusterCommand, helm } from "../client/kubectl.ts";
import { ClusterError } from "../errors.ts";
import { ImageArchive, type Part } from "../guest/image-archives.ts";
import type { ChartValues } from "../types.ts";
import type { ClusterMachines } from "./cluster-machines.ts";
import { importImages } from "./joined-nodes.ts";

const chart = join(repository, "charts", "portcullis");

export class Product {
  readonly release = { name: "portcullis", namespace: "portcullis" } as const;
  /** What the lower level has of the product: each set of base layers once. */
  readonly baseParts: readonly Part[];
  /** The images, where the base layers are. */
  readonly parts: readonly Part[];
  /** What the lower level depends on, and what the upper one does besides. */
  readonly baseInputs: readonly string[];
  readonly inputs: readonly string[];
  readonly #helm: string;
  readonly #values: ChartValues;

  private constructor(archives: readonly ImageArchive[], helmPath: string, values: ChartValues) {
    const bases = new Map<string, Part>();
    for (const archive of archives) {
      const digest = archive.baseDigest?.slice(0, 12);
      if (digest) bases.set(digest, { archive, part: "base", reference: `localhost/base-${digest}:1` });
    }
    this.baseParts = [...bases.values()];
    this.parts = archives.map((archive) => ({ archive, part: "rest" }));
    this.baseInputs = [...bases.keys()].sort();
    const chartFiles = fingerprint(repository, [], ["charts/portcullis", "crds"]);
    this.inputs = [JSON.stringify(values), chartFiles, ...archives.map(({ entry }) => entry.digest)];
    this.#helm = helmPath;
    this.#values = values;
  }

  static async of(artifacts: Artifacts, values: ChartValues): Promise<Product> {
    await stat(join(chart, "Chart.yaml")).catch(() => {
      throw new ClusterError("E2E_ARTIFACT_MISSING", `${chart} holds no chart`);
    });
    const archives = await Promise.all(productImages.map((name) => ImageArchive.read(artifacts.productImage(name))));
    return new Product(archives, artifacts.program("helm"), values);
  }

  /** Imports the images and installs the chart; resolves when helm says that everything is ready. */
  async install(world: ClusterMachines): Promise<void> {
    await importImages(world);
    const { name, namespace } = this.release;
    // The bus at a port of every node, which QEMU lets in from the host: the tests' way to the alerts.
    const service = { type: "NodePort", nodePort: busNodePort };
    const values = {
      ...this.#values,
      // The cluster's network plug-in enforces no policies; the chart wants to know all the same who is to come in.
      networkPolicy: {
        readersFrom: [{ ipBlock: { cidr: "0.0.0.0/0" } }],
        ...(this.#values.networkPolicy as object | undefined),
      },
      nats: { service, ...(this.#values.nats as object | undefined) },
      // Tests do the same again and again, and wait for its alert.
      enforcer: { alertCountsSeconds: 1, ...(this.#values.enforcer as object | undefined) },
      // An emulated node that was just restored answers late: no leader is to be taken for lost meanwhile.
      controller: { leaseSeconds: 240, ...(this.#values.controller as object | undefined) },
    };
    const flags = ["--create-namespace", "--namespace", namespace, "--wait", "--timeout", "900s", "--values", "-"];
    await helm(this.#helm, world.plane.kubeconfig)(["install", name, chart, ...flags], {
      stdin: JSON.stringify(values),
      timeoutMs: 910_000,
    });
  }
}

/** Where the bus is published inside the guests. */
export const busNodePort = 30_422;

/** How the host gets to the bus: node 1's published port, and the login that the controller made for who reads alerts. */
export async function busAddress(host: string, namespace: string, control: ClusterCommand): Promise<BusAddress> {
  const [auth, tls] = [await busLogin("reader", namespace, control), await busTls(namespace, control)];
  return { servers: `tls://${host}:${ports.bus + 1}`, auth, tls };
}

/** `portcullis` may do everything, `reader` read alerts; the passwords lie in the Secret of the release. */
export async function busLogin(user: "portcullis" | "reader", namespace: string, control: ClusterCommand) {
  const key = user === "reader" ? "reader-password" : "password";
  const path = `-o=go-template={{index .data "${key}" | base64decode}}`;
  return { user, password: await control(["--namespace", namespace, "get", "secret", "portcullis-nats", path]) };
}

/** How the bus is verified, at whatever address it is dialled: by the authorities that the controller has published. */
export async function busTls(namespace: string, control: ClusterCommand) {
  const path = '-o=go-template={{index .data "ca.crt"}}';
  const pem = await control(["--namespace", namespace, "get", "configmap", "portcullis-nats-ca", path]);
  return { authorities: () => pem, serverName: "portcullis-nats" };
}
