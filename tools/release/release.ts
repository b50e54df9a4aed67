/**
 * A release: the images with what is attached to them, then the chart, which names them by their digests. Whatever can be refused is looked at before
 * anything is pushed; the chart comes last, so that who can install it can pull what it names. Doing it again changes nothing.
 */
import { readFileSync } from "node:fs";
import type { Commands } from "../processes/commands.ts";
import { ReleaseError } from "../processes/errors.ts";
import { type Artifacts, type ProductImage, productImages, productReference } from "../setup/artifacts.ts";
import { attach } from "./attachments.ts";
import { chartName, packagedChart } from "./chart.ts";
import type { ReleaseOptions } from "./options.ts";
import { digestOf, type Manifest, type Registry } from "./registry.ts";
import type { ReleaseKey } from "./signing.ts";
import { predicates, provenance, type Source, type SpdxDocument, type Subject, sbomStatement } from "./statements.ts";

export interface Releasing {
  readonly options: ReleaseOptions;
  readonly artifacts: Artifacts;
  readonly commands: Commands;
  readonly registry: Registry;
  readonly source: Source;
  readonly key: ReleaseKey | undefined;
  /** An empty folder to work in. */
  readonly folder: string;
  tell(text: string): void;
}

export interface Released {
  readonly version: string;
  readonly signed: boolean;
  readonly images: readonly Subject[];
  readonly chart: Subject;
  /** The command that installs it. */
  readonly install: string;
}

export async function release(releasing: Releasing): Promise<Released> {
  const { options, registry, commands, artifacts, folder, key, tell } = releasing;
  const { version } = options;
  const images = await imagesOf(releasing);
  const archive = await packagedChart({ commands, helm: artifacts.program("helm"), version, images, folder });
  const chart = { name: `${options.registry}/${chartName}`, archive };
  for (const image of images.values()) await tagIsFree(releasing, image);
  const isChartThere = await chartIsThere(releasing, chart);
  for (const [name, image] of images) {
    tell(`push ${image.name}:${version}`);
    await registry.copyImage(artifacts.productImage(name), image.digest, `${image.name}:${version}`);
    await attach(registry, image, attachmentsOf(releasing, name, image), key);
  }
  if (!isChartThere) {
    tell(`push ${chart.name}:${version}`);
    await registry.pushChart(archive, options.registry);
  }
  const subject = await ownChart(releasing, chart);
  const made = provenance(subject, version, releasing.source);
  const statements = [{ predicateType: predicates.provenance, statement: made }];
  try {
    await attach(registry, subject, { statements }, key);
  } catch (error) {
    if (!(error instanceof ReleaseError)) throw error;
    const left = "the chart is there, and not yet signed: run the command again";
    throw new ReleaseError(error.code, `${error.message}; ${left}`, { cause: error });
  }
  return {
    version,
    signed: key !== undefined,
    images: [...images.values()],
    chart: subject,
    install: installCommand(options),
  };
}

/** What each image is called at the registry, and its digest, which is that of the layout set-up has made. */
async function imagesOf({ artifacts, registry, options }: Releasing): Promise<ReadonlyMap<ProductImage, Subject>> {
  const images = new Map<ProductImage, Subject>();
  for (const name of productImages) {
    const tag = productReference(name).split(":").at(-1) ?? "";
    const digest = await registry.digestInLayout(artifacts.productImage(name), tag);
    images.set(name, { name: `${options.registry}/${name}`, digest });
  }
  return images;
}

function attachmentsOf({ artifacts, options, source }: Releasing, name: ProductImage, image: Subject) {
  const sbom = readFileSync(artifacts.productImage(name).replace(/\.tar$/, ".spdx.json"));
  const document = JSON.parse(sbom.toString("utf8")) as SpdxDocument;
  const statements = [
    { predicateType: predicates.sbom, statement: sbomStatement(image, document) },
    { predicateType: predicates.provenance, statement: provenance(image, options.version, source, document) },
  ];
  return { sbom, statements };
}

interface Chart {
  readonly name: string;
  readonly archive: string;
}

/** The chart that the tag names now, which is signed next: nothing else than what was packaged here, whoever has pushed there meanwhile. */
async function ownChart({ registry, options }: Releasing, { name, archive }: Chart): Promise<Subject> {
  const reference = `${name}:${options.version}`;
  const found = await registry.find(reference);
  const manifest = found && (await registry.manifest(`${name}@${found.digest}`));
  if (manifest === undefined || !isChartOf(manifest, archive)) {
    const what =
      "is not the chart that was pushed, or is none: somebody else has pushed there; nothing of it was signed";
    throw new ReleaseError("RELEASE_REGISTRY", `--registry: ${reference} ${what}`);
  }
  return { name, digest: found!.digest };
}

/** Helm takes the layer of its media type: one that stands beside ours would be another chart under our signature. */
const isChartOf = ({ config, layers }: Manifest, archive: string): boolean =>
  config.mediaType === "application/vnd.cncf.helm.config.v1+json" &&
  layers.length === 1 &&
  layers[0]?.mediaType === "application/vnd.cncf.helm.chart.content.v1.tar+gzip" &&
  layers[0].digest === digestOf(readFileSync(archive));

async function tagIsFree({ registry, options }: Releasing, { name, digest }: Subject): Promise<void> {
  const reference = `${name}:${options.version}`;
  const found = await registry.find(reference);
  if (found && found.digest !== digest) refuseTag(options, reference, found.digest);
}

/** A chart is the same when its archive is: the manifest around it is helm's. */
async function chartIsThere({ registry, options }: Releasing, chart: Chart): Promise<boolean> {
  const reference = `${chart.name}:${options.version}`;
  const found = await registry.manifest(reference);
  if (!found) return false;
  if (isChartOf(found, chart.archive)) return true;
  refuseTag(options, reference, found.layers.map(({ digest }) => digest).join(", ") || "something else than a chart");
  return false;
}

function refuseTag({ force, version }: ReleaseOptions, reference: string, found: string): void {
  if (force) return;
  const remedy = "release another version (--version), or take the tag away from it with --force; nothing was pushed";
  throw new ReleaseError(
    "RELEASE_TAG_TAKEN",
    `--version ${version}: ${reference} is there already with another content (${found}): ${remedy}`,
  );
}

function installCommand({ registry, version, plainHttp }: ReleaseOptions): string {
  const flags = plainHttp ? " --plain-http" : "";
  return `helm install portcullis oci://${registry}/${chartName} --version ${version} --namespace portcullis --create-namespace${flags}`;
}
