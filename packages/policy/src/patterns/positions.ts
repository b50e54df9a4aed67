/**
 * Where in a set of patterns a name can have got to: a non-deterministic automaton over the bytes of names. A position asks for one byte of a
 * set and leads on, or says that a pattern is matched whole. Positions that ask for nothing are never seen outside.
 */
import { type ByteSet, componentBytes, nameBytes, type Part } from "./parse.ts";

/** Positions, ascending. */
export type PositionSet = readonly number[];

interface Position {
  /** Positions that are reached without a byte. */
  readonly free: number[];
  readonly bytes: ByteSet | undefined;
  /** Where such a byte leads to. */
  to: number;
  /** The pattern that is matched here. */
  readonly matched: number | undefined;
}

const slash = 0x2f;

export class Positions {
  readonly #positions: Position[] = [];
  /** Where every pattern begins. */
  readonly begin = this.#push({});
  /** Behind which position and part of a pattern it goes on where. */
  readonly #behind = new Map<string, number>();
  readonly #closures = new Map<number, PositionSet>();
  readonly #singles = new Map<number, ByteSet>();
  /** Of each position the last closure that it was put into. */
  readonly #seenIn: number[] = [];
  #round = 0;
  #loose: ReadonlySet<number> | undefined;

  /** Adds a pattern, known by its number. What begins as another one shares its positions. */
  add(parts: readonly Part[], pattern: number): void {
    let at = this.begin;
    for (const part of parts) at = this.#goOn(at, part);
    this.#positions[at]!.free.push(this.#push({ matched: pattern }));
  }

