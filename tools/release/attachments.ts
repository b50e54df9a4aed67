/**
 * What is attached to an image or a chart in the registry. Its bill of materials and its provenance as OCI 1.1 referrers, which anybody finds by `oras
 * discover`; with a key also cosign's signature and attestations, at the tags where cosign looks for them. What is there already and verifies is left as it
 * is, since every signature by the same key is another one; signatures by others stay.
 */
import { type Descriptor, describe, type Manifest, manifestType, type Registry } from "./registry.ts";
import { envelope, isEnvelopeOf, type ReleaseKey, simpleSigning, statementType } from "./signing.ts";
import { predicates, type Subject } from "./statements.ts";

export interface Attachments {
  /** The bill of materials as it lies beside the image; a chart has none. */
  readonly sbom?: Buffer;
  /** Statements, each with the type of its predicate. */
  readonly statements: readonly { readonly predicateType: string; readonly statement: Buffer }[];
}

const empty = { type: "application/vnd.oci.empty.v1+json", data: Buffer.from("{}") };
const sbomType = "application/spdx+json";
const simpleSigningType = "application/vnd.dev.cosign.simplesigning.v1+json";
const envelopeType = "application/vnd.dsse.envelope.v1+json";
const signatureAnnotation = "dev.cosignproject.cosign/signature";

/** Attaches all of it to what `subject` names, and signs where there is a key. */
export async function attach(
  registry: Registry,
  subject: Subject,
  { sbom, statements }: Attachments,
  key?: ReleaseKey,
): Promise<void> {
  const target = await registry.find(`${subject.name}@${subject.digest}`);
  if (!target) throw new Error(`${subject.name}@${subject.digest} was pushed and is not there`);
  if (sbom) await refer(registry, subject, target, { type: sbomType, data: sbom });
  for (const { predicateType, statement } of statements) {
    if (predicateType === predicates.sbom) continue; // as a referrer it is there in the form that scanners read
    await refer(registry, subject, target, { type: statementType, data: statement, predicateType });
  }
  if (!key) return;
  for (const { predicateType, statement } of statements)
    await addLayer(registry, subject, "att", {
      isThere: async (layer) =>
        layer.annotations?.predicateType === predicateType &&
        isEnvelopeOf(key, statement, await registry.blob(subject.name, layer.digest)),
      make: () => {
        const data = envelope(key, statement);
        return [describe(envelopeType, data, { [signatureAnnotation]: "", predicateType }), data];
      },
    });
  // The signature last: who sees it may rely on the rest being there.
  const payload = simpleSigning(subject.name, subject.digest);
  await addLayer(registry, subject, "sig", {
    isThere: async ({ digest, annotations }) =>
      digest === describe(simpleSigningType, payload).digest &&
      key.hasSigned(payload, annotations?.[signatureAnnotation] ?? ""),
    make: () => [describe(simpleSigningType, payload, { [signatureAnnotation]: key.sign(payload) }), payload],
  });
}

interface Referrer {
  readonly type: string;
  readonly data: Buffer;
  readonly predicateType?: string;
}

/** A manifest that has what it is about as its subject. The same content is the same manifest, so that a second push changes nothing. */
async function refer(
  registry: Registry,
  { name }: Subject,
  target: Descriptor,
  { type, data, predicateType }: Referrer,
): Promise<void> {
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: manifestType,
    artifactType: type,
    config: describe(empty.type, empty.data),
    layers: [describe(type, data)],
    subject: { mediaType: target.mediaType, digest: target.digest, size: target.size },
    ...(predicateType !== undefined && { annotations: { "in-toto.io/predicate-type": predicateType } }),
  };
  await registry.push(name, manifest, [empty.data, data]);
}

interface NewLayer {
  isThere(layer: Descriptor): Promise<boolean>;
  make(): readonly [Descriptor, Buffer];
}

/** Adds a layer to the manifest that cosign finds at `sha256-<hex>.<suffix>`, unless one is there already that says the same. */
async function addLayer(
  registry: Registry,
  { name, digest }: Subject,
  suffix: "sig" | "att",
  layer: NewLayer,
): Promise<void> {
  const tag = `${digest.replace(":", "-")}.${suffix}`;
  const found = (await registry.manifest(`${name}:${tag}`))?.layers ?? [];
  for (const one of found) if (await layer.isThere(one)) return;
  const [added, data] = layer.make();
  const layers = [...found, added];
  const config = Buffer.from(
    JSON.stringify({
      architecture: "",
      created: "1970-01-01T00:00:00Z",
      os: "",
      rootfs: { type: "layers", diff_ids: layers.map((one) => one.digest) },
      config: {},
    }),
  );
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: manifestType,
    config: describe("application/vnd.oci.image.config.v1+json", config),
    layers,
  };
  await registry.push(name, manifest, [config, data], tag);
}
