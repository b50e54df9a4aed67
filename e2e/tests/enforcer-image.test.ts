/** Promise: the enforcer's image holds everything that the kernel of any supported node needs. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { readTar, type Tree } from "@portcullis/tools/images";
import { artifacts, cacheDirectory, repository } from "@portcullis/tools/setup";

const made = artifacts(cacheDirectory(process.env));

function fileIn(tree: Tree, path: string): Buffer {
  const entry = tree.get(path);
  if (entry?.kind !== "file") throw new Error(`no file ${path}`);
  return entry.data;
}

/** The files of an image with one manifest, all layers over one another. */
function filesOf(layout: Tree): Tree {
  const blob = (digest: string) => fileIn(layout, `blobs/${digest.replace(":", "/")}`);
  const index = JSON.parse(fileIn(layout, "index.json").toString()) as { manifests: { digest: string }[] };
  const manifest = JSON.parse(blob(index.manifests[0]!.digest).toString()) as { layers: { digest: string }[] };
  const [first, ...others] = manifest.layers.map(({ digest }) => readTar(blob(digest)));
  for (const layer of others) first!.add(layer);
  return first!;
}

describe("the enforcer's image", () => {
  const page = readFileSync(join(repository, "native", "README.md"), "utf8");
  const table = /^\| product in `native\/build\/` .*\n((?:\|.*\n)+)/m.exec(page)?.[1] ?? "";
  const products = [...table.matchAll(/^\| `([\w./-]+)`/gm)].map(([, name]) => name!);

  it("holds every product of native's build that native/README.md names, as it was built", () => {
    expect(products.length).toBeGreaterThanOrEqual(3);
    const files = filesOf(readTar(readFileSync(made.productImage("portcullis-enforcer"))));
    for (const product of products) {
      const built = readFileSync(join(made.nativeBuild, product));
      expect([product, fileIn(files, `app/build/${product}`).equals(built)]).toEqual([product, true]);
    }
  });
});