  #goOn(from: number, part: Part): number {
    const key = `${from} ${keyOf(part)}`;
    const known = this.#behind.get(key);
    if (known !== undefined) return known;
    const behind = this.#push({});
    this.#positions[from]!.free.push(this.#part(part, behind));
    this.#behind.set(key, behind);
    return behind;
  }

  /** The patterns that can be matched from these positions on. */
  reachable(set: PositionSet): number[] {
    const seen = new Set<number>();
    const found = new Set<number>();
    for (let pending = [...set], at = pending.pop(); at !== undefined; at = pending.pop()) {
      if (seen.has(at)) continue;
      seen.add(at);
      const { free, bytes, to, matched } = this.#positions[at]!;
      if (matched !== undefined) found.add(matched);
      pending.push(...free, ...(bytes ? [to] : []));
    }
    return [...found];
  }

  /** The sets of bytes that positions ask for, each once. */
  byteSets(): Set<ByteSet> {
    return new Set(this.#positions.flatMap(({ bytes }) => (bytes ? [bytes] : [])));
  }

  /** Is there a name that a pattern matches: absolute, and without an empty component? */
  matchesSomeName(): boolean {
    const pending = this.step(this.closure([this.begin]), slash).map((at) => ({ at, behindSlash: true }));
    const seen = new Set<string>();
    for (let one = pending.pop(); one !== undefined; one = pending.pop()) {
      const { bytes, to, matched } = this.#positions[one.at]!;
      if (matched !== undefined && !one.behindSlash) return true;
      const key = `${one.at}${one.behindSlash}`;
      if (seen.has(key) || bytes === undefined) continue;
      seen.add(key);
      const next = this.closure([to]);
      if (bytes[slash] === 1 && !one.behindSlash) pending.push(...next.map((at) => ({ at, behindSlash: true })));
      if (bytes !== this.#singles.get(slash)) pending.push(...next.map((at) => ({ at, behindSlash: false })));
    }
    return false;
  }

  /** All that is reached from these without a byte, and asks for one or is a match. */
  closure(of: readonly number[]): PositionSet {
    if (of.length === 1) return this.#closureOf(of[0]!);
    const found: number[] = [];
    this.#round++;
    for (const position of of) this.#collect(this.#closureOf(position), found);
    return found.sort((a, b) => a - b);
  }

  #collect(positions: PositionSet, found: number[]): void {
    for (const one of positions) {
      if (this.#seenIn[one] === this.#round) continue;
      this.#seenIn[one] = this.#round;
      found.push(one);
    }
  }

  /** Where a byte leads to from a closed set. */
  step(from: PositionSet, byte: number): PositionSet {
    const next: number[] = [];
    for (const position of from) {
      const { bytes, to } = this.#positions[position]!;
      if (bytes !== undefined && bytes[byte] === 1) next.push(to);
    }
    return this.closure(next);
  }

  /** The patterns that are matched by a name that ends here. */
  matched(set: PositionSet): number[] {
    const found = set.map((position) => this.#positions[position]!.matched).filter((one) => one !== undefined);
    return [...new Set(found)].sort((a, b) => a - b);
  }

  /** Of a closed set what can go on where a component begins. */
  beginning(set: PositionSet): PositionSet {
    return set.filter((position) => {
      const { bytes } = this.#positions[position]!;
      return bytes !== undefined && bytes !== this.#singles.get(slash);
    });
  }

  bytesAt(position: number): ByteSet | undefined {
    return this.#positions[position]!.bytes;
  }

  after(position: number): PositionSet {
    return this.closure([this.#positions[position]!.to]);
  }

  /** Does the position lie behind a `**` that has taken some byte? Then nothing can be said of the directories on the way to it. */
  isLoose(position: number): boolean {
    this.#loose ??= this.#findLoose();
    return this.#loose.has(position);
  }

  #closureOf(position: number): PositionSet {
    const known = this.#closures.get(position);
    if (known) return known;
    const seen = new Set<number>();
    const found: number[] = [];
    for (let pending = [position], next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      const { free, bytes, matched } = this.#positions[next]!;
      if (bytes !== undefined || matched !== undefined) found.push(next);
      pending.push(...free);
    }
    found.sort((a, b) => a - b);
    this.#closures.set(position, found);
    return found;
  }

  #push({ free = [], bytes, to = 0, matched }: Partial<Position>): number {
    return this.#positions.push({ free, bytes, to, matched }) - 1;
  }

  /** Builds from the end, so that everything knows where it leads to. */
  #sequence(parts: readonly Part[], end: number): number {
    return parts.reduceRight((to, part) => this.#part(part, to), end);
  }

  #part(part: Part, to: number): number {
    switch (part.kind) {
      case "byte":
        return this.#push({ bytes: this.#single(part.byte), to });
      case "class":
        return this.#push({ bytes: part.bytes, to });
      case "star":
        return this.#loop(componentBytes, to);
      case "any":
        // What `**` has taken nothing for is told apart from what it has taken bytes for: see isLoose.
        return this.#push({ free: [to], bytes: nameBytes, to: this.#loop(nameBytes, to) });
      case "choice":
        return this.#push({ free: part.ways.map((way) => this.#sequence(way, to)) });
    }
  }

  #loop(bytes: ByteSet, to: number): number {
    const loop = this.#push({ free: [to], bytes });
    this.#positions[loop]!.to = loop;
    return loop;
  }

  #single(byte: number): ByteSet {
    const known = this.#singles.get(byte) ?? new Uint8Array(256).fill(1, byte, byte + 1);
    this.#singles.set(byte, known);
    return known;
  }

  /** The positions in and behind the loop of a `**`. */
  #findLoose(): ReadonlySet<number> {
    const loose = new Set<number>();
    const pending: number[] = [];
    for (const [at, { bytes, to }] of this.#positions.entries()) if (bytes === nameBytes && to === at) pending.push(at);
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      if (loose.has(at)) continue;
      loose.add(at);
      const { free, bytes, to } = this.#positions[at]!;
      pending.push(...free, ...(bytes ? [to] : []));
    }
    return loose;
  }
}

/** Parts that are alike have the same. */
function keyOf(part: Part): string {
  switch (part.kind) {
    case "byte":
      return `b${part.byte}`;
    case "class":
      return `c${Buffer.from(part.bytes).toString("latin1")}`;
    case "choice":
      return `{${part.ways.map((way) => way.map(keyOf).join("")).join(",")}}`;
    default:
      return part.kind;
  }
}

/** Is there a name that the pattern matches? */
export function matchesSomeName(parts: readonly Part[]): boolean {
  const positions = new Positions();
  positions.add(parts, 0);
  return positions.matchesSomeName();
}
