/** The command: as a process of its own, or called in this one, which is quicker. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { run } from "../src/run.ts";

export const packageFolder = join(import.meta.dirname, "..");

export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `portcullis` with these arguments in the package's folder. */
export function portcullis(args: readonly string[]): Promise<Ended> {
  const main = join(packageFolder, "src/main.ts");
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], { cwd: packageFolder }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

/** The same in this process. `folder`: the one that it is called in. */
export async function called(args: readonly string[], folder = packageFolder): Promise<Ended> {
  const before = process.cwd();
  const printed = { stdout: "", stderr: "" };
  const output = {
    out: (text: string) => {
      printed.stdout += text;
    },
    err: (text: string) => {
      printed.stderr += text;
    },
  };
  process.chdir(folder);
  try {
    return { status: await run(args, output), ...printed };
  } finally {
    process.chdir(before);
  }
}
