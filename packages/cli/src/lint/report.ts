/** The result of lint as text for people, as JSON, and as SARIF 2.1.0 for whatever shows findings beside code. */

import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import { type CheckCode, checks, type Severity } from "./checks.ts";
import type { Finding } from "./finding.ts";
import type { LintResult } from "./lint.ts";

export const lintFormats = ["text", "json", "sarif"] as const;
export type LintFormat = (typeof lintFormats)[number];

/** The whole output, ending in a line break. */
export function reportLint(result: LintResult, format: LintFormat): string {
  if (format === "text") return textOf(result);
  const document = format === "json" ? { ...result, counts: countsOf(result) } : sarifOf(result);
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/** How many findings there are of each severity. */
export function countsOf({ findings }: LintResult): Record<Severity, number> {
  const counts = { error: 0, warning: 0, note: 0 };
  for (const { severity } of findings) counts[severity]++;
  return counts;
}

function textOf(result: LintResult): string {
  const lines = result.findings.map(
    ({ file, line, column, severity, message, code, remedy }) =>
      `${file}:${line}:${column}: ${severity}: ${message} [${code}]\n    ${remedy}\n`,
  );
  const { error, warning, note } = countsOf(result);
  const sum = [counted(error, "error"), counted(warning, "warning"), counted(note, "note")].join(", ");
  return `${lines.join("")}${sum} in ${counted(result.policies, "document")} of ${counted(result.files, "file")}\n`;
}

const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? "" : "s"}`;

const documentation = "docs/lint.md";

function sarifOf({ findings }: LintResult) {
  const codes = Object.keys(checks) as CheckCode[];
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "portcullis",
            rules: codes.map((code) => ({
              id: code,
              shortDescription: { text: checks[code].title },
              help: { text: `${checks[code].remedy} (${documentation})` },
              defaultConfiguration: { level: checks[code].severity },
            })),
          },
        },
        columnKind: "utf16CodeUnits",
        results: findings.map((finding) => sarifResult(finding, codes)),
      },
    ],
  };
}

function sarifResult({ file, line, column, code, severity, message, remedy }: Finding, codes: readonly CheckCode[]) {
  return {
    ruleId: code,
    ruleIndex: codes.indexOf(code),
    level: severity,
    message: { text: `${message}: ${remedy}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: isAbsolute(file) ? pathToFileURL(file).href : encodeURI(file) },
          region: { startLine: line, startColumn: column },
        },
      },
    ],
  };
}
