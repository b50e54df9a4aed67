/**
 * Checks the form of source files (the rules are in docs/development.md): a head that says what the file is, and a length that one can read. Above 250 lines the
 * head gives the reason, in a sentence that begins with "Long because"; above 400 nothing is good enough.
 */
import { isGenerated, isScript, isTest, type Repository } from "./sources.ts";

const questionedLines = 250;
const mostLines = 400;
/** How far down a head may reach. */
const headLines = 40;

const isSource = (file: string): boolean => !isGenerated(file) && /\.(ts|mts|mjs|js|c|h|sh|grit)$/.test(file);

export function fileFaults({ files, text }: Repository): string[] {
  return files.filter(isSource).flatMap((file) => {
    const lines = text(file).trimEnd().split("\n");
    return [...lengthFault(file, lines), ...headFault(file, lines)];
  });
}

function lengthFault(file: string, lines: readonly string[]): string[] {
  if (lines.length > mostLines) return [`${file}: ${lines.length} lines: split it, ${mostLines} are the most`];
  const reason = lines.slice(0, headLines).join("\n").includes("Long because");
  if (lines.length <= questionedLines || reason) return [];
  return [`${file}: ${lines.length} lines: split it, or say in its head "Long because …"`];
}

/** Tests need no head, because their names say what they are; everything else says what it is before it begins. */
function headFault(file: string, lines: readonly string[]): string[] {
  if (isTest(file) || !isScript(file) || file.endsWith(".config.js")) return [];
  const first = lines.find((line) => !line.startsWith("#!")) ?? "";
  return first.startsWith("/**") ? [] : [`${file}: begin it with a /** … */ comment that says what it is`];
}
