/**
 * The documents of a file, with the place of each of their parts. A place in a policy is named as in a status: by its origin, such as
 * `spec.process.matchPaths[0].path`.
 */
import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, type ParsedNode, parseAllDocuments } from "yaml";
import type { TextFile } from "./text-files.ts";

/** A place in a file. Both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** One document of a file. */
export interface PolicyText {
  readonly file: string;
  /** As `kubectl` would send it; undefined: it cannot be read. */
  readonly value: unknown;
  readonly faults: readonly YamlFault[];
  /** The place of a part, or of the nearest part above that is there. */
  at(origin: string): Place;
}

/** Why a document, or a part of it, cannot be read as YAML. */
interface YamlFault {
  /** The code of the library `yaml`. */
  readonly code: string;
  readonly message: string;
  /** What stands at the place, up to the next space or colon. */
  readonly word: string;
  readonly place: Place;
}

/** The documents of a file that are not empty; of a list, as kubectl prints it, each item. */
export function readPolicyTexts({ file, text }: TextFile): PolicyText[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  return [...documents]
    .filter((document) => document.contents !== null || document.errors.length > 0)
    .map((document) => ({
      file,
      value: isReadable(document) ? document.toJS() : undefined,
      faults: document.errors.map(({ code, message, pos: [from] }) => {
        const word = /^[^\s:]*/.exec(text.slice(from, from + 100))?.[0] ?? "";
        return { code, message, word, place: placeOf(from) };
      }),
      at: (origin: string) => placeOf(offsetOf(document.contents as ParsedNode | null, origin)),
    }))
    .flatMap(itemsOf);
}

/** Faults are those of the whole document: the first item has them. */
function itemsOf(text: PolicyText): PolicyText[] {
  const { kind, items } = (text.value ?? {}) as { kind?: unknown; items?: unknown };
  if (typeof kind !== "string" || !kind.endsWith("List") || !Array.isArray(items) || items.length === 0) return [text];
  return items.map((value: unknown, i) => ({
    ...text,
    value,
    faults: i === 0 ? text.faults : [],
    at: (origin) => text.at(origin === "" ? `items[${i}]` : `items[${i}].${origin}`),
  }));
}

/** A document with a key twice has a value, that of the last one; any other fault leaves nothing that one could rely on. */
const isReadable = (document: Document): boolean => document.errors.every(({ code }) => code === "DUPLICATE_KEY");

function offsetOf(root: ParsedNode | null, origin: string): number {
  let node: unknown = root;
  let offset = root?.range[0] ?? 0;
  for (let rest = origin; rest !== ""; ) {
    const step = isMap(node) ? keyStep(node.items, rest) : isSeq(node) ? itemStep(node.items, rest) : undefined;
    if (step === undefined) return offset;
    ({ node, offset, rest } = step);
  }
  return offset;
}

interface Step {
  readonly node: unknown;
  readonly offset: number;
  readonly rest: string;
}

/** The longest key that the rest begins with: keys may hold dots. Of a key that occurs twice, the last one holds. */
function keyStep(items: readonly { key: unknown; value: unknown }[], rest: string): Step | undefined {
  const fitting = items.flatMap(({ key, value }) => {
    const name = isScalar(key) ? String(key.value) : "";
    const after = rest[name.length];
    if (name === "" || !rest.startsWith(name) || (after !== undefined && after !== "." && after !== "[")) return [];
    const offset = isNode(key) ? (key.range?.[0] ?? 0) : 0;
    return [{ node: value, offset, rest: rest.slice(name.length).replace(/^\./, ""), name }];
  });
  return fitting.sort((a, b) => a.name.length - b.name.length).at(-1);
}

function itemStep(items: readonly unknown[], rest: string): Step | undefined {
  const index = /^\[(\d+)\]\.?/.exec(rest);
  const node = index ? items[Number(index[1])] : undefined;
  if (!index || !isNode(node)) return undefined;
  return { node, offset: node.range?.[0] ?? 0, rest: rest.slice(index[0].length) };
}
