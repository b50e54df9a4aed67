/** What a verb is, what it is given, and what several of them do: set up first, then run a program of the repository. */
import { delimiter, join } from "node:path";
import type { Commands, RunOptions } from "../processes/commands.ts";
import { type Artifacts, repository } from "../setup/artifacts.ts";
import type { Report } from "../setup/report.ts";
import { setUp } from "../setup/setup.ts";
import type { Outcome } from "../setup/step.ts";
import { steps } from "./step-table.ts";

export interface VerbContext {
  readonly artifacts: Artifacts;
  readonly commands: Commands;
  readonly report: Report;
  /** For everything the verb starts. */
  readonly environment: NodeJS.ProcessEnv;
  readonly args: readonly string[];
}

export interface Verb {
  /** Time limit: a hang ends by itself. */
  readonly minutes: number;
  /** Resolves to the exit status. */
  run(context: VerbContext): Promise<number>;
}

export const everything: readonly string[] = steps.map(({ id }) => id);

/** Sets up the steps named; says in one line how that went. Resolves to what failed or could not begin. */
export async function prepare(context: VerbContext, wanted: readonly string[]): Promise<ReadonlyMap<string, Outcome>> {
  const start = performance.now();
  const outcomes = [...(await setUp({ ...context, steps, wanted }))];
  const bad = outcomes.filter(([, { status }]) => status === "failed" || status === "blocked");
  const made = outcomes.filter(([, { status }]) => status === "done").length;
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const names = bad.map(([id, outcome]) => (outcome.status === "blocked" ? `${id} (needs ${outcome.by})` : id));
  if (bad.length > 0) context.report.line(`set-up is not complete: ${names.join(", ")}`);
  else if (made === 0) context.report.line(`set-up is current (checked in ${seconds} s)`);
  else context.report.line(`set-up complete, ${made} steps in ${seconds} s`);
  return new Map(bad);
}

/**
 * Runs a program of node_modules/.bin in the repository's root. Resolves to its status, null when a signal ended it.
 */
export function tool(context: VerbContext, name: string, args: readonly string[], options: RunOptions = {}) {
  const bin = join(repository, "node_modules", ".bin");
  const environment = { ...context.environment, PATH: `${bin}${delimiter}${process.env.PATH}` };
  const command = name === "pnpm" ? name : join(bin, name);
  return context.commands.status(command, args, { cwd: repository, environment, ...options });
}

/** Runs a TypeScript or JavaScript file of the repository under this Node. */
export function node(context: VerbContext, args: readonly string[], options: RunOptions = {}): Promise<number | null> {
  const { commands, environment } = context;
  return commands.status(process.execPath, args, { cwd: repository, environment, ...options });
}
