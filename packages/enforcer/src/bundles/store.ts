/**
 * The last good bundle and its rule sets on disk, so that an enforcer that starts without the bus binds at once:
 *
 *     <dir>/bundle              the encoded bundle as it came, with its signature
 *     <dir>/rulesets/<hex>      encoded rule sets, named by their digest
 *
 * Rule sets are written before the bundle that needs them. What is read is verified again; what does not verify is
 * reported and left out. Rule sets that nobody refers to are removed.
 */

import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { RuleSet } from "@portcullis/model";
import { messageOf, StateUnreadableError } from "../errors.ts";
import { readIfPresent, removeIfPresent, writeAtomically } from "../files.ts";
import { type AcceptedBundle, type BundleReader, digestsOf, verifyBundle, verifyRuleSet } from "./verification.ts";

export class BundleStore {
  readonly #bundlePath: string;
  readonly #ruleSetDir: string;

  constructor(dir: string) {
    this.#bundlePath = join(dir, "bundle");
    this.#ruleSetDir = join(dir, "rulesets");
  }

  /** What was in force, or undefined when nothing was kept. Throws StateUnreadableError when what was kept does not verify. */
  async load(reader: BundleReader): Promise<AcceptedBundle | undefined> {
    const bytes = await readIfPresent(this.#bundlePath);
    if (!bytes) return undefined;
    try {
      const bundle = verifyBundle(bytes, reader)!;
      const ruleSets = new Map<string, RuleSet>();
      for (const digest of digestsOf(bundle)) {
        const ruleSet = await this.ruleSet(digest);
        if (!ruleSet) throw new StateUnreadableError(`rule set ${digest} of the kept bundle is missing`);
        ruleSets.set(digest, ruleSet);
      }
      return { bundle, bytes, ruleSets };
    } catch (error) {
      throw new StateUnreadableError(`the kept bundle ${this.#bundlePath} is not used: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  /** A kept rule set, or undefined when it is not kept or does not verify. */
  async ruleSet(digest: string): Promise<RuleSet | undefined> {
    const bytes = await readIfPresent(this.pathOf(digest));
    if (!bytes) return undefined;
    try {
      return verifyRuleSet(digest, bytes);
    } catch {
      await removeIfPresent(this.pathOf(digest)); // damaged: it will be fetched again
      return undefined;
    }
  }

  async keepRuleSet(digest: string, bytes: Uint8Array): Promise<void> {
    await writeAtomically(this.pathOf(digest), bytes);
  }

  async keepBundle(bytes: Uint8Array): Promise<void> {
    await writeAtomically(this.#bundlePath, bytes);
  }

  /** Removes rule sets whose digest is not in `needed`. */
  async prune(needed: ReadonlySet<string>): Promise<void> {
    await mkdir(this.#ruleSetDir, { recursive: true, mode: 0o700 });
    const names = new Set([...needed].map(fileName));
    for (const name of await readdir(this.#ruleSetDir)) {
      if (!names.has(name)) await removeIfPresent(join(this.#ruleSetDir, name));
    }
  }

  /** The file of a rule set. */
  pathOf(digest: string): string {
    return join(this.#ruleSetDir, fileName(digest));
  }
}

/** `sha256:<hex>` → `<hex>`. What is not a digest becomes a name that cannot leave the directory. */
function fileName(digest: string): string {
  return digest.replace(/^sha256:/, "").replaceAll(/[^0-9a-f]/g, "_");
}
