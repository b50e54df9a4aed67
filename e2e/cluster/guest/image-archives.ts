/**
 * Image archives for the guests: any number of images combined to one layout, in which what they share is once, and cut in two
 * where wanted: the layers that rarely change as an image of their own for the lower saved level, and the rest for where
 * those layers are already. Archives are read where they lie, because most of the time only their names matter.
 */
import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { imageLayout, readTar, Tree, writeTar } from "@portcullis/tools/images";
import { ClusterError } from "../errors.ts";

interface Descriptor {
  readonly digest: string;
}
interface Manifest {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** The part of an image's configuration that starts its process. */
export interface ImageConfig {
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env?: readonly string[];
  readonly WorkingDir?: string;
}

/** `base`: all layers but the last, as an image `reference`. `rest`: the image without those layers' data. */
export type Part = { readonly archive: ImageArchive } & (
  | { readonly part: "whole" | "rest" }
  | { readonly part: "base"; readonly reference: string }
);

/** One image layout with one image. */
export class ImageArchive {
  readonly path: string;
  /** Its entry in the layout's index; its digest names the image by its content. */
  readonly entry: Descriptor;
  readonly #files: Files;
  readonly #manifest: Manifest;

  private constructor(path: string, files: Files, entry: Descriptor, manifest: Manifest) {
    this.path = path;
    this.entry = entry;
    this.#files = files;
    this.#manifest = manifest;
  }

  static async read(path: string): Promise<ImageArchive> {
    const files = await Files.of(path);
    const index = JSON.parse((await files.read("index.json")).toString()) as { manifests: readonly Descriptor[] };
    const [entry, ...more] = index.manifests;
    if (!entry || more.length > 0)
      throw new ClusterError("E2E_OPTION", `${path} holds ${index.manifests.length} images, not one`);
    const manifest = JSON.parse((await files.read(blob(entry.digest))).toString()) as Manifest;
    return new ImageArchive(path, files, entry, manifest);
  }

  /** Digests of its layers, the lowest first. */
  get layers(): readonly string[] {
    return this.#manifest.layers.map(({ digest }) => digest);
  }

  /** A layer's tar. */
  layer(digest: string): Promise<Buffer> {
    return this.#files.read(blob(digest));
  }

  /** What the image says of how its process is started. */
  async config(): Promise<ImageConfig> {
    const text = (await this.#files.read(blob(this.#manifest.config.digest))).toString();
    return (JSON.parse(text) as { config?: ImageConfig }).config ?? {};
  }

  /** Names the layers below the last, which is the application's own; null when there are none. */
  get baseDigest(): string | null {
    const base = this.#baseLayers;
    return base.length === 0 ? null : createHash("sha256").update(base.join()).digest("hex");
  }

  get #baseLayers(): readonly string[] {
    return this.#manifest.layers.slice(0, -1).map(({ digest }) => digest);
  }

  /** Everything that `part` is made of, besides the index: by path in the layout. */
  async *blobs(part: "whole" | "rest"): AsyncGenerator<readonly [string, () => Promise<Buffer>]> {
    const layers = this.#manifest.layers.slice(part === "rest" ? -1 : 0);
    for (const { digest } of [this.entry, this.#manifest.config, ...layers]) {
      yield [blob(digest), () => this.#files.read(blob(digest))];
    }
  }

  /** A layout with an image of the base layers and no others. */
  async base(reference: string): Promise<Tree> {
    const layers = await Promise.all(this.#baseLayers.map((digest) => this.#files.read(blob(digest))));
    return readTar(imageLayout([{ reference, layers, config: {} }]));
  }
}

/** One archive of all these images. */
export async function combined(parts: readonly Part[]): Promise<Buffer> {
  const layout = new Tree().file("oci-layout", JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  const manifests: unknown[] = [];
  for (const wanted of parts) {
    if (wanted.part === "base") {
      const base = await wanted.archive.base(wanted.reference);
      const index = base.get("index.json");
      if (index?.kind === "file")
        manifests.push(...(JSON.parse(index.data.toString()) as { manifests: unknown[] }).manifests);
      layout.add(base);
    } else {
      manifests.push(wanted.archive.entry);
      for await (const [path, read] of wanted.archive.blobs(wanted.part)) {
        if (!layout.get(path)) layout.set(path, { kind: "file", data: await read(), mode: 0o644, uid: 0, gid: 0 });
      }
    }
  }
  return writeTar(layout.file("index.json", JSON.stringify({ schemaVersion: 2, manifests })));
}

const blob = (digest: string): string => `blobs/${digest.replace(":", "/")}`;

/** Where the files of a tar lie in it. */
class Files {
  readonly #path: string;
  readonly #places = new Map<string, { at: number; size: number }>();

  private constructor(path: string) {
    this.#path = path;
  }

  static async of(path: string): Promise<Files> {
    const files = new Files(path);
    await files.#opened(async (file) => {
      const head = Buffer.alloc(512);
      for (let at = 0; (await file.read(head, 0, 512, at)).bytesRead === 512 && head[0] !== 0; ) {
        const name = head.toString("utf8", 0, 100).replace(/\0.*$/s, "").replace(/^\.\//, "");
        const size = Number.parseInt(head.toString("ascii", 124, 135), 8) || 0;
        files.#places.set(name, { at: at + 512, size });
        at += 512 + Math.ceil(size / 512) * 512;
      }
    });
    return files;
  }

  async read(name: string): Promise<Buffer> {
    const place = this.#places.get(name);
    if (!place) throw new ClusterError("E2E_OPTION", `${this.#path} lacks ${name}: not an image layout`);
    const data = Buffer.alloc(place.size);
    await this.#opened((file) => file.read(data, 0, place.size, place.at));
    return data;
  }

  async #opened<T>(use: (file: FileHandle) => Promise<T>): Promise<T> {
    const file = await open(this.#path).catch(() => {
      throw new ClusterError("E2E_ARTIFACT_MISSING", `${this.#path} is not there; \`npm run setup\` makes it`);
    });
    try {
      return await use(file);
    } finally {
      await file.close();
    }
  }
}
