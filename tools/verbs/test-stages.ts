/** The stages of `npm test`, in order. A stage counts what it tested; it never throws for a failed test. */
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { repository } from "../setup/artifacts.ts";
import { staleFiles } from "./generated-files.ts";
import { add, type Counts, fromConformance, fromJest, one } from "./test-counts.ts";
import { node, tool, type VerbContext } from "./verb.ts";

export interface Stage {
  readonly id: string;
  readonly title: string;
  /** Set-up steps without which it cannot run. */
  readonly needs: readonly string[];
  run(stage: StageContext): Promise<Counts>;
}

interface StageContext extends VerbContext {
  /** A line of the stage's own on the terminal. */
  tell(text: string): void;
}

const cluster = [
  "go-tools",
  "go-promrules",
  "go-oci",
  "qemu",
  "guest-root",
  "native",
  "images-cluster",
  "images-fixtures",
  "images-product",
];
const checks = "tools/checks/main.ts";
/** Folders of cases: our own, and a shared one where there is one. */
const ownCases = join(repository, "e2e", "conformance");
const allCases = [ownCases, join(repository, "..", "shared", "corpus")].filter((f) => existsSync(join(f, "cases")));

export const stages: readonly Stage[] = [
  {
    id: "lint",
    title: "lint and format (biome), nothing unused (knip), and the repository's own checks",
    needs: [],
    run: async (c) => {
      const style = await command(c, "biome", ["check", "--colors=off"]);
      const unused = await command(c, "knip", ["--no-config-hints"]);
      return add(add(style, unused), await command(c, "node", [checks]));
    },
  },
  { id: "types", title: "types (tsc)", needs: [], run: (c) => command(c, "tsc", ["--noEmit", "-p", "tsconfig.json"]) },
  { id: "generated", title: "generated files are current", needs: [], run: generatedAreCurrent },
  {
    id: "packages",
    title: "packages: unit tests, and integration with real servers (jest)",
    needs: ["go-tools", "go-receivers", "go-oci", "native", "images-cluster", "images-product"],
    run: (context) => jest(context, ["--maxWorkers=2"], { not: ["e2e"] }),
  },
  {
    id: "e2e",
    title: "end to end in a real cluster (jest)",
    needs: cluster,
    run: (context) => jest(context, ["--maxWorkers=1"], { only: ["e2e"] }),
  },
  {
    id: "conformance",
    title: "conformance: our own cases, in one guest without Kubernetes",
    needs: cluster,
    run: (context) => conformance(context, "conformance", [ownCases], ["--target", "node", "--at-once", "6"]),
  },
  {
    id: "conformance-cluster",
    title: "conformance: a chosen tenth of the cases, in a real cluster",
    needs: cluster,
    run: (context) => conformance(context, "conformance-cluster", allCases, ["--target", "cluster", "--tenth"]),
  },
];

/** A tool that either finds nothing or says what it found: one test. */
async function command(context: StageContext, name: string, args: readonly string[]): Promise<Counts> {
  const lines: string[] = [];
  const status = await tool(context, name, args, { onLine: (line) => lines.push(line) });
  if (status !== 0) for (const line of lines.slice(-60)) context.tell(line);
  return one(status === 0);
}

async function generatedAreCurrent(context: StageContext): Promise<Counts> {
  const lines: string[] = [];
  try {
    const stale = await staleFiles(context, { onLine: (line) => lines.push(line) });
    for (const name of stale) context.tell(`${name} is not what its generator makes: npm run generate`);
    return one(stale.length === 0);
  } catch (error) {
    for (const line of [...lines.slice(-20), String(error)]) context.tell(line);
    return one(false);
  }
}

async function jest(
  context: StageContext,
  args: readonly string[],
  choice: { only?: string[]; not?: string[] },
): Promise<Counts> {
  const file = reportFile(context, `jest-${(choice.only ?? ["packages"]).join("-")}`);
  const projects = [
    ...(choice.only ? ["--selectProjects", ...choice.only] : []),
    ...(choice.not ? ["--ignoreProjects", ...choice.not] : []),
  ];
  const flags = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning"];
  const report = ["--json", `--outputFile=${file}`, "--passWithNoTests", "--forceExit"];
  const path = join("node_modules", "jest", "bin", "jest.js");
  const { artifacts } = context;
  const environment = {
    ...context.environment,
    PORTCULLIS_BIN: artifacts.bin,
    PORTCULLIS_NATS_SERVER: artifacts.program("nats-server"),
    FORCE_COLOR: "0",
  };
  const onLine = (line: string) => {
    if (line !== "" && !/^(Force exiting Jest|Test results written to)/.test(line)) context.tell(line);
  };
  await node(context, [...flags, path, ...report, ...projects, ...args], { environment, onLine });
  return fromJest(readFileSync(file, "utf8"));
}

async function conformance(
  context: StageContext,
  id: string,
  folders: readonly string[],
  options: readonly string[],
): Promise<Counts> {
  const file = reportFile(context, id);
  const onLine = (line: string) => context.tell(line);
  const corpora = folders.flatMap((folder) => ["--corpus", folder]);
  await node(context, ["e2e/conformance/main.ts", ...corpora, ...options, "--json", file], { onLine });
  return fromConformance(readFileSync(file, "utf8"));
}

/** Where a runner leaves its report; what an earlier run left there is gone. */
function reportFile(context: StageContext, name: string): string {
  const folder = join(context.artifacts.cache, "logs");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.json`);
  rmSync(file, { force: true });
  return file;
}
