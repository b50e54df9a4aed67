/**
 * `npm run bench -- [--json FILE]`: what enforcement costs, in guest instructions (QEMU's instruction clock: the same on
 * a busy machine as on an idle one; the processor is QEMU's `max`). Status 1 if a bound of tables.ts is broken.
 */
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { singleFile } from "@portcullis/tools/images";
import { artifacts, cacheDirectory } from "@portcullis/tools/setup";
import { bareGuest, run } from "../cluster/index.ts";
import { rows } from "./rows.ts";
import { broken, type Figure, tables } from "./tables.ts";

const { values } = parseArgs({
  options: {
    json: { type: "string" },
    opens: { type: "string", default: "3000" },
    execs: { type: "string", default: "60" },
    show: { type: "boolean", default: false },
  },
});
const timeLimitMs = 20 * 60_000;
const made = artifacts(cacheDirectory(process.env));
mkdirSync(made.scratch, { recursive: true });
const work = mkdtempSync(join(made.scratch, "bench-"));
let lines: readonly string[] = [];
try {
  process.stdout.write("bench: making the guest's disk\n");
  const folder = await makeDisk();
  process.stdout.write("bench: measuring in a guest under the instruction clock (1 to 2 minutes)\n");
  const onLine = (line: string): void => {
    if (values.show || /^(RESULT|ANSWER)/.test(line)) process.stdout.write(`  ${line}\n`);
  };
  const script = "bash /w/measure.sh";
  ({ lines } = await bareGuest({ artifacts: made, folder, script, instructionClock: true, timeLimitMs, onLine }));
} finally {
  rmSync(work, { recursive: true, force: true });
}

const measured = lines
  .map((l) => /^RESULT (\d+) (\S+) (\S+) (\d+)$/.exec(l))
  .filter((m) => m !== null)
  .map((m) => ({ name: rows[Number(m[1])]!.name, operation: m[2]!, filesystem: m[3]!, instructions: Number(m[4]) }));
const figures: Figure[] = measured.map((f) => {
  const base = measured.find(
    (o) => o.name === "no BPF" && o.operation === f.operation && o.filesystem === f.filesystem,
  );
  return { ...f, ratio: f.instructions / (base?.instructions ?? Number.NaN) };
});
const load = Number(/^ANSWER load : (\d+)$/m.exec(lines.join("\n"))?.[1] ?? Number.NaN);
figures.push({ operation: "load and attach", name: "engine", filesystem: "-", instructions: load, ratio: Number.NaN });
figures.sort((a, b) => a.operation.localeCompare(b.operation) || b.filesystem.localeCompare(a.filesystem));
const byOperation = figures.filter((f) => f.operation !== "load and attach");
process.stdout.write(
  `\n${tables(byOperation)}\n\nload and attach: ${(load / 1e9).toFixed(2)} G instructions (KubeArmor 1.7: 13.5 G)\n`,
);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ rows: figures }, null, 2)}\n`);
const problems = broken(byOperation);
if (!Number.isFinite(load))
  problems.push(`load and attach: not measured: ${lines.filter((l) => l.startsWith("ANSWER")).join("; ")}`);
for (const problem of problems) process.stdout.write(`broken bound: ${problem}\n`);
process.exitCode = problems.length > 0 ? 1 : 0;

/** The second disk: the enforcer image's files (Node, libraries, addon, BPF object), the driver, the workload. */
async function makeDisk(): Promise<string> {
  const disk = join(work, "disk");
  const root = join(disk, "root");
  for (const d of ["proc", "sys", "dev", "tmp", "bench"]) mkdirSync(join(root, d), { recursive: true });
  await run("gcc", ["-O2", "-Wall", "-static", "-o", join(disk, "workload"), join(import.meta.dirname, "workload.c")]);
  const layout = join(work, "oci");
  mkdirSync(layout);
  await run("tar", ["-C", layout, "-xf", made.productImage("portcullis-enforcer")]);
  const read = (name: string) => JSON.parse(readFileSync(join(layout, name), "utf8")) as Record<string, never>;
  const blob = (digest: string) => join("blobs", digest.replace(":", "/"));
  const index = read("index.json") as unknown as { manifests: { digest: string }[] };
  const manifest = read(blob(index.manifests[0]!.digest)) as unknown as { layers: { digest: string }[] };
  for (const layer of manifest.layers) await run("tar", ["-C", root, "-xf", join(layout, blob(layer.digest))]);
  writeFileSync(join(root, "bench", "driver.mjs"), (await singleFile("e2e/bench/driver.ts")).code);
  cpSync(made.nativeBuild, join(root, "bench", "native"), { recursive: true });
  const flags = rows.map((r) => (r.isBound ? 1 : 0)).join(" ");
  writeFileSync(
    join(disk, "rows.sh"),
    `ROWS=${rows.length} BOUND="${flags}" OPENS=${values.opens} EXECS=${values.execs}\n`,
  );
  copyFileSync(join(import.meta.dirname, "measure.sh"), join(disk, "measure.sh"));
  return disk;
}
