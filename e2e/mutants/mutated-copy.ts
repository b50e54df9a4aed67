/**
 * A copy of the repository in which one fault at a time is tried: the quick tests of the native engine and the packer first, and only
 * what survives them in a guest.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Commands } from "@portcullis/tools/processes";
import { run } from "../cluster/index.ts";
import type { Fault } from "./faults.ts";

export type Tried =
  | { readonly kind: "noticed"; readonly by: string }
  /** It is no program: another is drawn in its place. */
  | { readonly kind: "does not compile" }
  | { readonly kind: "survived" };

/** Tests that need no guest, the quickest and most telling first. */
const quick = "rule-table|layout|abi.test|kernel-verdicts|golden.test|kinds.test";
const jest = ["--disable-warning=ExperimentalWarning", "--experimental-vm-modules", "node_modules/jest/bin/jest.js"];

export class MutatedCopy {
  readonly #commands: Commands;
  readonly #path: string;

  private constructor(path: string, signal: AbortSignal) {
    this.#path = path;
    this.#commands = new Commands(signal);
  }

  /** Copies what git knows of `repository`, as it is now, and builds it. */
  static async make(repository: string, path: string, signal: AbortSignal): Promise<MutatedCopy> {
    const copy = new MutatedCopy(path, signal);
    rmSync(path, { recursive: true, force: true });
    const listed = await run("git", ["-C", repository, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    for (const file of listed.split("\0").filter((name) => name !== "")) {
      mkdirSync(dirname(join(path, file)), { recursive: true });
      cpSync(join(repository, file), join(path, file));
    }
    await copy.#linkPackages(repository);
    cpSync(join(repository, "native", "build"), join(path, "native", "build"), { recursive: true });
    return copy;
  }

  /** Dependencies are those of the repository; the packages of the repository itself are those of the copy. */
  async #linkPackages(repository: string): Promise<void> {
    const folders = await run("git", ["-C", repository, "ls-files", "**/package.json", "package.json"]);
    for (const file of folders.trim().split("\n")) {
      const from = join(repository, dirname(file), "node_modules");
      if (!existsSync(from)) continue;
      const to = join(this.#path, dirname(file), "node_modules");
      mkdirSync(to, { recursive: true });
      const names = readdirSync(from).filter((name) => name !== ".pnpm");
      await run("cp", ["-a", ...names.map((name) => join(from, name)), to]);
    }
    symlinkSync(join(repository, "node_modules", ".pnpm"), join(this.#path, "node_modules", ".pnpm"));
  }

  /** Tries one fault and takes it back. */
  async try(fault: Fault, withGuest: boolean): Promise<Tried> {
    const file = join(this.#path, fault.file);
    const text = readFileSync(file, "utf8");
    const lines = text.split("\n");
    lines[fault.line - 1] = fault.after;
    writeFileSync(file, lines.join("\n"));
    try {
      if (!(await this.#passes(["native/build.mjs", "--tests"], 2))) return { kind: "does not compile" };
      const projects = ["--selectProjects", "native", "enforcer", "--testPathPatterns", quick, "--bail"];
      if (!(await this.#passes([...jest, ...projects], 5))) return { kind: "noticed", by: "quick tests" };
      if (!withGuest) return { kind: "survived" };
      if (!(await this.#passes(["native/build.mjs"], 3))) return { kind: "does not compile" };
      const guest = ["--selectProjects", "e2e", "--testPathPatterns", "tests/engine", "-t", "kernel 6.12", "--bail"];
      return (await this.#passes([...jest, ...guest], 6)) ? { kind: "survived" } : { kind: "noticed", by: "guest" };
    } finally {
      writeFileSync(file, text);
    }
  }

  async #passes(args: readonly string[], minutes: number): Promise<boolean> {
    const settings = { cwd: this.#path, timeoutMs: minutes * 60_000, leashed: true };
    return this.#commands.text(process.execPath, args, settings).then(
      () => true,
      () => false,
    );
  }

  remove(): void {
    rmSync(this.#path, { recursive: true, force: true });
  }
}
