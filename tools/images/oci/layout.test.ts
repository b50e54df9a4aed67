import { createHash } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { type Image, imageLayout } from "./layout.ts";
import { readTar, writeTar } from "./tar.ts";
import { Tree } from "./tree.ts";

const base = () => new Tree().file("bin/tool", "tool", 0o755).symlink("bin/other", "tool").directory("tmp", 0o1777);
const image = (name: string, ...layers: Tree[]): Image => ({
  reference: `localhost/${name}:1`,
  layers: layers.map(writeTar),
  config: { entrypoint: ["/bin/tool"], user: "65532:65532", workingDirectory: "/app" },
});

/** What a container runtime does with a layout: follow digests from index.json. */
function open(layout: Buffer) {
  const tree = readTar(layout);
  const bytes = (path: string) => {
    const entry = tree.get(path);
    if (entry?.kind !== "file") throw new Error(`no ${path}`);
    return entry.data;
  };
  const blob = (digest: string) => bytes(`blobs/${digest.replace(":", "/")}`);
  const json = (digest: string) => JSON.parse(blob(digest).toString());
  const index = JSON.parse(bytes("index.json").toString());
  return { tree, index, blob, json, version: JSON.parse(bytes("oci-layout").toString()).imageLayoutVersion };
}

describe("an OCI image layout", () => {
  it("is the same bytes when made twice, in whatever order its files were added", () => {
    const one = new Tree().file("a", "1").file("b/c", "2");
    const two = new Tree().file("b/c", "2").file("a", "1");
    expect(imageLayout([image("x", one)])).toEqual(imageLayout([image("x", two)]));
  });

  it("names the image as containerd looks it up", () => {
    const { index, version } = open(imageLayout([image("box", base())]));
    expect(version).toBe("1.0.0");
    expect(index.manifests[0].annotations["io.containerd.image.name"]).toBe("localhost/box:1");
  });

  it("holds every blob under the digest and size its descriptor says", () => {
    const { tree, index, blob, json } = open(imageLayout([image("box", base(), new Tree().file("app/main", "x"))]));
    const manifest = json(index.manifests[0].digest);
    const descriptors = [...index.manifests, manifest.config, ...manifest.layers];
    for (const { digest, size } of descriptors) {
      const data = blob(digest);
      expect(`sha256:${createHash("sha256").update(data).digest("hex")}`).toBe(digest);
      expect(data.length).toBe(size);
    }
    const blobs = tree.entries.filter(([path, { kind }]) => path.startsWith("blobs/") && kind === "file");
    expect(blobs).toHaveLength(descriptors.length);
  });

  it("tells the runtime what to start, as whom and where", () => {
    const { index, json } = open(imageLayout([image("box", base())]));
    const manifest = json(index.manifests[0].digest);
    const config = json(manifest.config.digest);
    expect(config.config).toMatchObject({ Entrypoint: ["/bin/tool"], User: "65532:65532", WorkingDir: "/app" });
    expect(config.rootfs.diff_ids).toEqual(manifest.layers.map(({ digest }: { digest: string }) => digest));
  });

  it("carries a layer that two images share only once", () => {
    const alone = imageLayout([image("a", base())]);
    const both = open(imageLayout([image("a", base()), image("b", base(), new Tree().file("b", "b"))]));
    expect(both.index.manifests).toHaveLength(2);
    const layers = both.index.manifests.map(({ digest }: { digest: string }) => both.json(digest).layers[0].digest);
    expect(layers[0]).toBe(layers[1]);
    expect(open(alone).json(open(alone).index.manifests[0].digest).layers[0].digest).toBe(layers[0]);
  });
});
