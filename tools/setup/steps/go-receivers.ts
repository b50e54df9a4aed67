/**
 * What tests send alerts to: receivers of other projects, built from their Go modules. Their module is not that of the cluster's programs: the versions that it asks for would compile
 * Kubernetes again, and the other way round.
 */
import { join } from "node:path";
import { goReceivers as programs } from "../artifacts.ts";
import type { Step } from "../step.ts";
import { buildPrograms } from "./go-tools.ts";

const module = join(import.meta.dirname, "..", "receivers");
const mains = { "otlp-receiver": "./otlp-receiver" } as const;

export const goReceivers: Step = {
  id: "go-receivers",
  title: "build what alerts are sent to in tests (OpenTelemetry's receiver)",
  // After go-tools, not beside it: both use all processors.
  needs: ["go-tools"],
  seconds: 90,
  diskMiB: 700,
  inputs: ["tools/setup/receivers", "tools/setup/versions.json"],
  outputs: ({ program }) => programs.map(program),
  run: (context) => buildPrograms(context, { module, mains, ldflags: "-s -w" }),
};
