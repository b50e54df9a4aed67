// OCI image archives, cut in two: the layers that rarely change, as an image of their own for the lower saved level, and the rest.
// An archive is an uncompressed tar of an image layout with one manifest.
import { createHash } from "node:crypto";
import { open, writeFile } from "node:fs/promises";
import { HarnessError } from "./errors.ts";

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}
interface Manifest {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}
interface Config {
  readonly rootfs: { readonly type: string; readonly diff_ids: readonly string[] };
}
interface Index {
  readonly manifests: readonly (Descriptor & { readonly annotations?: Record<string, string> })[];
}

/** Where each file of an archive lies in it. */
type Files = ReadonlyMap<string, { readonly offset: number; readonly size: number }>;

/** One image archive, read where it lies. */
export class ImageArchive {
  readonly path: string;
  readonly index: Index;
  readonly manifest: Manifest;
  readonly config: Config;
  readonly #files: Files;

  private constructor(path: string, files: Files, index: Index, manifest: Manifest, config: Config) {
    this.path = path;
    this.index = index;
    this.manifest = manifest;
    this.config = config;
    this.#files = files;
  }

  static async read(path: string): Promise<ImageArchive> {
    const files = await members(path);
    const json = async (name: string) => {
      const place = files.get(name);
      if (!place) throw new HarnessError("E2E_OPTION", `${path} has no ${name}: not an image layout`);
      return JSON.parse((await part(path, place)).toString("utf8")) as unknown;
    };
    const index = (await json("index.json")) as Index;
    const [only, ...more] = index.manifests;
    if (!only || more.length > 0) throw new HarnessError("E2E_OPTION", `${path}: one manifest is expected`);
    const manifest = (await json(blob(only.digest))) as Manifest;
    return new ImageArchive(path, files, index, manifest, (await json(blob(manifest.config.digest))) as Config);
  }

  /** Digests of all layers but the last: the ones an application's change leaves alone. */
  get baseLayers(): readonly string[] {
    return this.manifest.layers.slice(0, -1).map((layer) => layer.digest);
  }

  /** Writes an image `reference` of the base layers alone. */
  async writeBase(reference: string, to: string): Promise<void> {
    const layers = this.manifest.layers.slice(0, -1);
    const diffIds = this.config.rootfs.diff_ids.slice(0, -1);
    const config = { architecture: "amd64", os: "linux", config: {}, rootfs: { type: "layers", diff_ids: diffIds } };
    const configBlob = Buffer.from(JSON.stringify(config));
    const described = { ...this.manifest.config, digest: sha256(configBlob), size: configBlob.length };
    const manifest = Buffer.from(JSON.stringify({ ...this.manifest, config: described, layers }));
    const annotations = { "io.containerd.image.name": reference, "org.opencontainers.image.ref.name": "1" };
    const [first] = this.index.manifests;
    const entry = { mediaType: first?.mediaType, digest: sha256(manifest), size: manifest.length, annotations };
    const index = Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [entry] }));
    await this.#write(to, layers, [
      [blob(described.digest), configBlob],
      [blob(entry.digest), manifest],
      ["index.json", index],
    ]);
  }

  /** Writes the same image without the blobs of its base layers; the importer must have them already. */
  async writeRest(to: string): Promise<void> {
    const names = ["index.json", ...this.index.manifests.map((m) => blob(m.digest)), blob(this.manifest.config.digest)];
    const small = await Promise.all(names.map(async (name) => [name, await this.#file(name)] as const));
    await this.#write(to, this.manifest.layers.slice(-1), small);
  }

  async #write(
    to: string,
    layers: readonly Descriptor[],
    others: readonly (readonly [string, Buffer])[],
  ): Promise<void> {
    const parts: Buffer[] = [...member("oci-layout", Buffer.from('{"imageLayoutVersion":"1.0.0"}'))];
    for (const [name, data] of others) parts.push(...member(name, data));
    for (const { digest } of layers) parts.push(...member(blob(digest), await this.#file(blob(digest))));
    await writeFile(to, Buffer.concat([...parts, Buffer.alloc(1024)]));
  }

  async #file(name: string): Promise<Buffer> {
    const place = this.#files.get(name);
    if (!place) throw new HarnessError("E2E_OPTION", `${this.path} lacks ${name}`);
    return part(this.path, place);
  }
}

const blob = (digest: string): string => `blobs/${digest.replace(":", "/")}`;
const sha256 = (data: Buffer): string => `sha256:${createHash("sha256").update(data).digest("hex")}`;

async function part(path: string, { offset, size }: { offset: number; size: number }): Promise<Buffer> {
  const file = await open(path);
  try {
    const data = Buffer.alloc(size);
    await file.read(data, 0, size, offset);
    return data;
  } finally {
    await file.close();
  }
}

/** Where each regular file of a tar lies. Names here are short, so plain ustar headers are all there is. */
async function members(path: string): Promise<Map<string, { offset: number; size: number }>> {
  const found = new Map<string, { offset: number; size: number }>();
  const file = await open(path);
  try {
    const head = Buffer.alloc(512);
    for (let at = 0; ; ) {
      const { bytesRead } = await file.read(head, 0, 512, at);
      if (bytesRead < 512 || head[0] === 0) return found;
      const name = head.toString("utf8", 0, 100).replace(/\0.*$/s, "").replace(/^\.\//, "");
      const size = Number.parseInt(head.toString("ascii", 124, 136), 8) || 0;
      if (!head[156] || head[156] === 0x30) found.set(name, { offset: at + 512, size });
      at += 512 + Math.ceil(size / 512) * 512;
    }
  } finally {
    await file.close();
  }
}

/** A tar member: header, data, padding. */
function member(name: string, data: Buffer): Buffer[] {
  const head = Buffer.alloc(512);
  const octal = (value: number, at: number, length: number) =>
    head.write(`${value.toString(8).padStart(length - 1, "0")}\0`, at, "ascii");
  head.write(name, 0, "utf8");
  octal(0o644, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(data.length, 124, 12);
  octal(0, 136, 12);
  head.write("        0", 148, "ascii");
  head.write("ustar\u000000", 257, "ascii");
  const sum = head.reduce((total, byte) => total + byte, 0);
  head.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "ascii");
  return [head, data, Buffer.alloc(-data.length & 511)];
}
