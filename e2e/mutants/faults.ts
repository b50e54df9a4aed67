/**
 * Single faults that can be put into a line of the engine (C) or of the packer (TypeScript): conditions turned, bounds and offsets
 * moved, calls and stores left out, answers exchanged, hooks left out. Pure.
 */

/** One fault: a line of a file, and what stands there instead. */
export interface Fault {
  /** Relative to the repository. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly before: string;
  readonly after: string;
  readonly kind: string;
}

interface Operator {
  readonly kind: string;
  readonly pattern: RegExp;
  readonly replacement: string;
}

/** Each is tried at every place of a line where it fits. */
const operators: readonly Operator[] = [
  { kind: "condition turned", pattern: /\bif \((.*)\)( \{)?$/g, replacement: "if (!($1))$2" },
  { kind: "bound moved", pattern: / < /g, replacement: " <= " },
  { kind: "bound moved", pattern: / > /g, replacement: " >= " },
  { kind: "bound moved", pattern: / <= /g, replacement: " < " },
  { kind: "bound moved", pattern: / >= /g, replacement: " > " },
  { kind: "comparison turned", pattern: / ===? /g, replacement: " != " },
  { kind: "comparison turned", pattern: / !==? /g, replacement: " == " },
  { kind: "and for or", pattern: / \|\| /g, replacement: " && " },
  { kind: "or for and", pattern: / && /g, replacement: " || " },
  { kind: "offset moved", pattern: / \+ 1\b/g, replacement: " + 2" },
  { kind: "offset moved", pattern: / - 1\b/g, replacement: " - 2" },
  { kind: "bits exchanged", pattern: / \| (?=[A-Z(])/g, replacement: " & " },
  { kind: "store left out", pattern: /^(\s+)[\w>.[\]()-]+ (?:\||&|\+|-)?= [^{]+;$/g, replacement: "$1;" },
  { kind: "call left out", pattern: /^(\s+)[a-z]\w+(?:\.\w+)*\(.*\);$/g, replacement: "$1;" },
  { kind: "answer exchanged", pattern: /\breturn 0;/g, replacement: "return 1;" },
  { kind: "answer exchanged", pattern: /\breturn -\w+;/g, replacement: "return 0;" },
  { kind: "answer exchanged", pattern: /\breturn true;/g, replacement: "return false;" },
  { kind: "answer exchanged", pattern: /\breturn false;/g, replacement: "return true;" },
  {
    kind: "hook left out",
    pattern: /\breturn (?:exec|file|socket|mount|attribute)_\w+\(.*\);/g,
    replacement: "return 0;",
  },
];

/** Every fault that the lines of a file can have. Comments, declarations and what the preprocessor reads are left alone. */
export function faultsOf(file: string, text: string): Fault[] {
  let inComment = false;
  return text.split("\n").flatMap((before, index) => {
    const code = before.trim();
    const starts = code.startsWith("/*");
    const skipped = inComment || starts || code.startsWith("//") || code.startsWith("#") || code.endsWith("\\");
    if (starts || inComment) inComment = !code.includes("*/");
    if (skipped || code.startsWith("barrier") || code.startsWith("import")) return [];
    return operators.flatMap(({ kind, pattern, replacement }) =>
      replacements(before, pattern, replacement).map((after) => ({ file, line: index + 1, before, after, kind })),
    );
  });
}

/** The line with the pattern replaced at one place, for each such place. */
function replacements(line: string, pattern: RegExp, replacement: string): string[] {
  return [...line.matchAll(pattern)].map(({ index, 0: found }) => {
    const changed = found.replace(new RegExp(pattern.source), replacement);
    return line.slice(0, index) + changed + line.slice(index + found.length);
  });
}

/**
 * Faults by lot, spread over the files: from each file in turn one, until `count` are drawn or none is left. The same seed and the
 * same text give the same faults; more can be asked for, when one turns out not to compile.
 */
export function* drawn(faults: readonly Fault[], seed: number): Generator<Fault> {
  const next = generator(seed);
  const byFile = Map.groupBy(faults, ({ file }) => file);
  const piles = [...byFile.values()].map((pile) => shuffled(pile, next));
  for (let left = shuffled(piles, next); left.length > 0; left = left.filter((pile) => pile.length > 0)) {
    for (const pile of left) {
      const fault = pile.pop();
      if (fault) yield fault;
    }
  }
}

function shuffled<T>(list: readonly T[], next: () => number): T[] {
  const copy = [...list];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [copy[i], copy[j]] = [copy[j] as T, copy[i] as T];
  }
  return copy;
}

/** Numbers in [0, 1): mulberry32. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
