/**
 * OCI image layouts without a container daemon or a registry: one tar that `ctr images import` reads, with one image
 * or several. The same layers and configuration give the same bytes. Layers stay uncompressed: under emulation
 * inflating them costs more than reading them.
 */
import { createHash } from "node:crypto";
import { writeTar } from "./tar.ts";
import { Tree } from "./tree.ts";

export interface ImageConfig {
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: readonly string[];
  readonly workingDirectory?: string;
  /** Name or number in the image's /etc/passwd. */
  readonly user?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface Image {
  /** The name it gets in containerd: `localhost/box:1`. */
  readonly reference: string;
  /** Layers from the lowest up, each a tar. Images that share one share its place in containerd. */
  readonly layers: readonly Buffer[];
  readonly config: ImageConfig;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const types = {
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar",
};
const usualPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The layout of one or several images as one tar; what they share is in it once. */
export function imageLayout(images: readonly Image[]): Buffer {
  const layout = new Tree();
  const put = (mediaType: string, data: Buffer): Descriptor => {
    const hex = createHash("sha256").update(data).digest("hex");
    layout.file(`blobs/sha256/${hex}`, data);
    return { mediaType, digest: `sha256:${hex}`, size: data.length };
  };
  const json = (mediaType: string, value: unknown) => put(mediaType, Buffer.from(JSON.stringify(value)));
  const manifests = images.map(({ reference, layers, config }) => {
    const blobs = layers.map((layer) => put(types.layer, layer));
    const digests = blobs.map(({ digest }) => digest);
    const manifest = json(types.manifest, {
      schemaVersion: 2,
      mediaType: types.manifest,
      config: json(types.config, configuration(config, digests)),
      layers: blobs,
    });
    const tag = reference.slice(reference.lastIndexOf(":") + 1);
    const annotations = { "io.containerd.image.name": reference, "org.opencontainers.image.ref.name": tag };
    return { ...manifest, annotations };
  });
  layout.file("oci-layout", JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  layout.file("index.json", JSON.stringify({ schemaVersion: 2, manifests }));
  return writeTar(layout);
}

/** Created at the epoch: a build time would make every build another image. */
function configuration(config: ImageConfig, digests: readonly string[]): unknown {
  const { entrypoint, command, environment = [], workingDirectory, user, labels } = config;
  return {
    created: "1970-01-01T00:00:00Z",
    architecture: "amd64",
    os: "linux",
    config: {
      Env: [usualPath, ...environment],
      ...(user !== undefined && { User: user }),
      ...(entrypoint && { Entrypoint: entrypoint }),
      ...(command && { Cmd: command }),
      ...(workingDirectory && { WorkingDir: workingDirectory }),
      ...(labels && { Labels: labels }),
    },
    rootfs: { type: "layers", diff_ids: digests },
    history: digests.map(() => ({ created: "1970-01-01T00:00:00Z", created_by: "portcullis" })),
  };
}
