// The verbs of package.json's scripts: what each needs of set-up, how long it may take, what it runs.
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type Artifacts, repository } from "./artifacts.ts";
import type { Report } from "./report.ts";
import { setUp } from "./setup.ts";
import { steps } from "./steps/index.ts";
import type { Supervisor } from "./supervisor.ts";
import { generate } from "./test/generated.ts";
import { testVerb } from "./test/verb.ts";

export interface VerbContext {
  readonly artifacts: Artifacts;
  readonly supervisor: Supervisor;
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

const everything = steps.map(({ id }) => id);

export const verbs: Record<string, Verb> = {
  setup: { minutes: 60, run: async (context) => ((await prepared(context, everything)) ? 0 : 1) },
  test: { minutes: 75, run: testVerb },
  demo: { minutes: 60, run: program("e2e/demo/main.ts") },
  bench: { minutes: 60, run: program("e2e/bench/main.ts") },
  conformance: { minutes: 75, run: program("e2e/conformance/main.ts") },
  lint: { minutes: 5, run: (context) => tool(context, "biome", ["check", ...context.args, "."]) },
  generate: { minutes: 5, run: (context) => generate(context).then(() => 0) },
  clean: { minutes: 5, run: clean },
};

/** Sets up the steps; says in one line what could not be. */
async function prepared(context: VerbContext, wanted: readonly string[]): Promise<boolean> {
  const start = performance.now();
  const outcomes = [...(await setUp({ ...context, steps, wanted }))];
  const bad = outcomes.filter(([, { status }]) => status === "failed" || status === "blocked");
  const made = outcomes.filter(([, { status }]) => status === "done").length;
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  if (bad.length > 0) {
    const failed = bad.map(([id, outcome]) => (outcome.status === "blocked" ? `${id} (needs ${outcome.by})` : id));
    context.report.line(`set-up is not complete: ${failed.join(", ")}`);
    return false;
  }
  context.report.line(made === 0 ? `set-up is current (checked in ${seconds} s)` : `set-up complete, ${made} steps in ${seconds} s`);
  return true;
}

/** A verb that is a program of its own, run with everything set up and the terminal its own. */
function program(path: string): Verb["run"] {
  return async (context) => {
    if (!existsSync(join(repository, path))) {
      context.report.line(`${path} does not exist: this verb is not part of this version`);
      return 1;
    }
    if (!(await prepared(context, everything))) return 1;
    return nodeStatus(context, path, context.args);
  };
}

/** Runs a TypeScript file of the repository under this Node. Resolves to its status. */
export async function nodeStatus(context: VerbContext, path: string, args: readonly string[]): Promise<number> {
  const { supervisor, environment } = context;
  const status = await supervisor.status(process.execPath, [path, ...args], { cwd: repository, environment, inherit: true });
  return status ?? 1;
}

async function tool(context: VerbContext, name: string, args: readonly string[]): Promise<number> {
  const { supervisor, environment } = context;
  const path = join(repository, "node_modules", ".bin", name);
  return (await supervisor.status(path, args, { cwd: repository, environment, inherit: true })) ?? 1;
}

/** Removes what set-up made, pnpm aside: the next verb makes it again. */
async function clean(context: VerbContext): Promise<number> {
  const { cache, productImages } = context.artifacts;
  const made = ["apt", "bin", "go-bootstrap", "guest", "images", "kernel", "logs", "qemu", "scratch", "stamps"];
  for (const name of made) await rm(join(cache, name), { recursive: true, force: true });
  await rm(productImages, { recursive: true, force: true });
  await rm(join(repository, "native", "build"), { recursive: true, force: true });
  context.report.line(`removed ${made.join(", ")} below ${cache}, and the builds in the repository`);
  return 0;
}
