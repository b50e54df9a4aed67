/** The definitions and samples in crds/, read for tests. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";

const crds = join(import.meta.dirname, "../../../crds");

// biome-ignore lint/suspicious/noExplicitAny: a definition is data of any shape
export type Data = any;

const yamlIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith(".yaml"))
    .sort()
    .map((file) => join(folder, file));

export const definitionFiles = yamlIn(crds);
export const definitions: Data[] = definitionFiles.map((file) => parse(readFileSync(file, "utf8")));
export const sampleFiles = yamlIn(join(crds, "samples"));

/** All documents of all samples, with their file's name. */
export const samples: { file: string; document: Data }[] = sampleFiles.flatMap((file) =>
  parseAllDocuments(readFileSync(file, "utf8")).map((doc) => ({
    file: file.slice(crds.length + 1),
    document: doc.toJS(),
  })),
);
