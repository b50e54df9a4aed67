/**
 * What is said of an image or a chart as in-toto statements: its bill of materials, and its provenance in the form of SLSA 1. Neither has a time in it, so the
 * same commit says the same.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Commands } from "../processes/commands.ts";
import { CommandError } from "../processes/errors.ts";
import { repository } from "../setup/artifacts.ts";

export interface Subject {
  /** Its repository in the registry. */
  readonly name: string;
  readonly digest: string;
}

/** SLSA's resource descriptor: at least one of these. */
interface Resource {
  readonly name?: string;
  readonly uri?: string;
  readonly digest?: Readonly<Record<string, string>>;
}

/** What everything in the repository is made from. */
export interface Source {
  /** Absent where the tree is no clone. */
  readonly commit?: string;
  /** The tree differs from that commit; undefined: nobody knows. */
  readonly isChanged: boolean | undefined;
  readonly pins: readonly Resource[];
}

export const predicates = {
  provenance: "https://slsa.dev/provenance/v1",
  sbom: "https://spdx.dev/Document",
} as const;

/** The files that pin what is not in the repository. */
const pinning = [
  "pnpm-lock.yaml",
  ...["go", "oci"].flatMap((module) => [`tools/setup/${module}/go.mod`, `tools/setup/${module}/go.sum`]),
  "tools/setup/versions.json",
];

export async function sourceOf(commands: Commands): Promise<Source> {
  const git = (...args: string[]) => commands.text("git", ["-C", repository, ...args]);
  const pins = pinning.map((path) => ({
    name: path,
    digest: { sha256: sha256(readFileSync(join(repository, path))) },
  }));
  try {
    const commit = (await git("rev-parse", "HEAD")).trim();
    return { commit, isChanged: (await git("status", "--porcelain")).trim() !== "", pins };
  } catch (error) {
    // No clone, or one that git does not read for this user: what is not known is not said.
    if (!(error instanceof CommandError)) throw error;
    return { isChanged: undefined, pins };
  }
}

/** Of what a subject was made, and by what. */
export function provenance(subject: Subject, version: string, source: Source, sbom?: SpdxDocument): Buffer {
  const { commit, isChanged, pins } = source;
  const commits = commit === undefined ? [] : [{ name: "portcullis", digest: { gitCommit: commit } }];
  const components = (sbom?.packages ?? []).flatMap(({ externalRefs }) =>
    externalRefs.map(({ referenceLocator }) => ({ uri: referenceLocator })),
  );
  return statement(subject, predicates.provenance, {
    buildDefinition: {
      buildType: `https://portcullis.dev/build/${sbom ? "image" : "chart"}/v1`,
      externalParameters: { name: subject.name, version },
      internalParameters: isChanged === undefined ? {} : { uncommittedChanges: isChanged },
      resolvedDependencies: [...commits, ...pins, ...components],
    },
    runDetails: { builder: { id: "https://portcullis.dev/npm-run-release", version: { node: process.versions.node } } },
  });
}

export interface SpdxDocument {
  readonly packages: readonly {
    readonly name: string;
    readonly licenseDeclared: string;
    readonly externalRefs: readonly { readonly referenceLocator: string }[];
  }[];
}

export const sbomStatement = (subject: Subject, sbom: SpdxDocument): Buffer =>
  statement(subject, predicates.sbom, sbom);

function statement({ name, digest }: Subject, predicateType: string, predicate: unknown): Buffer {
  const subject = [{ name, digest: { sha256: digest.replace(/^sha256:/, "") } }];
  return Buffer.from(JSON.stringify({ _type: "https://in-toto.io/Statement/v1", subject, predicateType, predicate }));
}

const sha256 = (data: Buffer): string => createHash("sha256").update(data).digest("hex");
