// The images: the cluster's own, the fixtures of the conformance cases, the product's. What each is made of is said
// in e2e/images.

import { box, pause } from "../../images/cluster.ts";
import { layers, makeLayers } from "../../images/fixtures/debian.ts";
import { multiubuntu, multiubuntuFileless } from "../../images/fixtures/multiubuntu.ts";
import { debian, dvwa, mysql, nginx, nginxAlpine, wordpress, wordpressLatest } from "../../images/fixtures/small.ts";
import { layerFiles } from "../../images/layer.ts";
import { controllerImage, enforcerImage, makeNodeLayer, natsImage, nodeLayer } from "../../images/product.ts";
import { type Recipe, writeImage } from "../../images/recipe.ts";
import { type ImageName, productImages } from "../artifacts.ts";
import { mebibytes } from "../report.ts";
import type { Step, StepContext } from "../step.ts";

type Maker = (context: StepContext) => Promise<Recipe>;

const fixtures: Record<string, Maker> = {
  multiubuntu,
  "multiubuntu-fileless": multiubuntuFileless,
  nginx,
  "nginx-alpine": nginxAlpine,
  debian,
  wordpress,
  "wordpress-latest": wordpressLatest,
  mysql,
  dvwa,
};

/** The parts every image is made with; a change in them makes all images again. */
const tools = ["tree", "tar", "oci", "elf", "deb", "sbom", "layer", "recipe", "compile"].map(
  (name) => `e2e/images/${name}.ts`,
);
const recipes = "e2e/images/fixtures";

async function write(context: StepContext, makers: readonly (readonly [string, Maker])[]): Promise<void> {
  let bytes = 0;
  for (const [name, make] of makers) {
    context.progress(name);
    bytes += writeImage(context, name as ImageName, await make(context));
  }
  context.progress(`${makers.length} images, ${mebibytes(bytes)}`);
}

const debianBases: Step = {
  id: "image-bases",
  title: "unpack the Debian roots of the fixtures",
  needs: ["debian-packages"],
  seconds: 25,
  disk: 150,
  inputs: [`${recipes}/debian.ts`, ...tools],
  outputs: (artifacts) => layers.flatMap((name) => layerFiles(artifacts, name)),
  run: makeLayers,
};

const fixtureFile = (name: string): string => (name.startsWith("multiubuntu") ? "multiubuntu" : "small");

const fixtureSteps = Object.entries(fixtures).map(
  ([name, make]): Step => ({
    id: `image-${name}`,
    title: `make the image ${name}`,
    needs: ["image-bases"],
    seconds: name.startsWith("multiubuntu") ? 20 : 5,
    disk: 80,
    inputs: [
      `${recipes}/${fixtureFile(name)}.ts`,
      `${recipes}/python.ts`,
      `${recipes}/programs`,
      "e2e/images/cluster.ts",
      ...tools,
    ],
    outputs: ({ image }) => [image(name as ImageName)],
    run: (context) => write(context, [[name, make]]),
  }),
);

/** All fixtures under one name. */
const fixtureImages: Step = {
  id: "images-fixtures",
  title: "all fixtures are there",
  needs: fixtureSteps.map(({ id }) => id),
  seconds: 0,
  inputs: [],
  run: async () => {},
};

const clusterImages: Step = {
  id: "images-cluster",
  title: "make the images pause and box",
  needs: ["debian-packages"],
  seconds: 5,
  inputs: ["e2e/images/cluster.ts", `${recipes}/programs/pause.c`, ...tools],
  outputs: ({ image }) => [image("pause"), image("box")],
  run: (context) =>
    write(context, [
      ["pause", pause],
      ["box", box],
    ]),
};

const nodeBase: Step = {
  id: "image-node",
  title: "make the layer with Node that controller and enforcer share",
  needs: ["debian-packages"],
  seconds: 10,
  inputs: ["e2e/images/product.ts", ...tools],
  key: process.version,
  outputs: (artifacts) => layerFiles(artifacts, nodeLayer),
  run: makeNodeLayer,
};

const product: Step = {
  id: "images-product",
  title: "make the product's images",
  needs: ["image-node", "native", "go-tools"],
  seconds: 10,
  inputs: ["packages", "native", "pnpm-lock.yaml", "e2e/images/product.ts", "e2e/images/bundle.ts", ...tools],
  perClone: true,
  outputs: ({ image }) => productImages.map(image),
  run: (context) =>
    write(context, [
      ["portcullis-controller", controllerImage],
      ["portcullis-enforcer", enforcerImage],
      ["portcullis-nats", natsImage],
    ]),
};

export const imageSteps: readonly Step[] = [
  clusterImages,
  debianBases,
  ...fixtureSteps,
  fixtureImages,
  nodeBase,
  product,
];
