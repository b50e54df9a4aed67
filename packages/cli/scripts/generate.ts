/**
 * Generates the schemas of the policies, as the definitions in crds/ have them: `pnpm --filter @portcullis/cli generate`. The
 * command has them inside, so that it needs neither a cluster nor the definitions beside it.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

const definitionDirectory = join(import.meta.dirname, "../../../crds");
export const generatedFile = join(import.meta.dirname, "../src/generated/schemas.ts");

/** The text of the generated file. */
export function schemas(): string {
  const files = readdirSync(definitionDirectory).filter((file) => file.endsWith(".yaml"));
  const definitions = files.sort().map((file) => parse(readFileSync(join(definitionDirectory, file), "utf8")));
  const lines = definitions.map(({ spec }) => {
    const { spec: schema } = spec.versions[0].schema.openAPIV3Schema.properties;
    return `  ${spec.names.kind}: ${JSON.stringify(schema)},`;
  });
  const type = "Readonly<Record<PolicyKind, Readonly<Record<string, unknown>>>>";
  return [
    "// Generated from the definitions in crds/; do not edit.",
    'import type { PolicyKind } from "@portcullis/api";',
    "",
    "/** The schema of each kind's spec. */",
    `export const specSchemas: ${type} = {`,
    ...lines,
    "};",
    "",
  ].join("\n");
}

if (process.argv[1] === import.meta.filename) writeFileSync(generatedFile, schemas());
