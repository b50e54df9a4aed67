/** The fixtures' layers, unpacked on one disk: what a guest makes the containers' root file systems of. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Artifacts } from "@portcullis/tools/setup";
import { ImageArchive, type ImageConfig, keptDisk, run } from "../../cluster/index.ts";
import { fixtureImages, imagePath, imageReference } from "../../fixtures/fixture-images.ts";

export interface FixtureImage {
  /** Folders on the disk, the topmost layer first, as overlayfs wants them. */
  readonly layers: readonly string[];
  readonly config: ImageConfig;
}

export interface FixtureDisk {
  readonly path: string;
  /** By the reference that pods name. */
  readonly images: ReadonlyMap<string, FixtureImage>;
}

export async function fixtureDisk(artifacts: Artifacts): Promise<FixtureDisk> {
  const archives = await Promise.all(
    fixtureImages.map(
      async (name) => [imageReference(name), await ImageArchive.read(imagePath(artifacts, name))] as const,
    ),
  );
  const images = new Map<string, FixtureImage>();
  for (const [reference, archive] of archives)
    images.set(reference, { layers: archive.layers.map(folderOf).reverse(), config: await archive.config() });
  const layers = new Map(archives.flatMap(([, archive]) => archive.layers.map((digest) => [digest, archive] as const)));
  const path = await keptDisk(artifacts, { name: "fixtures", inputs: [...layers.keys()].sort() }, async (root) => {
    for (const [digest, archive] of layers) await unpack(await archive.layer(digest), join(root, folderOf(digest)));
  });
  return { path, images };
}

/** Unpacks a layer with its owners and modes. */
export async function unpack(layer: Buffer, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const work = await mkdtemp(join(tmpdir(), "portcullis-layer-"));
  try {
    await writeFile(join(work, "layer"), layer);
    await run("tar", ["--numeric-owner", "-xpf", join(work, "layer"), "-C", folder]);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

const folderOf = (digest: string): string => `layers/${digest.replace(/^.*:/, "").slice(0, 12)}`;
