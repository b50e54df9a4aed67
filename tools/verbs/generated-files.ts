/**
 * Generated files: made anew by each package's own `generate` script, and the check that what is committed is what
 * they make.
 */
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { RunOptions } from "../processes/commands.ts";
import { repository } from "../setup/artifacts.ts";
import { tool, type VerbContext } from "./verb.ts";

/** Runs every package's generate script. Resolves to the status. */
export function generate(context: VerbContext, options: RunOptions = {}): Promise<number | null> {
  return tool(context, "pnpm", ["--recursive", "--if-present", "run", "generate"], options);
}

/** Names of the generated files that are not what the generators make; they are put back as they were. */
export async function staleFiles(context: VerbContext, options: RunOptions): Promise<readonly string[]> {
  const before = generatedFiles();
  const status = await generate(context, options);
  const after = generatedFiles();
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  const stale = names.filter((name) => !same(before.get(name), after.get(name)));
  for (const name of stale) {
    const old = before.get(name);
    if (old) writeFileSync(name, old);
    else rmSync(name);
  }
  if (status !== 0) throw new Error(`a generator ended with status ${status}`);
  return stale.map((name) => relative(repository, name));
}

const same = (a: Buffer | undefined, b: Buffer | undefined): boolean =>
  a !== undefined && b !== undefined && a.equals(b);

/** Documents with a part that is made by a generator. */
const partlyGenerated = ["docs/architecture.md"];

/** Contents of all files that a generator makes, by path: those below a folder called `generated`, and some documents. */
function generatedFiles(): ReadonlyMap<string, Buffer> {
  const documents = partlyGenerated.map((path) => join(repository, path));
  const found = new Map(documents.map((path) => [path, readFileSync(path)]));
  const visit = (folder: string, inside: boolean): void => {
    for (const name of readdirSync(folder)) {
      if (name === "node_modules" || name.startsWith(".") || name === "build") continue;
      const path = join(folder, name);
      if (statSync(path).isDirectory()) visit(path, inside || name === "generated");
      else if (inside) found.set(path, readFileSync(path));
    }
  };
  for (const folder of ["packages", "native", "charts"]) visit(join(repository, folder), false);
  return found;
}
