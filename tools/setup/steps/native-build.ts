/** The kernel engine and its addon: native/build.mjs makes them, set-up only decides when. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { nativeProducts, repository } from "../artifacts.ts";
import type { Step } from "../step.ts";

export const nativeBuild: Step = {
  id: "native",
  title: "build the BPF programs and the addon",
  needs: ["debian-packages"],
  seconds: 15,
  inputs: ["native"],
  perClone: true,
  outputs: ({ native }) => nativeProducts.map(native),
  async run(context) {
    await context.exec(process.execPath, [join(repository, "native", "build.mjs")], { cwd: repository });
    const missing = nativeProducts.map(context.artifacts.native).filter((path) => !existsSync(path));
    if (missing.length > 0) throw new Error(`native/build.mjs left out ${missing.join(", ")}`);
  },
};
