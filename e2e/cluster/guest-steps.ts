/** The steps that make what guests consist of, for the table of set-up (tools/verbs/step-table.ts). */
import type { Step } from "@portcullis/tools/setup";
import { suites } from "./guest/guest-artifacts.ts";
import { kernelStep } from "./guest/machine/guest-kernel.ts";
import { guestRoot } from "./guest/machine/guest-root.ts";
import { qemu } from "./guest/machine/qemu.ts";

export const steps: readonly Step[] = [...suites.map(kernelStep), guestRoot, qemu];
