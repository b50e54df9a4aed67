/**
 * What the linter cannot check: imports between packages, the form of files, what documents say, words that were retired. Prints one line for each fault and ends with status 1 when
 * there is one. `--write` puts the current picture of the imports into docs/architecture.md instead.
 */
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { documentFaults, withPicture } from "./documents.ts";
import { fileFaults } from "./files.ts";
import { drawImports, importFaults, importsBetweenRooms } from "./imports.ts";
import { readRepository } from "./sources.ts";
import { wordFaults } from "./words.ts";

const repository = readRepository(dirname(dirname(import.meta.dirname)));
const imports = importsBetweenRooms(repository);
const picture = drawImports(imports);
if (process.argv.includes("--write")) {
  const file = "docs/architecture.md";
  writeFileSync(join(repository.root, file), withPicture(repository.text(file), picture));
} else {
  const faults = [
    ...importFaults(imports),
    ...fileFaults(repository),
    ...documentFaults(repository, picture),
    ...wordFaults(repository),
  ];
  for (const fault of faults) console.log(fault);
  process.exitCode = faults.length > 0 ? 1 : 0;
}
