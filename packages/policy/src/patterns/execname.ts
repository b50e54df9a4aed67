/**
 * A program named by the last component of its name alone: a pattern that no policy writes, which goes before all that policies do write and after
 * exact names. Nothing in it is a glob, and no link is followed from it: what counts is what the program is called where it really lies.
 */
import { type Part, patternBytes } from "./parse.ts";

/** How specific it is, on the scale of patterns: more than any of them. */
export const execnameLiteral = patternBytes + 1;

const slash: Part = { kind: "byte", byte: 0x2f };
const longest = 255;

/** `/NAME`, or `/`, anything, `/NAME`. */
export function execnameParts(name: string): Part[] {
  const anywhere: Part = { kind: "choice", ways: [[], [{ kind: "any" }, slash]] };
  return [slash, anywhere, ...[...Buffer.from(name)].map((byte): Part => ({ kind: "byte", byte }))];
}

/** Why no program can be called so, in words that go on after the name; undefined if one can. */
export function execnameFault(name: string): string | undefined {
  if (name === "" || name === "." || name === "..")
    return "is the name of no file: give the last part of a program's path";
  if (name.includes("/")) return "has a /: name the program with path instead";
  if (name.includes("\0") || !name.isWellFormed()) return "is no text that a name can be";
  return Buffer.byteLength(name) > longest ? `is longer than ${longest} bytes` : undefined;
}
