// The kernel engine and its addon: native/build.mjs does it, set-up only decides when.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { repository } from "../artifacts.ts";
import type { Step } from "../step.ts";

export const native: Step = {
  id: "native",
  title: "build the BPF programs and the addon",
  needs: ["debian-packages"],
  seconds: 15,
  inputs: ["native"],
  perClone: true,
  outputs: ({ addon, bpf }) => [addon, bpf],
  async run(context) {
    await context.exec(process.execPath, [join(repository, "native", "build.mjs")], { cwd: repository });
    const missing = [context.artifacts.addon, context.artifacts.bpf].filter((path) => !existsSync(path));
    if (missing.length > 0) throw new Error(`native/build.mjs left out ${missing.join(", ")}`);
  },
};
