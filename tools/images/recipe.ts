/** What a recipe for an image is, and how one becomes files: the layout's tar and its bill of materials. */
import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { SetupError } from "../processes/errors.ts";
import { mebibytes } from "../setup/report.ts";
import type { StepContext } from "../setup/step.ts";
import { missingLibraries } from "./oci/elf.ts";
import { replaceFile } from "./oci/layers.ts";
import { type ImageConfig, imageLayout } from "./oci/layout.ts";
import { type Component, sbom } from "./oci/sbom.ts";
import { writeTar } from "./oci/tar.ts";
import { Tree } from "./oci/tree.ts";

export interface Recipe {
  /** From the lowest layer up. */
  readonly layers: readonly Tree[];
  readonly config: ImageConfig;
  /** What the image is made of. */
  readonly components: readonly Component[];
}

export interface ImageFile {
  readonly name: string;
  /** The name it gets in containerd: `localhost/box:1`. */
  readonly reference: string;
  /** Path of its tar; its bill of materials lies beside it. */
  readonly path: string;
  recipe(context: StepContext): Promise<Recipe>;
}

/** Makes images, one after the other. */
export async function writeImages(context: StepContext, images: readonly ImageFile[]): Promise<void> {
  let bytes = 0;
  for (const image of images) {
    context.progress(image.name);
    bytes += writeImage(context, image, await image.recipe(context));
  }
  context.progress(`${images.length} images, ${mebibytes(bytes)}`);
}

/** Checks a recipe and writes its image. Returns the tar's size in bytes. */
function writeImage(context: StepContext, { name, reference, path }: ImageFile, recipe: Recipe): number {
  const whole = new Tree();
  for (const layer of recipe.layers) whole.add(layer);
  const missing = missingLibraries(whole);
  if (missing.length > 0) {
    const message = `image ${name} lacks libraries its programs need: ${missing.join("; ")}`;
    throw new SetupError("SETUP_IMAGE_RECIPE", message);
  }
  const first = (recipe.config.entrypoint ?? recipe.config.command)?.[0];
  if (first && !whole.resolve(first))
    throw new SetupError("SETUP_IMAGE_RECIPE", `image ${name} has no ${first}, which it is to start`);
  const layers = recipe.layers.map(writeTar);
  mkdirSync(dirname(path), { recursive: true });
  replaceFile(path, imageLayout([{ reference, layers, config: recipe.config }]));
  const bill = `${JSON.stringify(sbom(reference, recipe.components), null, 2)}\n`;
  replaceFile(path.replace(/\.tar$/, ".spdx.json"), bill);
  const size = statSync(path).size;
  context.progress(`${name} ${mebibytes(size)} in ${layers.length} layers`);
  return size;
}
