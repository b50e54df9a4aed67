/**
 * `npm run conformance -- [--target cluster|node] [--corpus DIR]… [--tenth] [--feature NAME]… [--case ID]… [--json FILE] [--nodes N] [--at-once N]`:
 * runs folders in the corpus format (default: this one) on a target and prints a table. Status 1 if a case failed.
 */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { configKeys, postureAnnotations, visibilityAnnotation } from "@portcullis/api";
import { artifacts, cacheDirectory } from "@portcullis/tools/setup";
import { fixtureImages, imagePath, imageReference, type TestImage } from "../fixtures/fixture-images.ts";
import { type Case, loadCorpus } from "./case.ts";
import { type CaseResult, line, summary, unsupported } from "./case-results.ts";
import { chosenTenth } from "./chosen-cases.ts";
import { startClusterTarget } from "./cluster-target.ts";
import { controlStore } from "./control-runs.ts";
import { runCases } from "./corpus-run.ts";
import { judgedByList, loadKnownOpen } from "./known-open.ts";
import { looksAtLogs } from "./match.ts";
import { startNodeTarget } from "./node/node-target.ts";
import { skipReason } from "./supported-features.ts";

const { values } = parseArgs({
  options: {
    corpus: { type: "string", multiple: true, default: [import.meta.dirname] },
    tenth: { type: "boolean", default: false },
    feature: { type: "string", multiple: true, default: [] },
    case: { type: "string", multiple: true, default: [] },
    json: { type: "string" },
    "at-once": { type: "string" },
    target: { type: "string", default: "cluster" },
    nodes: { type: "string", default: "1" },
  },
});
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const refuse = (text: string): never => {
  process.stderr.write(`${text}\n`);
  process.exit(2);
};

const fixtures = new Set<string>(fixtureImages);
const corpora = values.corpus.map((dir) => loadCorpus(resolve(dir)));
const all = corpora.flatMap((corpus) => corpus.cases.map((c) => ({ c, corpus })));
const open = loadKnownOpen(join(import.meta.dirname, "known-open.yaml"));
const unknown = values.case.find((id) => !all.some(({ c }) => c.id === id));
if (unknown !== undefined)
  refuse(`--case ${unknown}: there is no such case in ${values.corpus.join(", ")}; the names are the files of cases/`);
if (values.target !== "cluster" && values.target !== "node")
  refuse(`--target ${values.target}: there are cluster and node`);

const asked = all.filter(
  ({ c }) =>
    (values.case.length === 0 || values.case.includes(c.id)) &&
    (values.feature.length === 0 || c.features.some((f) => values.feature.includes(f))),
);
// What stands for all is chosen among the cases that can pass.
const able = asked
  .map(({ c }) => c)
  .filter((c) => skipReason(c, fixtures, values.target as "cluster" | "node") === undefined && !open.has(c.id));
const chosen = values.tenth ? new Set(chosenTenth(able)) : undefined;
const cases = asked.filter(({ c }) => chosen === undefined || chosen.has(c));
const scope = chosen ? `${cases.length} cases that stand for ${able.length}` : `${cases.length} cases`;
say(`conformance: ${scope} in ${corpora.map(({ dir }) => dir).join(", ")}; target: ${values.target}`);

const made = artifacts(cacheDirectory(process.env));
const digests = new Map<string, string>();
const digestOf = (fixture: string): string => {
  let digest = digests.get(fixture);
  if (digest === undefined) {
    digest = createHash("sha256")
      .update(readFileSync(imagePath(made, fixture as TestImage)))
      .digest("hex");
    digests.set(fixture, digest);
  }
  return digest;
};
const onNode = values.target === "node";
const began = performance.now();
const seconds = (): string => `${((performance.now() - began) / 1000).toFixed(0)} s`;
const running = onNode ? await startNodeTarget() : await startClusterTarget(values.nodes === "2" ? 2 : 1);
say(`the target is up after ${seconds()}`);
let results: CaseResult[] = [];
try {
  const context = {
    target: running.target,
    control: controlStore(join(made.cache, "conformance", onNode ? "control-node.json" : "control.json"), digestOf),
    imageOf: (fixture: string) => imageReference(fixture as TestImage),
    // The product's default is audit; a case that asks for another global posture gets it as its namespaces' annotation,
    // which is the same decision (semantics: annotation, else global default) without a restart between two cases.
    // Visibility decides nothing: a case has it where it looks at logs, and the others run faster without.
    postureOf: (c: Case) => ({
      ...Object.fromEntries(
        Object.entries(postureAnnotations).flatMap(([key, annotation]) => {
          const posture = c.config[configKeys.posture[key as keyof typeof postureAnnotations]];
          return posture === undefined ? [] : [[annotation, String(posture)]];
        }),
      ),
      ...(c.config.visibility === undefined || !looksAtLogs(c)
        ? {}
        : { [visibilityAnnotation]: String(c.config.visibility) }),
    }),
  };
  results = await runCases(cases, context, {
    atOnce: Number(values["at-once"] ?? (onNode ? 8 : 3)),
    fixtures,
    targetName: onNode ? "node" : "cluster",
    judged: (result) => judgedByList(result, open),
    onResult: (result) => say(line(result)),
  });
  say(`all cases have run after ${seconds()}`);
  if (results.some((r) => r.status === "failed")) say(`logs: ${await running.logs()}`);
} finally {
  await running.end();
}
const waiting = unsupported(results);
if (waiting.length > 0)
  say(["", "not yet supported, with the number of cases that wait for it:", ...waiting].join("\n"));
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ cases: results }, null, 2)}\n`);
say(`\n${summary(results)}`);
process.exitCode = results.some((r) => r.status === "failed") ? 1 : 0;
