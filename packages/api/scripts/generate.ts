/**
 * Generates, from the definitions in crds/, the TypeScript types of the custom resources and the admission policies that refuse
 * unknown keys: `pnpm --filter @portcullis/api generate`.
 *
 * The fluent client's `crd` command does the work. Its output is then made to fit: enums become unions (Node strips types, it
 * does not compile), `Date` becomes `string` (JSON has no dates), index signatures go, and metadata gets its type.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import { admissionPolicies } from "./admission.ts";

const here = import.meta.dirname;
export const crdDirectory = join(here, "../../../crds");
export const generatedDirectory = join(here, "../src/generated");
export const admissionFile = join(crdDirectory, "admission/unknown-fields.yaml");

/** What the generator writes, in the form the project uses. Throws if an enum or an any is left. */
export function erasable(source: string, definition: string): string {
  const unions = source.replace(/export enum (\w+) \{\n([\s\S]*?)\n\}/g, (_all, name: string, body: string) => {
    const values = [...body.matchAll(/=\s*("[^"]*")/g)].map((m) => m[1]);
    return `export type ${name} = ${values.join(" | ")};`;
  });
  const text = unions
    .replace(/\bDate\b/g, "string")
    .replace(/\bany\[\]/g, "(number | string)[]") // x-kubernetes-int-or-string, which the generator does not know
    .replace(/^ *\[property: string\]: any;\n/gm, "")
    .replace(/metadata\?:( *)\{ \[key: string\]: any \};/, "metadata?:$1ObjectMeta;")
    .trim();
  if (/\b(enum|any)\b(?=[ ;])/.test(text.replace(/\/\*\*[\s\S]*?\*\//g, "")))
    throw new Error(`types of ${definition}: an enum or an any is left after the post-step`);
  const imports = text.includes("ObjectMeta") ? 'import type { ObjectMeta } from "../meta.ts";\n\n' : "";
  return `// Generated from crds/${definition}; do not edit.\n${imports}${text}\n`;
}

/** The admission policies that go with the definitions. */
export async function admission(): Promise<string> {
  const definitions = (await readdir(crdDirectory)).filter((f) => f.endsWith(".yaml")).sort();
  return admissionPolicies(
    await Promise.all(definitions.map(async (f) => parse(await readFile(join(crdDirectory, f), "utf8")))),
  );
}

/** Generates the types of every kind into `to`, one file each. */
export async function generate(to: string): Promise<void> {
  const cli = join(dirname(createRequire(import.meta.url).resolve("kubernetes-fluent-client")), "cli.js");
  const run = promisify(execFile);
  const definitions = (await readdir(crdDirectory)).filter((f) => f.endsWith(".yaml")).sort();
  await mkdir(to, { recursive: true });
  for (const definition of definitions) {
    const scratch = await mkdtemp(join(tmpdir(), "crd-types-"));
    try {
      await run(process.execPath, [cli, "crd", join(crdDirectory, definition), scratch, "--plain", "--noPost"]);
      for (const file of await readdir(scratch)) {
        const text = erasable(await readFile(join(scratch, file), "utf8"), basename(definition));
        await writeFile(join(to, file.replace(/-v1\.ts$/, ".ts")), text);
      }
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }
}

if (process.argv[1] === import.meta.filename) {
  await generate(generatedDirectory);
  await mkdir(dirname(admissionFile), { recursive: true });
  await writeFile(admissionFile, await admission());
}
