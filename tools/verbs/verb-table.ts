/** The verbs of package.json's scripts: what each needs of set-up, how long it may take, what it runs. */
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { repository } from "../setup/artifacts.ts";
import { generate } from "./generated-files.ts";
import { releaseVerb } from "./release-verb.ts";
import { testVerb } from "./test-verb.ts";
import { everything, node, prepare, tool, type Verb, type VerbContext } from "./verb.ts";

export const verbs: Record<string, Verb> = {
  setup: { minutes: 60, run: setup },
  test: { minutes: 85, run: testVerb },
  demo: { minutes: 60, run: program("e2e/demo/main.ts") },
  bench: { minutes: 60, run: program("e2e/bench/main.ts") },
  conformance: { minutes: 75, run: program("e2e/conformance/main.ts") },
  lint: {
    minutes: 5,
    run: lint,
  },
  scale: { minutes: 40, run: program("e2e/scale/main.ts") },
  mutants: { minutes: 90, run: program("e2e/mutants/main.ts") },
  release: { minutes: 60, run: releaseVerb },
  generate: { minutes: 5, run: async (context) => status(generate(context, { inherit: true })) },
  clean: { minutes: 5, run: clean },
};

/** What biome finds, what knip finds (exports, files and dependencies that nobody uses), and what the repository's own checks find. */
async function lint(context: VerbContext): Promise<number> {
  const format = await status(tool(context, "biome", ["check", ...context.args], { inherit: true }));
  const unused = await status(tool(context, "knip", ["--no-config-hints"], { inherit: true }));
  return (await status(node(context, ["tools/checks/main.ts"], { inherit: true }))) || unused || format;
}

/** Everything, or the steps named. */
async function setup(context: VerbContext): Promise<number> {
  const wanted = context.args.length > 0 ? context.args : everything;
  return (await prepare(context, wanted)).size === 0 ? 0 : 1;
}

const status = async (ended: Promise<number | null>): Promise<number> => (await ended) ?? 1;

/** A verb that is a program of its own, run with everything set up and the terminal its own. */
function program(path: string): Verb["run"] {
  return async (context) => {
    if (!existsSync(join(repository, path))) {
      context.report.line(`${path} does not exist: this verb is not part of this version`);
      return 1;
    }
    if ((await prepare(context, everything)).size > 0) return 1;
    return status(node(context, [path, ...context.args], { inherit: true }));
  };
}

/** Removes what set-up made, pnpm aside: the next verb makes it again. */
async function clean(context: VerbContext): Promise<number> {
  const { cache, productImages } = context.artifacts;
  const made = [
    "apparmor",
    "apt",
    "bin",
    "go-bootstrap",
    "guest",
    "images",
    "kernel",
    "logs",
    "qemu",
    "scratch",
    "stamps",
  ];
  for (const name of made) await rm(join(cache, name), { recursive: true, force: true });
  for (const path of [productImages, join(repository, "native", "build")])
    await rm(path, { recursive: true, force: true });
  context.report.line(`removed ${made.join(", ")} below ${cache}, and the builds in the repository`);
  return 0;
}
