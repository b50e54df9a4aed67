/** The steps that make the product's images. */
import { type ProductImage, productImages, productReference } from "../setup/artifacts.ts";
import type { Step, StepContext } from "../setup/step.ts";
import { layerFiles } from "./oci/layers.ts";
import { controllerImage, enforcerImage, makeNodeLayer, natsImage, nodeLayer } from "./product-images.ts";
import { type Recipe, writeImages } from "./recipe.ts";

const recipes: Record<ProductImage, (context: StepContext) => Promise<Recipe>> = {
  "portcullis-controller": controllerImage,
  "portcullis-enforcer": enforcerImage,
  "portcullis-nats": natsImage,
};

/** The parts that every image is made with; a change in them makes all images again. */
export const imageBuilder = ["tools/images/oci", "tools/images/recipe.ts"];

const nodeBase: Step = {
  id: "image-node",
  title: "make the layer with Node that controller and enforcer share",
  needs: ["debian-packages"],
  seconds: 10,
  inputs: ["tools/images/product-images.ts", ...imageBuilder],
  key: process.version,
  outputs: (artifacts) => layerFiles(artifacts, nodeLayer),
  run: makeNodeLayer,
};

const product: Step = {
  id: "images-product",
  title: "make the product's images",
  needs: ["image-node", "native", "go-tools"],
  seconds: 10,
  inputs: [
    ...["packages", "native", "pnpm-lock.yaml"],
    ...["tools/images/product-images.ts", "tools/images/single-file.ts", "tools/images/licences.ts", ...imageBuilder],
  ],
  perClone: true,
  outputs: ({ productImage }) => productImages.map(productImage),
  run: (context) =>
    writeImages(
      context,
      productImages.map((name) => ({
        name,
        reference: productReference(name),
        path: context.artifacts.productImage(name),
        recipe: recipes[name],
      })),
    ),
};

export const productImageSteps: readonly Step[] = [nodeBase, product];
