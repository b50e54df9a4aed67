/** What `npm run release` is told: options read and checked, each fault with its field, its value and its remedy. */
import { parseArgs } from "node:util";
import { ReleaseError } from "../processes/errors.ts";

export interface ReleaseOptions {
  /** `HOST[:PORT]/PATH`: below it lies one repository for each image, and the chart's. */
  readonly registry: string;
  /** The registry's `HOST[:PORT]`. */
  readonly host: string;
  readonly version: string;
  readonly plainHttp: boolean;
  /** Tags may be taken from what they name now. */
  readonly force: boolean;
  /** Path of the private key to sign with. */
  readonly key: string | undefined;
  /** With it, the password comes from standard input. */
  readonly username: string | undefined;
  /** Path of a file to write what was pushed to. */
  readonly json: string | undefined;
}

export const releaseUsage = `npm run release -- --registry HOST/PATH [options]

  --registry HOST[:PORT]/PATH   where to push to: ghcr.io/example, registry.example.com:5000/security
  --version VERSION             of images and chart; default: the version in Chart.yaml
  --key FILE                    private key to sign with (PEM, ECDSA on P-256); without it nothing is signed
  --username NAME               log in with this name, and a password that is the first line of standard input;
                                default: what \`docker login\` or \`oras login\` has left in docker's config.json
  --plain-http                  no TLS; for a registry on this machine alone
  --force                       take a tag that is there already from what it names
  --json FILE                   write what was pushed to this file as well`;

const word = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
/** What Docker's and containerd's references take for a host rather than for the first part of a path has a dot or a port, or is localhost. */
const place = new RegExp(
  `^((?:localhost|(?=[^/]*[.:])[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::[0-9]{1,5})?)((?:/${word})+)$`,
);
/** SemVer without build metadata: a tag may have no plus sign. */
const semver = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/;

/** Throws a ReleaseError for what cannot be used. */
export function releaseOptions(args: readonly string[], chartVersion: string): ReleaseOptions {
  const given = parsed(args);
  const { registry, version = chartVersion, key, username, json } = given;
  if (registry === undefined) throw fault("--registry", "is not given", "say where to push to: HOST/PATH");
  const host = place.exec(registry)?.[1];
  if (host === undefined)
    throw fault(
      "--registry",
      registry,
      "HOST[:PORT]/PATH in lower case, without a scheme: registry.example.com/security",
    );
  if (!semver.test(version))
    throw fault("--version", version, "a version such as 1.2.3 or 1.2.3-rc.1, without a v or +");
  const plainHttp = given["plain-http"] ?? false;
  if (plainHttp && !isLoopback(host))
    throw fault(
      "--plain-http",
      `with ${host}`,
      "that registry is not on this machine: leave it out, and give the registry TLS",
    );
  return { registry, host, version, plainHttp, force: given.force ?? false, key, username, json };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        registry: { type: "string" },
        version: { type: "string" },
        key: { type: "string" },
        username: { type: "string" },
        json: { type: "string" },
        "plain-http": { type: "boolean" },
        force: { type: "boolean" },
      },
    }).values;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ReleaseError("RELEASE_OPTION", `${message}\n\n${releaseUsage}`, { cause: error });
  }
}

const fault = (field: string, value: string, remedy: string): ReleaseError =>
  new ReleaseError("RELEASE_OPTION", `${field} ${value}: ${remedy}`);

const isLoopback = (host: string): boolean => /^(localhost|127\.\d+\.\d+\.\d+)(:\d+)?$/.test(host);
