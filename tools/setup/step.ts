/** What a step of set-up is, and what it is given to work with. */
import type { Writable } from "node:stream";
import type { Commands, RunOptions } from "../processes/commands.ts";
import type { Artifacts } from "./artifacts.ts";

export interface Step {
  readonly id: string;
  /** What it makes, for the line that announces it. */
  readonly title: string;
  readonly needs?: readonly string[];
  /** Expected seconds from cold on two cores. */
  readonly seconds: number;
  /** Disk it takes, caches of the tools it runs included. */
  readonly diskMiB?: number;
  /** Files and folders of the repository that its product depends on: this step's own source among them. */
  readonly inputs: readonly string[];
  /** Anything else the product depends on. */
  readonly key?: string;
  /** Its products lie in the repository, so that each clone has its own. */
  readonly perClone?: boolean;
  /** Files that must exist for the step to count as done. */
  outputs?(artifacts: Artifacts): readonly string[];
  /** For what lies on the machine rather than in the cache: asked instead of the stamp. */
  current?(context: StepContext): Promise<boolean>;
  run(context: StepContext): Promise<void>;
}

export interface StepContext {
  readonly artifacts: Artifacts;
  readonly commands: Commands;
  /** The step's log file. */
  readonly log: Writable;
  /** How far it is; shown from time to time. */
  progress(text: string): void;
  /** Does `work` at most once in this set-up, whichever steps ask for it. */
  once(name: string, work: () => Promise<string>): Promise<string>;
  /** Runs a command whose output goes to the log. Resolves to its standard output. */
  exec(command: string, args: readonly string[], options?: RunOptions): Promise<string>;
}

export type Outcome =
  | { readonly status: "current" }
  | { readonly status: "done"; readonly seconds: number }
  | { readonly status: "failed"; readonly seconds: number; readonly reason: string }
  | { readonly status: "blocked"; readonly by: string };
