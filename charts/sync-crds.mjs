// Copies the definitions from crds/ into the chart, which cannot reach outside of its folder. Run by `npm run generate`.
import { cpSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

const crds = join(import.meta.dirname, "..", "crds");
const target = join(import.meta.dirname, "portcullis", "files", "generated");

rmSync(target, { recursive: true, force: true });
mkdirSync(join(target, "crds"), { recursive: true });
for (const name of readdirSync(crds).filter((file) => file.endsWith(".yaml")))
  cpSync(join(crds, name), join(target, "crds", name));
cpSync(join(crds, "admission", "unknown-fields.yaml"), join(target, "admission.yaml"));
