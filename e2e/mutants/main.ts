/**
 * `npm run mutants -- [--seed N] [--count 60] [--no-guest]`: would the tests notice a fault in the engine? Single faults, by lot, are put
 * into a copy of the repository, one at a time; the quick tests see each, and a guest those that survive them. Survivors are
 * listed. Status 1 if fewer than 95 of 100 are noticed.
 */
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { artifacts, cacheDirectory, filesBelow, repository } from "@portcullis/tools/setup";
import { isEquivalent } from "./equivalents.ts";
import { drawn, type Fault, faultsOf } from "./faults.ts";
import { MutatedCopy, type Tried } from "./mutated-copy.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: String(Date.now() % 100_000) },
    count: { type: "string", default: "60" },
    "no-guest": { type: "boolean", default: false },
  },
});
const seed = Number(values.seed);
const count = Number(values.count);
if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(count) || count < 1) {
  process.stderr.write(`--seed ${values.seed} --count ${values.count}: both are whole numbers, --count from 1 on\n`);
  process.exit(2);
}
/** Of 60 faults 57 have to be noticed. */
const least = Math.ceil(count * 0.95);

const folders = ["native/bpf", "native/src/pack"].map((folder) => join(repository, folder));
const files = folders.flatMap((folder) => filesBelow(folder)).filter((path) => /\.(?:h|c|ts)$/.test(path));
const faults = files.flatMap((path) => faultsOf(path.slice(repository.length + 1), readFileSync(path, "utf8")));
const lot = drawn(
  faults.filter((fault) => !isEquivalent(fault)),
  seed,
);

const stopped = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopped.abort());
const { scratch } = artifacts(cacheDirectory(process.env));
const started = performance.now();
const say = (text: string) =>
  process.stdout.write(`[${((performance.now() - started) / 1000).toFixed(0)} s] ${text}\n`);
say(`${count} of ${faults.length} possible faults, seed ${seed}`);
const copy = await MutatedCopy.make(repository, join(scratch, `mutants-${process.pid}`), stopped.signal);
const results: { fault: Fault; tried: Tried }[] = [];
try {
  for (const fault of lot) {
    if (results.length === count) break;
    const tried = await copy.try(fault, !values["no-guest"]);
    stopped.signal.throwIfAborted();
    if (tried.kind === "does not compile") continue;
    results.push({ fault, tried });
    const how = tried.kind === "noticed" ? `noticed by the ${tried.by}` : "SURVIVED";
    say(`${results.length}/${count} ${how}: ${fault.kind}, ${basename(fault.file)}:${fault.line}`);
  }
} finally {
  copy.remove();
}

const survivors = results.filter(({ tried }) => tried.kind === "survived");
for (const { fault } of survivors) {
  process.stdout.write(
    `\n${fault.file}:${fault.line} (${fault.kind})\n- ${fault.before.trim()}\n+ ${fault.after.trim()}\n`,
  );
}
const noticed = results.length - survivors.length;
say(`seed ${seed}: ${noticed} of ${results.length} faults noticed (at least ${least} have to be)`);
process.exitCode = noticed >= least ? 0 : 1;
