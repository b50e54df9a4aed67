/** The door of tools/images: what those who write recipes of their own need, and those who read image archives. */
export { unpacked } from "./oci/deb.ts";
export { keepLayer, keptLayer, type Layer, layerFiles } from "./oci/layers.ts";
export { imageLayout } from "./oci/layout.ts";
export { debComponents } from "./oci/sbom.ts";
export { readTar, writeTar } from "./oci/tar.ts";
export { Tree } from "./oci/tree.ts";
export { imageBuilder } from "./product-image-steps.ts";
export { type ImageFile, type Recipe, writeImages } from "./recipe.ts";
export { singleFile } from "./single-file.ts";
