/**
 * `npm run conformance -- [--target cluster|node] [--corpus DIR] [--feature NAME]… [--case ID]… [--json FILE] [--nodes N] [--at-once N]`:
 * runs a folder in the corpus format (default: this one) on a target and prints a table. Status 1 if a case failed.
 */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { artifacts, cacheDirectory } from "@portcullis/tools/setup";
import { fixtureImages, imagePath, imageReference, type TestImage } from "../fixtures/fixture-images.ts";
import { loadCorpus } from "./case.ts";
import { type CaseResult, line, summary, unsupported } from "./case-results.ts";
import { startClusterTarget } from "./cluster-target.ts";
import { controlStore } from "./control-runs.ts";
import { runCorpus } from "./corpus-run.ts";
import { startNodeTarget } from "./node/node-target.ts";

const { values } = parseArgs({
  options: {
    corpus: { type: "string", default: import.meta.dirname },
    feature: { type: "string", multiple: true, default: [] },
    case: { type: "string", multiple: true, default: [] },
    json: { type: "string" },
    "at-once": { type: "string" },
    target: { type: "string", default: "cluster" },
    nodes: { type: "string", default: "1" },
  },
});
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const corpus = loadCorpus(resolve(values.corpus));
const unknown = values.case.find((id) => !corpus.cases.some((c) => c.id === id));
if (unknown !== undefined) {
  process.stderr.write(
    `--case ${unknown}: there is no such case in ${corpus.dir}; the names are the files of its cases/\n`,
  );
  process.exit(2);
}
if (values.target !== "cluster" && values.target !== "node") {
  process.stderr.write(`--target ${values.target}: there are cluster and node\n`);
  process.exit(2);
}
const made = artifacts(cacheDirectory(process.env));
const fixtures = new Set<string>(fixtureImages);
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
say(`conformance: ${corpus.cases.length} cases in ${corpus.dir}`);
const results: CaseResult[] = [];
const onNode = values.target === "node";
const running = onNode ? await startNodeTarget() : await startClusterTarget(values.nodes === "2" ? 2 : 1);
try {
  const context = {
    corpus,
    target: running.target,
    control: controlStore(join(made.cache, "conformance", onNode ? "control-node.json" : "control.json"), digestOf),
    imageOf: (fixture: string) => imageReference(fixture as TestImage),
    // The product's default is audit; a case that asks for another global posture gets it as its namespaces' annotation,
    // which is the same decision (semantics: annotation, else global default) without a restart between two cases.
    postureOf: (c: { config: Record<string, unknown> }) =>
      c.config.defaultFilePosture === undefined
        ? {}
        : { "kubearmor-file-posture": String(c.config.defaultFilePosture) },
  };
  results.push(
    ...(await runCorpus(context, {
      ids: values.case,
      features: values.feature,
      atOnce: Number(values["at-once"] ?? (onNode ? 8 : 3)),
      fixtures,
      onResult: (result) => say(line(result)),
    })),
  );
  if (results.some((r) => r.status === "failed")) say(`logs: ${await running.logs()}`);
} finally {
  await running.end();
}
const waiting = unsupported(results);
if (waiting.length > 0)
  say(["", "not yet supported, with the number of cases that wait for it:", ...waiting].join("\n"));
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ cases: results }, null, 2)}\n`);
const { passed, failed, skipped } = summary(results);
say(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exitCode = failed > 0 ? 1 : 0;
