/**
 * Patterns as docs/semantics.md describes them, over whole names, in the plainest way: choices are written out, and what is left is tried letter by
 * letter, going back where it does not fit. Nothing is shared with the product's own parser and automata.
 */

/** Does the pattern match the name (which begins with "/")? Both are taken byte by byte. */
export function globMatches(pattern: string, name: string): boolean {
  if (name === "/") return false;
  const bytes = (text: string) => Buffer.from(text).toString("latin1");
  const wanted = pattern.endsWith("/") && !pattern.endsWith("\\/") ? pattern.slice(0, -1) : pattern;
  return writtenOut(bytes(wanted)).some((plain) => matches(plain, bytes(name)));
}

/** The name at the pattern's beginning: up to the "/" before the first letter that means something else, or all of it. */
export function literalBeginning(pattern: string): string {
  const { text, whole } = literalLetters(pattern);
  if (whole) return text.length > 1 && text.endsWith("/") ? text.slice(0, -1) : text;
  return text.slice(0, text.lastIndexOf("/") + 1);
}

/** How many bytes are literal at the beginning: more is more specific. */
export function literalLength(pattern: string): number {
  const { text, whole } = literalLetters(pattern);
  return Buffer.byteLength(whole && text.endsWith("/") ? text.slice(0, -1) : text);
}

/** The pattern with another spelling of its literal beginning. */
export function respelled(pattern: string, beginning: string): string {
  const { text, length, whole } = literalLetters(pattern);
  const quoted = beginning.replace(/[\\*?[\]{}]/g, "\\$&");
  if (whole) return quoted;
  const directory = quoted.endsWith("/") ? quoted : `${quoted}/`;
  const rest = text.slice(text.lastIndexOf("/") + 1).replace(/[\\*?[\]{}]/g, "\\$&");
  return directory + rest + pattern.slice(length);
}

function literalLetters(pattern: string): { text: string; length: number; whole: boolean } {
  let text = "";
  for (let at = 0; at < pattern.length; at++) {
    if ("*?[{".includes(pattern[at]!)) return { text, length: at, whole: false };
    if (pattern[at] === "\\") at++;
    text += pattern[at];
  }
  return { text, length: pattern.length, whole: true };
}

/** Between two parts of a pattern: "*" beside "*" of a choice is no "**". */
const apart = "\0";

/** The pattern without choices, once for each way. */
function writtenOut(pattern: string): string[] {
  const open = unquoted(pattern, "{", 0);
  if (open < 0) return [pattern];
  const ways: string[] = [];
  let depth = 0;
  let from = open + 1;
  for (let at = open; at < pattern.length; at++) {
    if (pattern[at] === "\\") at++;
    else if (pattern[at] === "{") depth++;
    else if (pattern[at] === "," && depth === 1) {
      ways.push(pattern.slice(from, at));
      from = at + 1;
    } else if (pattern[at] === "}" && --depth === 0) {
      ways.push(pattern.slice(from, at));
      return ways.flatMap((way) => writtenOut(pattern.slice(0, open) + apart + way + apart + pattern.slice(at + 1)));
    }
  }
  throw new Error(`${pattern} is no pattern`);
}

function unquoted(pattern: string, letter: string, from: number): number {
  for (let at = from; at < pattern.length; at++) {
    if (pattern[at] === "\\") at++;
    else if (pattern[at] === "[") at = pattern.indexOf("]", at);
    else if (pattern[at] === letter) return at;
  }
  return -1;
}

function matches(pattern: string, name: string): boolean {
  const [first = "", second = ""] = pattern;
  if (first === apart) return matches(pattern.slice(1), name);
  if (first === "*") return matchesAfterStars(pattern, name);
  if (first === "" || name === "") return first === name;
  if (first === "[") return matchesClass(pattern, name);
  const fits = first === "?" ? name[0] !== "/" : name[0] === (first === "\\" ? second : first);
  return fits && matches(pattern.slice(first === "\\" ? 2 : 1), name.slice(1));
}

function matchesAfterStars(pattern: string, name: string): boolean {
  const stars = /^\*+/.exec(pattern)![0].length;
  const rest = pattern.slice(stars);
  for (let taken = 0; taken <= name.length; taken++) {
    if (matches(rest, name.slice(taken))) return true;
    if (stars === 1 && name[taken] === "/") return false;
  }
  return false;
}

function matchesClass(pattern: string, name: string): boolean {
  const end = pattern.indexOf("]");
  const inside = pattern.slice(1, end);
  const negated = inside.startsWith("^");
  const fits = inClass(negated ? inside.slice(1) : inside, name[0]!) !== negated;
  return fits && name[0] !== "/" && matches(pattern.slice(end + 1), name.slice(1));
}

/** A class without quoted letters, which the tests do not use. */
function inClass(letters: string, letter: string): boolean {
  for (let at = 0; at < letters.length; at++) {
    const to = letters[at + 1] === "-" && at + 2 < letters.length ? letters[at + 2]! : letters[at]!;
    if (letters[at]! <= letter && letter <= to) return true;
    if (to !== letters[at]) at += 2;
  }
  return false;
}
