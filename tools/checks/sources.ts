/**
 * The repository as the checks see it: files that git tracks, their text, and the room each belongs to. A room is a package, or one of
 * the parts that `tools` and `e2e` consist of.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Repository {
  readonly root: string;
  /** Paths from the root, sorted: what git tracks, and new files that it does not ignore. */
  readonly files: readonly string[];
  text(file: string): string;
}

export function readRepository(root: string): Repository {
  const listing = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: root });
  const files = [...new Set(listing.toString("utf8").split("\n"))].filter(
    (file) => file !== "" && existsSync(join(root, file)),
  );
  const texts = new Map<string, string>();
  return {
    root,
    files: files.sort(),
    text(file) {
      const known = texts.get(file) ?? readFileSync(join(root, file), "utf8");
      texts.set(file, known);
      return known;
    },
  };
}

/** Made by a generator: not held to what people write. */
export const isGenerated = (file: string): boolean => /(^|\/)generated\//.test(file);

/** Files that are written in TypeScript or JavaScript. */
export const isScript = (file: string): boolean => /\.(ts|mts|mjs|js)$/.test(file) && !isGenerated(file);

/** Tests and what only tests use. */
export const isTest = (file: string): boolean => /(^|\/)tests?\/|\.test\.ts$/.test(file);

/** `policy`, `native`, `tools/setup`, `e2e/cluster` …; undefined: a file that belongs to no room, such as the root's settings. */
export function roomOf(file: string): string | undefined {
  const [first, second, third] = file.split("/");
  if (first === "packages") return second;
  if (first === "native") return "native";
  if (first !== "tools" && first !== "e2e") return undefined;
  return third === undefined ? first : `${first}/${second}`;
}
