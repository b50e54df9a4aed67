/** Whether the product of a step is current: a hash over everything it is made of, kept beside the products. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const skipped = new Set(["node_modules", "build", ".git", ".output", "README.md"]);

/**
 * Inputs that were moved, and where they were before. They are hashed under their former names, so that a cache that was made before
 * the move stays good: compiling all of Kubernetes again takes eight minutes.
 */
const formerly: readonly (readonly [now: string, before: string])[] = [
  ["tools/setup/go/", "e2e/bootstrap/go/"],
  ["tools/setup/versions.json", "e2e/bootstrap/versions.json"],
];

/** Every file at or below `path` that a product may depend on, sorted: tests are none. What does not exist has no files. */
export function filesBelow(path: string): readonly string[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return [];
  if (!stat.isDirectory()) return [path];
  const names = readdirSync(path).filter((name) => !skipped.has(name) && !name.endsWith(".test.ts"));
  return names.sort().flatMap((name) => filesBelow(join(path, name)));
}

/** Hash of strings and of the contents of files and folders below `base`, names included. */
export function fingerprint(base: string, strings: readonly string[], paths: readonly string[]): string {
  const hash = createHash("sha256").update(JSON.stringify(strings));
  for (const file of paths.flatMap((path) => filesBelow(join(base, path)))) {
    const data = readFileSync(file);
    hash.update(`\0${nameOf(relative(base, file))}\0${data.length}\0`).update(data);
  }
  return hash.digest("hex");
}

function nameOf(path: string): string {
  const moved = formerly.find(([now]) => path.startsWith(now));
  return moved ? moved[1] + path.slice(moved[0].length) : path;
}

/** The stamps of one cache. */
export class Stamps {
  readonly #folder: string;
  constructor(cache: string) {
    this.#folder = join(cache, "stamps");
  }

  /** Is `key` what was last noted for `id`, and is everything still there? */
  current(id: string, key: string, outputs: readonly string[]): boolean {
    const file = this.#file(id);
    return existsSync(file) && readFileSync(file, "utf8") === key && outputs.every((path) => existsSync(path));
  }

  note(id: string, key: string): void {
    const file = this.#file(id);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, key);
  }

  /** To be called before the product is touched: a step that was cut short is not current. */
  clear(id: string): void {
    rmSync(this.#file(id), { force: true });
  }

  #file(id: string): string {
    return join(this.#folder, id.replaceAll("/", "-"));
  }
}
