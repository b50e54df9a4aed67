/** `portcullis lint`. */
import { UsageError } from "../errors.ts";
import { oneOf, readOptions } from "../options.ts";
import { readTextFiles } from "../policies/text-files.ts";
import type { Output } from "../run.ts";
import { lint } from "./lint.ts";
import { countsOf, lintFormats, reportLint } from "./report.ts";

const options = {
  format: { type: "string", default: "text" },
  strict: { type: "boolean", default: false },
  apart: { type: "boolean", default: false },
} as const;

/** Returns the exit status. Throws UsageError and FileUnreadableError. */
export function lintCommand(args: readonly string[], { out }: Output): number {
  const { values, positionals } = readOptions(args, options);
  const format = oneOf("--format", values.format, lintFormats);
  if (positionals.length === 0) throw new UsageError("lint: name files or folders");
  const result = lint(readTextFiles(positionals), { apart: values.apart });
  out(reportLint(result, format));
  const { error, warning } = countsOf(result);
  return error > 0 || (values.strict && warning > 0) ? 1 : 0;
}
