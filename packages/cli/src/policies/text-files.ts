/** The files that a command line names: files as they are, folders with every YAML file below them, - for the standard input. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { FileUnreadableError } from "../errors.ts";

export interface TextFile {
  /** As the user wrote it, or below the folder that the user wrote. */
  readonly file: string;
  readonly text: string;
}

/** What stands for the standard input. */
const standardInput = "-";

/** Reads them, sorted within each folder, each once. Throws FileUnreadableError. */
export function readTextFiles(paths: readonly string[]): TextFile[] {
  const names = [...new Set(paths.flatMap(filesOf))];
  return names.map((file) => ({
    file,
    text: reading(file, () => readFileSync(file === standardInput ? process.stdin.fd : file, "utf8")),
  }));
}

function filesOf(path: string): string[] {
  if (path === standardInput) return [path];
  if (!reading(path, () => statSync(path)).isDirectory()) return [path];
  const names = reading(path, () => readdirSync(path, { recursive: true, withFileTypes: true }));
  const files = names.filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name));
  return files.map((entry) => join(entry.parentPath, entry.name)).sort();
}

function reading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new FileUnreadableError(`${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
