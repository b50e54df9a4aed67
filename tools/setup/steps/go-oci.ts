/**
 * What a release is pushed with and, in tests, pushed to: ORAS, and distribution's registry. A module of their own, so that it does not decide the
 * versions of the cluster's programs, which would then be compiled again.
 */
import { join } from "node:path";
import { ociPrograms as programs } from "../artifacts.ts";
import type { Step } from "../step.ts";
import { buildPrograms } from "./go-tools.ts";

const module = join(import.meta.dirname, "..", "oci");
const mains = { oras: "oras.land/oras/cmd/oras", registry: "./registry" } as const;

export const goOci: Step = {
  id: "go-oci",
  title: "build what a release is pushed with (ORAS), and a registry for tests",
  // After go-receivers, not beside it: both use all processors.
  needs: ["go-receivers"],
  seconds: 200,
  diskMiB: 500,
  inputs: ["tools/setup/oci", "tools/setup/versions.json"],
  outputs: ({ program }) => programs.map(program),
  run: (context) => buildPrograms(context, { module, mains, ldflags: "-s -w" }),
};
