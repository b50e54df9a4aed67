/** The command `portcullis` as a library: what is wrong with policies (lint), and what they decide (explain). Pure, except `run`. */
export { type Answer, explainOperation, type Question } from "./explain/explain-operation.ts";
export { type LintResult, lint } from "./lint/lint.ts";
export { readTextFiles, type TextFile } from "./policies/text-files.ts";
export { run } from "./run.ts";
