/**
 * `npm test`: set-up, then one stage after the other. A failure stops only what depends on it; the last line is the
 * sum of all.
 */
import { messageOf } from "../processes/errors.ts";
import { add, type Counts, none, one, sentence } from "./test-counts.ts";
import { type Stage, stages } from "./test-stages.ts";
import { everything, prepare, type VerbContext } from "./verb.ts";

export async function testVerb(context: VerbContext): Promise<number> {
  const { report, args } = context;
  const chosen = args.filter((arg) => !arg.startsWith("-"));
  const unknown = chosen.find((id) => !stages.some((stage) => stage.id === id));
  if (unknown !== undefined) {
    report.line(`no stage is called ${unknown}: one of ${stages.map(({ id }) => id).join(", ")}`);
    return 2;
  }
  const wanted = stages.filter(({ id }) => chosen.length === 0 || chosen.includes(id));
  const needs = chosen.length === 0 ? everything : [...new Set(wanted.flatMap((stage) => stage.needs))];
  const missing = await prepare(context, needs);
  let sum: Counts = none;
  for (const stage of wanted) sum = add(sum, await runStage(context, stage, new Set(missing.keys())));
  report.line("all stages have run");
  for (const { count, reason } of sum.skipped) process.stdout.write(`skipped ${count}: ${reason}\n`);
  process.stdout.write(`${sentence(sum)}\n`);
  return sum.failed > 0 || sum.passed === 0 ? 1 : 0;
}

async function runStage(context: VerbContext, stage: Stage, missing: ReadonlySet<string>): Promise<Counts> {
  const { report } = context;
  const without = stage.needs.filter((id) => missing.has(id));
  if (without.length > 0) {
    report.line(`== ${stage.title}: not run, set-up lacks ${without.join(", ")}`);
    return one(false);
  }
  report.line(`== ${stage.title}`);
  const start = performance.now();
  const counts = await stage
    .run({ ...context, tell: (text) => void process.stdout.write(`  ${text}\n`) })
    .catch((error: unknown) => {
      report.line(`${stage.id}: ${messageOf(error)}`);
      return one(false);
    });
  report.line(`== ${stage.title}: ${sentence(counts)}, ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return counts;
}
