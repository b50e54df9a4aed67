/**
 * What tests send alerts to: receivers of other projects, built from their Go modules. Their module is not that of the cluster's programs: the versions that it asks for would compile
 * Kubernetes again, and the other way round.
 */
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { goReceivers as programs } from "../artifacts.ts";
import type { Step } from "../step.ts";
import { buildPrograms, goEnvironment } from "./go-tools.ts";

const module = join(import.meta.dirname, "..", "receivers");
/** OpenReports' definition of a Report, Apache-2.0: as its module has it. */
const reports = "github.com/openreports/reports-api";
const mains = { "otlp-receiver": "./otlp-receiver" } as const;

export const goReceivers: Step = {
  id: "go-receivers",
  title: "build what alerts are sent to in tests (OpenTelemetry's receiver, OpenReports' definition)",
  // After go-tools, not beside it: both use all processors.
  needs: ["go-tools"],
  seconds: 90,
  diskMiB: 700,
  inputs: ["tools/setup/receivers", "tools/setup/versions.json"],
  outputs: ({ program, reportDefinition }) => [...programs.map(program), reportDefinition],
  async run(context) {
    await buildPrograms(context, { module, mains, ldflags: "-s -w" });
    const found = await context.exec("go", ["mod", "download", "-json", reports], {
      cwd: module,
      environment: await goEnvironment(context),
    });
    const { Dir: folder } = JSON.parse(found) as { readonly Dir: string };
    copyFileSync(join(folder, "config", "crd", "openreports.io_reports.yaml"), context.artifacts.reportDefinition);
  },
};
