/** What a recipe for an image is, and how one becomes files: the layout's tar and its bill of materials. */
import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { type ImageName, imageReference } from "../bootstrap/artifacts.ts";
import { SetupError } from "../bootstrap/errors.ts";
import { mebibytes } from "../bootstrap/report.ts";
import type { StepContext } from "../bootstrap/step.ts";
import { missingLibraries } from "./elf.ts";
import { replace } from "./layer.ts";
import { type ImageConfig, imageLayout } from "./oci.ts";
import { type Component, sbom } from "./sbom.ts";
import { writeTar } from "./tar.ts";
import { Tree } from "./tree.ts";

export interface Recipe {
  /** From the lowest layer up. */
  readonly layers: readonly Tree[];
  readonly config: ImageConfig;
  /** What the image is made of. */
  readonly components: readonly Component[];
}

/** Checks a recipe and writes its image. Resolves to the tar's size in bytes. */
export function writeImage(context: StepContext, name: ImageName, recipe: Recipe): number {
  const whole = new Tree();
  for (const layer of recipe.layers) whole.add(layer);
  const missing = missingLibraries(whole);
  if (missing.length > 0) {
    throw new SetupError(
      "SETUP_IMAGE_RECIPE",
      `image ${name} lacks libraries its programs need: ${missing.join("; ")}`,
    );
  }
  const first = (recipe.config.entrypoint ?? recipe.config.command)?.[0];
  if (first && !whole.resolve(first)) {
    throw new SetupError("SETUP_IMAGE_RECIPE", `image ${name} has no ${first}, which it is to start`);
  }
  const reference = imageReference(name);
  const layers = recipe.layers.map(writeTar);
  const path = context.artifacts.image(name);
  mkdirSync(dirname(path), { recursive: true });
  replace(path, imageLayout([{ reference, layers, config: recipe.config }]));
  replace(path.replace(/\.tar$/, ".spdx.json"), `${JSON.stringify(sbom(reference, recipe.components), null, 2)}\n`);
  const size = statSync(path).size;
  context.progress(`${name} ${mebibytes(size)} in ${layers.length} layers`);
  return size;
}
