/** The guest's second disk: the programs, the plan, and as the driver's root the enforcer image's files (Node, libraries, addon, BPF object). */
import { copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { singleFile } from "@portcullis/tools/images";
import type { Artifacts } from "@portcullis/tools/setup";
import { run } from "../cluster/index.ts";
import { appArmorParser } from "./bench-steps.ts";
import { rows } from "./rows.ts";

/** Makes it below `work`. Resolves to its folder. */
export async function makeDisk(made: Artifacts, work: string, plan: string): Promise<string> {
  const disk = join(work, "disk");
  for (const d of ["proc", "sys", "dev", "tmp", "bench"]) mkdirSync(join(disk, "root", d), { recursive: true });
  await makePrograms(made, join(disk, "programs"));
  await unpackEnforcer(made, join(work, "oci"), join(disk, "root"));
  writeFileSync(join(disk, "root", "bench", "driver.mjs"), (await singleFile("e2e/bench/driver.ts")).code);
  cpSync(made.nativeBuild, join(disk, "root", "bench", "native"), { recursive: true });
  mkdirSync(join(disk, "profiles"));
  for (const [index, row] of rows.entries())
    if (row.inForce === "AppArmor") writeFileSync(join(disk, "profiles", String(index)), row.profile);
  writeFileSync(join(disk, "plan.sh"), plan);
  copyFileSync(join(import.meta.dirname, "measure.sh"), join(disk, "measure.sh"));
  return disk;
}

async function makePrograms(made: Artifacts, folder: string): Promise<void> {
  mkdirSync(folder);
  const compile = (name: string, ...options: string[]) =>
    run("gcc", ["-O2", "-Wall", "-o", join(folder, name), join(import.meta.dirname, `${name}.c`), ...options]);
  await Promise.all([
    compile("workload", "-static"),
    compile("landlock", "-static"),
    compile("empty-programs", "-lbpf"),
  ]);
  copyFileSync(appArmorParser(made), join(folder, "apparmor_parser"));
}

async function unpackEnforcer(made: Artifacts, layout: string, root: string): Promise<void> {
  mkdirSync(layout);
  await run("tar", ["-C", layout, "-xf", made.productImage("portcullis-enforcer")]);
  const read = (name: string) => JSON.parse(readFileSync(join(layout, name), "utf8")) as Record<string, never>;
  const blob = (digest: string) => join("blobs", digest.replace(":", "/"));
  const index = read("index.json") as unknown as { manifests: { digest: string }[] };
  const manifest = read(blob(index.manifests[0]!.digest)) as unknown as { layers: { digest: string }[] };
  for (const layer of manifest.layers) await run("tar", ["-C", root, "-xf", join(layout, blob(layer.digest))]);
}
