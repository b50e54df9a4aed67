/** What tries the chart's alerting rules: Prometheus' own engine in a program of ours, instead of promtool, which is built of four times as many packages. */
import { join } from "node:path";
import { goRuleTester as programs } from "../artifacts.ts";
import type { Step } from "../step.ts";
import { buildPrograms } from "./go-tools.ts";

const module = join(import.meta.dirname, "..", "promrules");

export const goPromrules: Step = {
  id: "go-promrules",
  title: "build what tries alerting rules (Prometheus' engine)",
  // After the others, not beside them: each uses all processors.
  needs: ["go-receivers"],
  seconds: 60,
  diskMiB: 500,
  inputs: ["tools/setup/promrules", "tools/setup/versions.json"],
  outputs: ({ program }) => programs.map(program),
  run: (context) => buildPrograms(context, { module, mains: { promrules: "." }, ldflags: "-s -w" }),
};
