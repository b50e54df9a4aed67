/**
 * `npm run bench`: what enforcement costs, in guest instructions (QEMU's instruction clock: the same on a busy machine as on
 * an idle one; the processor is QEMU's `max`). `--help` prints the options. Status 1 if a limit does not hold.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { artifacts, cacheDirectory } from "@portcullis/tools/setup";
import { bareGuest } from "../cluster/index.ts";
import { makeDisk } from "./disk.ts";
import { figuresOf, type GuestFigures } from "./figures.ts";
import { holds, limitedKernel, limitLine, limitsOf } from "./limits.ts";
import { planOf } from "./plan.ts";
import { choices, help, type Selection, SelectionError, selectionOf } from "./selection.ts";
import { tables } from "./tables.ts";

const timeLimitMs = 25 * 60_000;
const say = (text: string): boolean => process.stdout.write(`${text}\n`);

try {
  const selection = selectionOf(process.argv.slice(2));
  if (selection === "help") say(help);
  else if (selection === "list") say(choices());
  else process.exitCode = await bench(selection);
} catch (error) {
  if (!(error instanceof SelectionError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}

async function bench(selection: Selection): Promise<number> {
  const guests: (GuestFigures & { readonly kernel: string })[] = [];
  for (const { version, suite } of selection.kernels)
    guests.push({ kernel: version, ...(await measured(selection, version, suite)) });
  const figures = guests.flatMap((guest) => guest.figures);
  const loads = guests.map(({ kernel, load }) => ({ kernel, instructions: load }));
  say(`\n${tables(figures)}\n`);
  for (const { kernel, instructions } of loads)
    say(`${kernel} load and attach: ${(instructions / 1e9).toFixed(2)} G instructions (KubeArmor 1.7: 13.5 G)`);
  const limited = loads.find(({ kernel }) => kernel === limitedKernel);
  const all = limited ? limitsOf(figures, limited.instructions) : [];
  const limits = selection.isComplete
    ? all
    : all.filter(({ found, most }) => found !== undefined && most !== undefined);
  if (limits.length > 0)
    say(`\nlimits on kernel ${limitedKernel}: ${limits.filter(holds).length} of ${limits.length} hold`);
  for (const limit of limits) say(limitLine(limit));
  const troubles = guests.flatMap((guest) => guest.troubles);
  for (const trouble of troubles) say(`trouble: ${trouble}`);
  if (selection.json !== undefined) {
    const shown = limits.map((limit) => ({ ...limit, holds: holds(limit) }));
    writeFileSync(
      selection.json,
      `${JSON.stringify({ rows: figures, load: loads, limits: shown, troubles }, null, 2)}\n`,
    );
  }
  return troubles.length === 0 && limits.every(holds) ? 0 : 1;
}

/** Measures in a guest with the kernel of this suite. */
async function measured(
  selection: Selection,
  version: string,
  suite: Selection["kernels"][number]["suite"],
): Promise<GuestFigures> {
  const made = artifacts(cacheDirectory(process.env));
  mkdirSync(made.scratch, { recursive: true });
  const work = mkdtempSync(join(made.scratch, "bench-"));
  try {
    say(`bench: ${version}: making the guest's disk`);
    const folder = await makeDisk(made, work, planOf(selection.rows, selection.calls));
    say(`bench: ${version}: measuring in a guest under the instruction clock`);
    const onLine = (line: string): void => {
      if (selection.show || /^(RESULT|LOADED|TROUBLE)/.test(line)) say(`  ${line}`);
    };
    const script = "bash /w/measure.sh";
    const guest = { artifacts: made, suite, folder, script, instructionClock: true, timeLimitMs, onLine };
    const { lines } = await bareGuest(guest);
    return figuresOf(version, lines);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
