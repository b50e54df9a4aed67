/**
 * Makes the chart's copies of what stands in crds/: a chart cannot reach outside of its folder, and is to be installable straight
 * from a clone. Run by `npm run generate`; the stage `generated` of `npm test` compares.
 */
import { cpSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { repository } from "../setup/artifacts.ts";

const crds = join(repository, "crds");
const target = join(repository, "charts", "portcullis", "files", "generated");

rmSync(target, { recursive: true, force: true });
mkdirSync(join(target, "crds"), { recursive: true });
for (const name of readdirSync(crds).filter((file) => file.endsWith(".yaml")))
  cpSync(join(crds, name), join(target, "crds", name));
cpSync(join(crds, "admission", "unknown-fields.yaml"), join(target, "admission.yaml"));
