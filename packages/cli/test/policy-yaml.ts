/** Policies for tests: YAML with what every policy has already there. */
import { lint } from "../src/lint/lint.ts";
import type { TextFile } from "../src/policies/text-files.ts";

/** A policy in a file of its name. `spec`: the body, from the sixth line on. */
export function policyFile(spec: string, { name = "web", kind = "KubeArmorPolicy" } = {}): TextFile {
  const body = spec.replace(/^\n/, "").replace(/\n\s*$/, "");
  const indent = /^ */.exec(body)?.[0].length ?? 0;
  const lines = body.split("\n").map((line) => `  ${line.slice(indent)}`);
  const head = ["apiVersion: security.kubearmor.com/v1", `kind: ${kind}`, `metadata: {name: ${name}}`, "# by itself"];
  return { file: `${name}.yaml`, text: [...head, "spec:", ...lines, ""].join("\n") };
}

/** What lint says of the files: `file:line:column code`, without notes. */
export function codesOf(...files: readonly TextFile[]): string[] {
  return lint(files)
    .findings.filter(({ severity }) => severity !== "note")
    .map(({ file, line, column, code }) => `${file}:${line}:${column} ${code}`);
}

/** Messages and remedies of all findings of one code. */
export function sayings(code: string, ...files: readonly TextFile[]): string[] {
  return lint(files)
    .findings.filter((finding) => finding.code === code)
    .map(({ message, remedy }) => `${message}: ${remedy}`);
}
