/**
 * The registry, by way of ORAS: what a tag names, images copied from their layouts with their digests unchanged, and manifests of our own. Each failure
 * says which registry it was, what it answered and what to do.
 */
import { createHash } from "node:crypto";
import type { Commands, RunOptions } from "../processes/commands.ts";
import { CommandError, messageOf, ReleaseError } from "../processes/errors.ts";

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Manifest {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

export const manifestType = "application/vnd.oci.image.manifest.v1+json";

interface RegistryOptions {
  readonly commands: Commands;
  /** Paths of the programs. */
  readonly oras: string;
  readonly helm: string;
  readonly plainHttp: boolean;
  /** Docker's config.json, or one in its format: logins. It need not exist. */
  readonly config: string;
}

/** Long enough for an image over a slow line. */
const timeoutMs = 15 * 60_000;

export class Registry {
  readonly #options: RegistryOptions;

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  /** Leaves the login in the config. The password goes to ORAS by standard input, as it came to us. */
  async login(host: string, username: string, password: string): Promise<void> {
    await this.#oras(host, ["login", host, "--username", username, "--password-stdin"], { input: password });
  }

  /** The descriptor of what a tag or digest names; undefined where there is nothing. */
  async find(reference: string): Promise<Descriptor | undefined> {
    const found = await this.#found(reference, ["manifest", "fetch", "--descriptor", reference]);
    return found && (JSON.parse(found.toString("utf8")) as Descriptor);
  }

  async manifest(reference: string): Promise<Manifest | undefined> {
    const found = await this.#found(reference, ["manifest", "fetch", reference]);
    return found && (JSON.parse(found.toString("utf8")) as Manifest);
  }

  blob(repository: string, digest: string): Promise<Buffer> {
    const reference = `${repository}@${digest}`;
    return this.#oras(reference, ["blob", "fetch", "--output", "-", reference]);
  }

  /** The digest of the image in a layout's tar. */
  async digestInLayout(tar: string, tag: string): Promise<string> {
    const { commands, oras } = this.#options;
    return (await commands.text(oras, ["resolve", "--oci-layout", `${tar}:${tag}`])).trim();
  }

  /** Pushes the image of a layout's tar as it is; what the registry has already is not sent. */
  async copyImage(tar: string, digest: string, reference: string): Promise<void> {
    const { oras, commands } = this.#options;
    const flags = this.#flags.map((flag) => flag.replace(/^--/, "--to-"));
    const args = ["cp", "--no-tty", ...flags, "--from-oci-layout", `${tar}@${digest}`, reference];
    await this.#asked(reference, () => commands.bytes(oras, args, { timeoutMs }));
  }

  /** Pushes a manifest and the blobs that it names; `tag` absent: it is known by its digest alone. Returns its digest. */
  async push(repository: string, manifest: Manifest, blobs: readonly Buffer[], tag?: string): Promise<string> {
    for (const blob of blobs) {
      const reference = `${repository}@${digestOf(blob)}`;
      await this.#oras(reference, ["blob", "push", "--no-tty", "--size", String(blob.length), reference, "-"], {
        input: blob,
      });
    }
    const bytes = Buffer.from(JSON.stringify(manifest));
    const digest = digestOf(bytes);
    const reference = tag === undefined ? `${repository}@${digest}` : `${repository}:${tag}`;
    await this.#oras(reference, ["manifest", "push", "--media-type", manifestType, reference, "-"], { input: bytes });
    return digest;
  }

  /** Pushes a packaged chart to `<registry>/<its name>:<its version>`. */
  async pushChart(archive: string, registry: string): Promise<void> {
    const { helm, commands } = this.#options;
    const args = ["push", archive, `oci://${registry}`, ...this.#flags];
    // The manifest has the archive's time in it, in the zone of whoever runs helm.
    const environment = { ...process.env, TZ: "UTC" };
    await this.#asked(registry, () => commands.bytes(helm, args, { timeoutMs, environment }));
  }

  get #flags(): readonly string[] {
    const { config, plainHttp } = this.#options;
    return ["--registry-config", config, ...(plainHttp ? ["--plain-http"] : [])];
  }

  #oras(reference: string, args: readonly string[], options: RunOptions = {}): Promise<Buffer> {
    const { commands, oras } = this.#options;
    return this.#asked(reference, () => commands.bytes(oras, [...args, ...this.#flags], { timeoutMs, ...options }));
  }

  async #found(reference: string, args: readonly string[]): Promise<Buffer | undefined> {
    try {
      return await this.#oras(reference, args);
    } catch (error) {
      if (error instanceof ReleaseError && /: not found$/.test(messageOf(error.cause))) return undefined;
      throw error;
    }
  }

  async #asked<T>(reference: string, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      const said = [...error.tail].join(" ").trim() || error.message;
      throw new ReleaseError("RELEASE_REGISTRY", `--registry: ${reference}: ${said}. ${remedyFor(said)}`, {
        cause: new Error(said, { cause: error }),
      });
    }
  }
}

/** What ORAS and helm say of the usual failures, and what to do about each. */
function remedyFor(said: string): string {
  if (/HTTP response to HTTPS client/.test(said))
    return "The registry speaks no TLS: on this machine, add --plain-http";
  if (/unauthorized|denied|forbidden|\b40[13]\b|basic credential/i.test(said))
    return "Log in with `docker login`, or give --username and the password on standard input; the user has to be allowed to push";
  if (/x509|certificate/.test(said)) return "Give the registry a certificate that this machine trusts";
  return "Is the registry there, and is its name right? Then run the command again: what was pushed is not pushed twice";
}

export const digestOf = (data: Buffer): string => `sha256:${createHash("sha256").update(data).digest("hex")}`;

/** How a manifest names a blob, or another manifest. */
export const describe = (mediaType: string, data: Buffer, annotations?: Descriptor["annotations"]): Descriptor => ({
  mediaType,
  digest: digestOf(data),
  size: data.length,
  ...(annotations && { annotations }),
});
