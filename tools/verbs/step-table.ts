/**
 * The table of set-up, in the order of the terminal's lines: the longest first. Steps that only e2e's code can describe are declared there
 * and loaded by their path, in the way in which e2e's programs are started by theirs: tools import nothing of e2e.
 */
import { join } from "node:path";
import { productImageSteps } from "../images/product-image-steps.ts";
import { repository } from "../setup/artifacts.ts";
import type { Step } from "../setup/step.ts";
import { debianPackages } from "../setup/steps/debian-packages.ts";
import { goOci } from "../setup/steps/go-oci.ts";
import { goPromrules } from "../setup/steps/go-promrules.ts";
import { goReceivers } from "../setup/steps/go-receivers.ts";
import { goToolchain, goTools } from "../setup/steps/go-tools.ts";
import { nativeBuild } from "../setup/steps/native-build.ts";

export const steps: readonly Step[] = [
  debianPackages,
  goToolchain,
  goTools,
  goReceivers,
  goPromrules,
  goOci,
  ...(await stepsOf("e2e/cluster/guest-steps.ts")),
  nativeBuild,
  ...(await stepsOf("e2e/fixtures/fixture-steps.ts")),
  ...(await stepsOf("e2e/bench/bench-steps.ts")),
  ...productImageSteps,
];

/** What a module outside of tools contributes: its export `steps`. */
async function stepsOf(path: string): Promise<readonly Step[]> {
  const module = (await import(join(repository, path))) as { readonly steps: readonly Step[] };
  return module.steps;
}
