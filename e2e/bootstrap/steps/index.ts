// The table of set-up, in the order of the terminal's lines: the longest first.
import { suites } from "../artifacts.ts";
import type { Step } from "../step.ts";
import { debianPackages } from "./debian.ts";
import { goToolchain, goTools } from "./go.ts";
import { imageSteps } from "./images.ts";
import { kernel } from "./kernel.ts";
import { native } from "./native.ts";
import { qemu } from "./qemu.ts";
import { guestRoot } from "./root.ts";

export const steps: readonly Step[] = [
  debianPackages,
  goToolchain,
  goTools,
  ...suites.map(kernel),
  guestRoot,
  qemu,
  native,
  ...imageSteps,
];
