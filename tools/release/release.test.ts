/**
 * Promise: `npm run release` puts images and chart into a real registry so that others find there what was built, and who built it from what.
 * Long because everything is looked at of one release, which takes a while.
 */
import { createHash, createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { parseAllDocuments } from "yaml";
import { readTar } from "../images/oci/tar.ts";
import { Commands } from "../processes/commands.ts";
import { artifacts, cacheDirectory, productImages, repository } from "../setup/artifacts.ts";
import { type Manifest, manifestType } from "./registry.ts";
import type { Released } from "./release.ts";
import { signedBytes } from "./signing.ts";
import type { SpdxDocument } from "./statements.ts";
import { startTestRegistry, type TestRegistry } from "./test-registry.ts";

jest.setTimeout(240_000);

const paths = artifacts(cacheDirectory(process.env));
const commands = new Commands(new AbortController().signal);
const folder = mkdtempSync(join(tmpdir(), "portcullis-released-"));
const pem = { type: "pkcs8", format: "pem" } as const;
const sha256 = (data: Buffer) => `sha256:${createHash("sha256").update(data).digest("hex")}`;
let registry: TestRegistry;
beforeAll(async () => {
  registry = await startTestRegistry(paths);
});
afterAll(async () => {
  await commands.end();
  await registry?.end();
  rmSync(folder, { recursive: true });
});

/** Runs the verb as npm does. */
async function release(args: readonly string[], input?: string) {
  const lines: string[] = [];
  const verb = [join(repository, "tools", "main.ts"), "release", ...args];
  const status = await commands.status(process.execPath, verb, {
    cwd: repository,
    input,
    onLine: (line) => lines.push(line),
  });
  return { status, said: lines.join("\n") };
}

/** A key in a file, and what verifies with it. */
function key(name: string) {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const path = join(folder, name);
  writeFileSync(path, privateKey.export(pem));
  return { path, publicKey: createPublicKey(publicKey.export({ type: "spki", format: "pem" })) };
}

/** Asks the registry itself, not the program that has pushed. */
async function get(path: string, host = registry.host): Promise<Buffer> {
  const accept = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json";
  const answer = await fetch(`http://${host}/v2/${path}`, { headers: { accept } });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return Buffer.from(await answer.arrayBuffer());
}
const json = async <T>(path: string): Promise<T> => JSON.parse((await get(path)).toString("utf8")) as T;
const manifest = (name: string, reference: string) => json<Manifest>(`${name}/manifests/${reference}`);

/** Every tag of every repository, and the digest of what it names. */
async function everyTag(): Promise<readonly string[]> {
  const { repositories } = await json<{ repositories: string[] }>("_catalog");
  const tags = repositories.map(async (name) => {
    const list = await json<{ tags: string[] | null }>(`${name}/tags/list`);
    return Promise.all(
      (list.tags ?? []).map(async (tag) => `${name}:${tag} ${sha256(await get(`${name}/manifests/${tag}`))}`),
    );
  });
  return (await Promise.all(tags)).flat().sort();
}

/** What refers to a digest: the manifests, by their artifact types. */
async function referrers(name: string, digest: string): Promise<ReadonlyMap<string, Buffer>> {
  const index = await json<{ manifests: { digest: string }[] }>(`${name}/manifests/${digest.replace(":", "-")}`);
  const found = index.manifests.map(async (one) => {
    const { artifactType = "", subject, layers } = await manifest(name, one.digest);
    expect(subject?.digest).toBe(digest);
    return [artifactType, await get(`${name}/blobs/${layers[0]?.digest}`)] as const;
  });
  return new Map(await Promise.all(found));
}

describe("a release", () => {
  const [own, other] = [key("own.pem"), key("other.pem")];
  const report = join(folder, "released.json");
  let target: readonly string[];
  let released: Released;
  let said: string;
  beforeAll(async () => {
    target = ["--registry", `${registry.host}/security/portcullis`, "--plain-http", "--version", "1.2.3"];
    const run = await release([...target, "--key", own.path, "--json", report]);
    expect(run).toEqual({ status: 0, said: expect.any(String) });
    said = run.said;
    released = JSON.parse(readFileSync(report, "utf8")) as Released;
  });
  /** Names as the registry's own paths have them. */
  const path = (name: string) => name.slice(`${registry.host}/`.length);

  it("leaves the images as they were built: the digests of their layouts, every layer there", async () => {
    expect(released.images.map(({ name }) => path(name))).toEqual(
      productImages.map((name) => `security/portcullis/${name}`),
    );
    for (const [i, image] of productImages.entries()) {
      const { name, digest } = released.images[i] ?? { name: "", digest: "" };
      const layout = readTar(readFileSync(paths.productImage(image)));
      const file = (at: string) => {
        const entry = layout.get(at);
        return entry?.kind === "file" ? entry.data : Buffer.alloc(0);
      };
      const index = JSON.parse(file("index.json").toString()) as { manifests: { digest: string }[] };
      expect(digest).toBe(index.manifests[0]?.digest);
      expect(sha256(await get(`${path(name)}/manifests/1.2.3`))).toBe(digest);
      const { layers, config } = await manifest(path(name), digest);
      for (const blob of [config, ...layers]) {
        const bytes = await get(`${path(name)}/blobs/${blob.digest}`);
        expect(bytes.equals(file(`blobs/${blob.digest.replace(":", "/")}`))).toBe(true);
      }
    }
  });

  it("has a chart whose every image is one of these, by its digest", async () => {
    const args = ["template", "x", `oci://${released.chart.name}`, "--version", "1.2.3", "--plain-http"];
    const objects = parseAllDocuments(await commands.text(paths.program("helm"), args)).map(
      (one) => one.toJSON() as unknown,
    );
    const images = [...JSON.stringify(objects).matchAll(/"image":"([^"]+)"/g)].map(([, image]) => image);
    expect([...new Set(images)].sort()).toEqual(
      released.images.map(({ name, digest }) => `${name}:1.2.3@${digest}`).sort(),
    );
    expect(sha256(await get(`${path(released.chart.name)}/manifests/1.2.3`))).toBe(released.chart.digest);
  });

  it("says what was pushed, and how to install it", () => {
    for (const { name, digest } of [...released.images, released.chart]) expect(said).toContain(`${name}@${digest}`);
    const command = `helm install portcullis oci://${registry.host}/security/portcullis/portcullis --version 1.2.3 --namespace portcullis --create-namespace --plain-http`;
    expect(said).toContain(command);
    expect(released).toMatchObject({ signed: true, version: "1.2.3", install: command });
  });

  it("has a bill of materials beside each image, with a licence for everything in it", async () => {
    const names: string[] = [];
    for (const { name, digest } of released.images) {
      const bill = (await referrers(path(name), digest)).get("application/spdx+json");
      const { packages } = JSON.parse(String(bill)) as SpdxDocument;
      expect(
        packages.filter(
          ({ licenseDeclared }) => !/^[A-Za-z0-9]/.test(licenseDeclared) || licenseDeclared === "NOASSERTION",
        ),
      ).toEqual([]);
      names.push(...packages.map((one) => one.name));
    }
    expect(names).toEqual(
      expect.arrayContaining(["node", "libc6", "libbpf1", "winston", "github.com/nats-io/nats-server/v2"]),
    );
  });

  it("says of images and chart from what they were made", async () => {
    const head = await commands.text("git", ["-C", repository, "rev-parse", "HEAD"]).catch(() => undefined);
    const lock = sha256(readFileSync(join(repository, "pnpm-lock.yaml"))).slice("sha256:".length);
    for (const { name, digest } of [...released.images, released.chart]) {
      const statement = JSON.parse(String((await referrers(path(name), digest)).get("application/vnd.in-toto+json")));
      expect(statement).toMatchObject({
        _type: "https://in-toto.io/Statement/v1",
        predicateType: "https://slsa.dev/provenance/v1",
        subject: [{ name, digest: { sha256: digest.slice("sha256:".length) } }],
      });
      const { resolvedDependencies } = statement.predicate.buildDefinition;
      expect(resolvedDependencies).toContainEqual({ name: "pnpm-lock.yaml", digest: { sha256: lock } });
      if (head !== undefined)
        expect(resolvedDependencies).toContainEqual({ name: "portcullis", digest: { gitCommit: head.trim() } });
    }
  });

  it("is signed: images, chart, and what is said of them", async () => {
    for (const { name, digest } of [...released.images, released.chart]) {
      const tag = digest.replace(":", "-");
      const [signature, ...more] = (await manifest(path(name), `${tag}.sig`)).layers;
      const payload = await get(`${path(name)}/blobs/${signature?.digest}`);
      const bytes = Buffer.from(signature?.annotations?.["dev.cosignproject.cosign/signature"] ?? "", "base64");
      expect(more).toEqual([]);
      expect(JSON.parse(payload.toString()).critical).toEqual({
        identity: { "docker-reference": name },
        image: { "docker-manifest-digest": digest },
        type: "cosign container image signature",
      });
      expect(verify("sha256", payload, own.publicKey, bytes)).toBe(true);
      expect(verify("sha256", payload, other.publicKey, bytes)).toBe(false);
      const { layers } = await manifest(path(name), `${tag}.att`);
      for (const layer of layers) {
        const envelope = JSON.parse((await get(`${path(name)}/blobs/${layer.digest}`)).toString());
        const statement = Buffer.from(envelope.payload, "base64");
        const signed = Buffer.from(envelope.signatures[0].sig, "base64");
        expect(verify("sha256", signedBytes(statement), own.publicKey, signed)).toBe(true);
        expect(JSON.parse(statement.toString())).toMatchObject({
          predicateType: layer.annotations?.predicateType,
          subject: [{ digest: { sha256: digest.slice("sha256:".length) } }],
        });
      }
      const types = layers.map(({ annotations }) => annotations?.predicateType);
      const sbom = name === released.chart.name ? [] : ["https://spdx.dev/Document"];
      expect(types).toEqual([...sbom, "https://slsa.dev/provenance/v1"]);
    }
  });

  it("changes nothing when it is done again", async () => {
    const before = await everyTag();
    const again = join(folder, "again.json");
    expect((await release([...target, "--key", own.path, "--json", again])).status).toBe(0);
    expect(await everyTag()).toEqual(before);
    expect(readFileSync(again, "utf8")).toBe(readFileSync(report, "utf8"));
  });

  it("leaves a signature where it is when another key signs as well", async () => {
    const [image] = released.images;
    const signatures = async () =>
      (await manifest(path(image?.name ?? ""), `${image?.digest.replace(":", "-")}.sig`)).layers;
    const [first] = await signatures();
    expect((await release([...target, "--key", other.path])).status).toBe(0);
    expect(await signatures()).toEqual([first, expect.anything()]);
  });

  it("does not sign a chart that somebody has put another one beside", async () => {
    const place = `${registry.host}/beside`;
    const [from, to] = [`${released.chart.name}@${released.chart.digest}`, `${place}/portcullis:1.2.3`];
    await commands.text(paths.program("oras"), ["cp", "--from-plain-http", "--to-plain-http", from, to]);
    const theirs = await manifest("beside/portcullis", "1.2.3");
    const [layer] = theirs.layers;
    const bytes = Buffer.from(JSON.stringify({ ...theirs, layers: [{ ...layer, mediaType: "text/plain" }, layer] }));
    const push = ["manifest", "push", "--plain-http", "--media-type", manifestType, to, "-"];
    await commands.bytes(paths.program("oras"), push, { input: bytes });
    const refused = await release(["--registry", place, "--plain-http", "--version", "1.2.3", "--key", own.path]);
    expect(refused).toMatchObject({
      status: 1,
      said: expect.stringMatching(/RELEASE_TAG_TAKEN: .*beside\/portcullis/),
    });
    expect((await everyTag()).filter((tag) => tag.startsWith("beside/"))).toHaveLength(1);
  });

  it("refuses a version that is there with another content, before it pushes anything; --force takes the tag", async () => {
    const place = `${registry.host}/taken`;
    const [somebody, nats] = [released.images[0], `${place}/portcullis-nats:1.2.3`];
    const copy = ["cp", "--from-plain-http", "--to-plain-http", `${somebody?.name}@${somebody?.digest}`, nats];
    await commands.text(paths.program("oras"), copy);
    const options = ["--registry", place, "--plain-http", "--version", "1.2.3"];
    const refused = await release(options);
    expect(refused.status).toBe(1);
    expect(refused.said).toMatch(
      /RELEASE_TAG_TAKEN: --version 1\.2\.3: \S+\/taken\/portcullis-nats:1\.2\.3 is there .*--force/,
    );
    expect((await everyTag()).filter((tag) => tag.startsWith("taken/"))).toHaveLength(1);
    const forced = await release([...options, "--force"]);
    expect(forced.said).toContain("NOT signed");
    expect(forced.status).toBe(0);
    expect((await everyTag()).filter((tag) => /^taken\/\S+:1\.2\.3 /.test(tag))).toHaveLength(4);
    expect(sha256(await get("taken/portcullis-nats/manifests/1.2.3"))).toBe(released.images[2]?.digest);
  });
});

describe("a registry that cannot be used", () => {
  it("is named when it is not there, with what to do", async () => {
    const gone = await startTestRegistry(paths);
    await gone.end();
    const { status, said } = await release(["--registry", `${gone.host}/x`, "--plain-http"]);
    expect(status).toBe(1);
    expect(said).toMatch(
      new RegExp(`RELEASE_REGISTRY: --registry: ${gone.host}/x/\\S+: .*connection refused.*Is the registry there`),
    );
  });

  it("is no value of the wrong form: that is said before set-up", async () => {
    const { status, said } = await release(["--registry", "https://ghcr.io/x"]);
    expect([status, said]).toEqual([
      2,
      expect.stringMatching(/RELEASE_OPTION: --registry https:\/\/ghcr\.io\/x: HOST/),
    ]);
  });

  it("lets in who logs in, and nobody else; the password is in no line and in no file that stays", async () => {
    // htpasswd's line for the password "s3cret-word".
    const line = "releaser:$2b$05$PPQgoE4khEpJvKWrgDrgleraUfAbF71uSOwfDKO/yMIzRG5Mc.QCW";
    const closed = await startTestRegistry(paths, { logins: `${line}\n` });
    const options = ["--registry", `${closed.host}/x`, "--plain-http"];
    try {
      const nobody = await release(options);
      expect(nobody).toMatchObject({ status: 1, said: expect.stringMatching(/RELEASE_REGISTRY: .*docker login/) });
      const wrong = await release([...options, "--username", "releaser"], "wrong-word\n");
      expect(wrong).toMatchObject({ status: 1, said: expect.stringMatching(/RELEASE_REGISTRY: .*docker login/) });
      const right = await release([...options, "--username", "releaser"], "s3cret-word\n");
      expect(right.status).toBe(0);
      expect(wrong.said + right.said).not.toMatch(/s3cret-word|wrong-word/);
    } finally {
      await closed.end();
    }
  });
});
