/**
 * Patterns as rules write them, AppArmor's globs over a whole name: `?` is one byte and `*` any number of them, neither of them "/"; `**` is
 * any bytes at all; `[a-c]` and `[^x]` are one byte of a class, never "/"; `{a,b}` is one of several; `\` takes the next character as itself. A
 * "/" at the end says that a directory is meant, and is no part of its name.
 */
import { pathFault } from "../paths.ts";

/** One part of a pattern. Bytes are those of UTF-8. */
export type Part =
  | { readonly kind: "byte"; readonly byte: number }
  /** `?` and classes: one byte of these. */
  | { readonly kind: "class"; readonly bytes: ByteSet }
  /** `*` */
  | { readonly kind: "star" }
  /** `**` */
  | { readonly kind: "any" }
  | { readonly kind: "choice"; readonly ways: readonly (readonly Part[])[] };

/** Which bytes: 256 times 0 or 1. */
export type ByteSet = Uint8Array;

export interface Pattern {
  readonly parts: readonly Part[];
  /** How many bytes at its beginning are literal: the more, the more specific it is. */
  readonly literal: number;
}

/** What is wrong with a pattern, with the remedy. */
class PatternFault extends Error {}

const slash = 0x2f;
const deepestChoice = 16;
/** No pattern is longer. */
export const patternBytes = 4096;

/** Every byte that a component can have. */
export const componentBytes: ByteSet = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(byte !== 0 && byte !== slash),
);
/** Every byte that a name can have. */
export const nameBytes: ByteSet = Uint8Array.from({ length: 256 }, (_, byte) => Number(byte !== 0));

/** The pattern, or what is wrong with it: words that go on after the pattern itself. */
export function parsePattern(text: string): Pattern | string {
  if (text === "") return "is empty: give a pattern such as /etc/*.conf";
  if (text.includes("\0")) return "contains a NUL byte: no name can";
  if (Buffer.byteLength(text) > patternBytes) return `is longer than ${patternBytes} bytes`;
  try {
    const parts = new Parser(text).parse();
    if (isSlash(parts.at(-1))) parts.pop();
    const fault = faultOf(parts);
    return fault ?? { parts, literal: literalPrefix(parts).length };
  } catch (error) {
    if (error instanceof PatternFault) return error.message;
    throw error;
  }
}

/**
 * The beginning of the pattern that is a name, whose symbolic links have to be followed: the directory before the first component that is
 * no literal (with its last "/"), or the whole of a pattern without any glob.
 */
export function literalName(parts: readonly Part[]): string {
  const prefix = literalPrefix(parts);
  const whole = prefix.length === parts.length;
  return Buffer.from(whole ? prefix : prefix.slice(0, prefix.lastIndexOf(slash) + 1)).toString("utf8");
}

/** The same pattern with another spelling of its literalName(). */
export function withLiteralName(parts: readonly Part[], name: string): readonly Part[] {
  const rest = parts.slice(Buffer.byteLength(literalName(parts)));
  const spelled = rest.length > 0 && !name.endsWith("/") ? `${name}/` : name;
  return [...literal(spelled), ...rest];
}

function literal(text: string): Part[] {
  return [...Buffer.from(text)].map((byte) => ({ kind: "byte", byte }));
}

function literalPrefix(parts: readonly Part[]): number[] {
  const bytes: number[] = [];
  for (const part of parts) {
    if (part.kind !== "byte") break;
    bytes.push(part.byte);
  }
  return bytes;
}

const isSlash = (part: Part | undefined): boolean => part?.kind === "byte" && part.byte === slash;

/** Why no name can match; undefined if one can, as far as that is seen without an automaton. */
function faultOf(parts: readonly Part[]): string | undefined {
  if (parts.length === 0) return "means the root alone: use matchDirectories";
  const [first] = parts;
  if (!isSlash(first) && first?.kind !== "any" && first?.kind !== "choice")
    return "can never match an absolute name: begin it with / or **";
  const name = literalName(parts);
  return name === "" ? undefined : pathFault(name, literalPrefix(parts).length < parts.length);
}

class Parser {
  readonly #text: readonly string[];
  #at = 0;

  constructor(text: string) {
    this.#text = [...text];
  }

  parse(): Part[] {
    const parts = this.#sequence(0);
    if (this.#at < this.#text.length) throw new PatternFault("has a } without its {: write \\} for the character");
    return parts;
  }

  /** Up to the end, or to the "," or "}" of the choice that it is in. */
  #sequence(depth: number): Part[] {
    const parts: Part[] = [];
    for (let next = this.#text[this.#at]; next !== undefined; next = this.#text[this.#at]) {
      if (next === "}" || (next === "," && depth > 0)) break;
      this.#at++;
      this.#part(next, depth, parts);
    }
    return parts;
  }

  #part(next: string, depth: number, parts: Part[]): void {
    if (next === "*") parts.push({ kind: this.#stars() > 1 ? "any" : "star" });
    else if (next === "?") parts.push({ kind: "class", bytes: componentBytes });
    else if (next === "[") parts.push({ kind: "class", bytes: this.#class() });
    else if (next === "{") parts.push(this.#choice(depth + 1));
    else parts.push(...literal(next === "\\" ? this.#escaped() : next));
  }

  #stars(): number {
    let count = 1;
    for (; this.#text[this.#at] === "*"; this.#at++) count++;
    return count;
  }

  #escaped(): string {
    const next = this.#text[this.#at++];
    if (next === undefined) throw new PatternFault("ends in a backslash: write \\\\ for the character");
    return next;
  }

  #choice(depth: number): Part {
    if (depth > deepestChoice) throw new PatternFault(`has { } nested deeper than ${deepestChoice}`);
    const ways: Part[][] = [];
    do ways.push(this.#sequence(depth));
    while (this.#text[this.#at++] === ",");
    if (this.#text[this.#at - 1] !== "}") throw new PatternFault("has a { without its }: write \\{ for the character");
    return { kind: "choice", ways };
  }

  #class(): ByteSet {
    const bytes = new Uint8Array(256);
    const negated = this.#text[this.#at] === "^";
    if (negated) this.#at++;
    const begin = this.#at;
    while (this.#text[this.#at] !== "]") this.#range(bytes, negated);
    if (this.#at === begin) throw new PatternFault("has an empty class []: name its characters, or write \\[");
    this.#at++;
    return negated ? bytes.map((has, byte) => Number(has === 0 && componentBytes[byte] === 1)) : bytes;
  }

  #range(bytes: ByteSet, negated: boolean): void {
    const from = this.#classByte();
    let to = from;
    if (this.#text[this.#at] === "-" && this.#text[this.#at + 1] !== "]") {
      this.#at++;
      to = this.#classByte();
    }
    if (to < from)
      throw new PatternFault(`has the class range ${char(from)}-${char(to)}, which is empty: turn it round`);
    if (!negated && from <= slash && slash <= to)
      throw new PatternFault("has a class with /, which classes do not match: use {a,b}");
    bytes.fill(1, from, to + 1);
  }

  #classByte(): number {
    const next = this.#text[this.#at++];
    if (next === undefined) throw new PatternFault("has a [ without its ]: write \\[ for the character");
    const character = next === "\\" ? this.#escaped() : next;
    const code = character.codePointAt(0)!;
    if (code > 0x7f) throw new PatternFault(`has ${character} in a class, which is of single bytes: use {a,b}`);
    return code;
  }
}

const char = (byte: number): string => String.fromCharCode(byte);
