/** Makes the command one file that needs nothing but Node 24: `pnpm --filter @portcullis/cli bundle` writes build/kubectl-portcullis. */
import { chmodSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "esbuild";

const folder = join(import.meta.dirname, "..");

/** Writes the command to `file`, executable. */
export async function bundle(file: string): Promise<void> {
  mkdirSync(dirname(file), { recursive: true });
  await build({
    absWorkingDir: folder,
    entryPoints: ["src/main.ts"],
    outfile: file,
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    keepNames: true,
    logLevel: "error",
    // Some dependencies are CommonJS and call require at run time: an ES module has none of its own.
    banner: {
      js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
    },
  });
  chmodSync(file, 0o755);
}

if (process.argv[1] === import.meta.filename) await bundle(join(folder, "build/kubectl-portcullis"));
