/** One JavaScript file of a package's program and everything it imports, and the list of packages that went into it. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { SetupError } from "../processes/errors.ts";
import { repository } from "../setup/artifacts.ts";
import type { Component } from "./oci/sbom.ts";

export interface SingleFile {
  readonly code: Buffer;
  readonly components: readonly Component[];
}

/** `entry`: path in the repository, e.g. "packages/controller/src/main.ts". */
export async function singleFile(entry: string): Promise<SingleFile> {
  if (!existsSync(join(repository, entry))) {
    throw new SetupError("SETUP_IMAGE_RECIPE", `${entry} does not exist: the image that runs it cannot be made`);
  }
  const result = await build({
    absWorkingDir: repository,
    entryPoints: [entry],
    outfile: "main.mjs",
    write: false,
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    keepNames: true,
    legalComments: "none",
    external: ["*.node"],
    logLevel: "silent",
    metafile: true,
    // Some dependencies are CommonJS and call require at run time: an ES module has none of its own.
    banner: {
      js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
    },
  });
  const components = new Map<string, Component>();
  for (const input of Object.keys(result.metafile.inputs)) {
    const component = packageOf(join(repository, input));
    if (component) components.set(component.purl, component);
  }
  return { code: Buffer.from(result.outputFiles[0]!.contents), components: [...components.values()] };
}

/** The package that a file belongs to. */
function packageOf(file: string): Component | undefined {
  for (let folder = dirname(file); folder.startsWith(repository); folder = dirname(folder)) {
    const manifest = join(folder, "package.json");
    if (!existsSync(manifest)) continue;
    const { name, version, license } = JSON.parse(readFileSync(manifest, "utf8")) as Record<string, string | undefined>;
    // Some packages carry nameless manifests in subfolders, only to say what kind of modules lie there.
    if (!name || !version) continue;
    const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
    return { name, version, purl, ...(typeof license === "string" && { license }) };
  }
  return undefined;
}
