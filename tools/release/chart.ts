/**
 * The chart as it is released: a copy whose values name the images by their digests at the registry, packaged by helm. The chart in the repository stays as
 * it is. The same version with the same images is the same archive.
 */
import { cpSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseDocument } from "yaml";
import type { Commands } from "../processes/commands.ts";
import { type ProductImage, repository } from "../setup/artifacts.ts";
import type { Subject } from "./statements.ts";

const source = join(repository, "charts", "portcullis");

/** Where the values name each image. */
const places: Record<ProductImage, readonly string[]> = {
  "portcullis-controller": ["controller", "image"],
  "portcullis-enforcer": ["enforcer", "image"],
  "portcullis-nats": ["nats", "image"],
};

export const chartName = "portcullis";

export function chartVersion(): string {
  return (parse(readFileSync(join(source, "Chart.yaml"), "utf8")) as { version: string }).version;
}

interface Packaging {
  readonly commands: Commands;
  readonly helm: string;
  readonly version: string;
  readonly images: ReadonlyMap<ProductImage, Subject>;
  /** An empty folder to work in. */
  readonly folder: string;
}

/** Returns the path of the archive. */
export async function packagedChart({ commands, helm, version, images, folder }: Packaging): Promise<string> {
  const copy = join(folder, chartName);
  cpSync(source, copy, { recursive: true });
  const values = join(copy, "values.yaml");
  writeFileSync(values, releasedValues(readFileSync(values, "utf8"), version, images));
  const args = ["package", copy, "--version", version, "--app-version", version, "--destination", folder];
  await commands.text(helm, args, { environment: { ...process.env, SOURCE_DATE_EPOCH: "0" } });
  const archive = join(folder, `${chartName}-${version}.tgz`);
  // helm takes the time at which the chart was created from here.
  utimesSync(archive, 0, 0);
  return archive;
}

/**
 * The tag and the digest stand in one value, so that whoever sets another tag has another image: a digest beside the tag would go on deciding.
 */
function releasedValues(text: string, version: string, images: Packaging["images"]): string {
  const document = parseDocument(text);
  for (const [image, { name, digest }] of images) {
    document.setIn([...places[image], "repository"], name);
    document.setIn([...places[image], "tag"], `${version}@${digest}`);
  }
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}
