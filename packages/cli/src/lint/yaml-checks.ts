/** What is wrong with a file before it is read as a policy: its YAML, doubled keys, tabs. */
import { Lexer } from "yaml";
import type { Place, PolicyText } from "../policies/policy-text.ts";
import type { TextFile } from "../policies/text-files.ts";
import { type Finding, findingAt, type Spot } from "./finding.ts";

/** Faults of one document. */
export function yamlFindings(document: PolicyText): Finding[] {
  return document.faults.map(({ code, message, word, place }) => {
    const spot = { file: document.file, at: () => place };
    if (code === "DUPLICATE_KEY")
      return findingAt(spot, "", "duplicate-key", { message: `the key ${word} stands twice in this object` });
    if (code === "TAB_AS_INDENT") return findingAt(spot, "", "tab", { message: "a line is indented by a tab" });
    return findingAt(spot, "", "yaml-syntax", { message: `${message} (${code})` });
  });
}

/**
 * Tabs in blank space. At the beginning of a line the parser of Kubernetes refuses them, also where the rest is a comment or nothing
 * and other parsers do not mind. Elsewhere, and between brackets, it takes them for spaces.
 */
export function tabFindings({ file, text }: TextFile): Finding[] {
  let place = { line: 1, column: 1 };
  let brackets = 0;
  return tokensOf(text).flatMap(([before, token]) => {
    const found = { ...place, column: place.column + token.indexOf("\t") };
    const isRefused = place.column === 1 && brackets === 0;
    place = after(place, token);
    if (before !== scalarMark) brackets += depthOf(token);
    return /^[ \t]*\t[ \t]*$/.test(token) ? [tabFinding({ file, at: () => found }, isRefused)] : [];
  });
}

const tabFinding = (spot: Spot, isRefused: boolean): Finding =>
  findingAt(spot, "", "tab", {
    message: isRefused ? "the line begins with a tab" : "there is a tab where a space would do",
    severity: isRefused ? "error" : "note",
  });

const depthOf = (token: string): number => (["[", "{"].includes(token) ? 1 : ["]", "}"].includes(token) ? -1 : 0);

/** Marks that the next token is a scalar. */
const scalarMark = "\u001f";

/** Tokens in their order, each with the one before it, without the marks: those are not in the text. */
function tokensOf(text: string): (readonly [string, string])[] {
  const all = [...new Lexer().lex(text)];
  const pairs = all.map((token, i) => [all[i - 1] ?? "", token] as const);
  return pairs.filter(([, token]) => !["\u0002", "\u0018", scalarMark].includes(token));
}

function after({ line, column }: Place, token: string): Place {
  const lines = token.split("\n");
  if (lines.length === 1) return { line, column: column + token.length };
  return { line: line + lines.length - 1, column: (lines.at(-1) ?? "").length + 1 };
}
