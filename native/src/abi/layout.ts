/**
 * Structs of C as tables: offsets follow from the fields by C's rules, and a table encodes and decodes. What the tables of
 * this package describe is in include/abi.h; abi.test.ts compares every struct, size and offset with compiled BTF.
 */

const scalars = { u8: 1, char: 1, u16: 2, u32: 4, s32: 4, u64: 8 } as const;
type Scalar = keyof typeof scalars;
/** What a struct needs to know of one nested in it. */
interface Nested {
  readonly size: number;
  readonly align: number;
  decode(view: DataView, at: number): unknown;
  write(view: DataView, at: number, value: never): void;
}
/** name, type, elements of an array (absent: not an array). A `char` array is a NUL-padded string. */
type Field = readonly [name: string, type: Scalar | Nested, count?: number];

type One<T> = T extends "u64"
  ? bigint
  : T extends Scalar
    ? number
    : T extends { decode(view: DataView, at: number): infer D }
      ? D
      : never;
type ValueOf<F extends Field> = F[1] extends "char"
  ? string
  : F extends readonly [string, unknown, number]
    ? One<F[1]>[]
    : One<F[1]>;
/** A struct's value: u64 as bigint, other integers as number, arrays as arrays, char arrays as string. */
export type Decoded<F extends readonly Field[]> = { [K in F[number] as K[0]]: ValueOf<K> };

export interface Member {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

export class Struct<const F extends readonly Field[] = readonly Field[]> {
  readonly name: string;
  readonly size: number;
  readonly align: number;
  readonly members: readonly Member[];
  readonly #fields: F;

  constructor(name: string, fields: F) {
    this.name = name;
    this.#fields = fields;
    const members: Member[] = [];
    let end = 0;
    let align = 1;
    for (const [field, type, count] of fields) {
      const one = typeof type === "string" ? scalars[type] : type.size;
      const alignment = typeof type === "string" ? one : type.align;
      const offset = Math.ceil(end / alignment) * alignment;
      members.push({ name: field, offset, size: one * (count ?? 1) });
      end = offset + one * (count ?? 1);
      align = Math.max(align, alignment);
    }
    this.members = members;
    this.align = align;
    this.size = Math.ceil(end / align) * align;
  }

  /** Where a field begins, in bytes from the struct's beginning. */
  offset(field: F[number][0]): number {
    return this.members.find(({ name }) => name === field)!.offset;
  }

  /** The struct at `at` bytes into the view. Throws RangeError when it does not lie within. */
  decode(view: DataView, at = 0): Decoded<F> {
    const value: Record<string, unknown> = {};
    this.#fields.forEach(([name, type, count], index) => {
      const start = at + this.members[index]!.offset;
      if (type === "char") value[name] = text(view, start, count ?? 1);
      else if (count === undefined) value[name] = read(view, start, type);
      else value[name] = Array.from({ length: count }, (_, i) => read(view, start + i * sizeOf(type), type));
    });
    return value as Decoded<F>;
  }

  /** The bytes of a value; what is absent is zero. */
  encode(value: Partial<Decoded<F>>): Uint8Array {
    const bytes = new Uint8Array(this.size);
    this.write(new DataView(bytes.buffer), 0, value);
    return bytes;
  }

  /** Writes a value into the view; what is absent stays as it is there. */
  write(view: DataView, at: number, value: Partial<Decoded<F>>): void {
    for (let index = 0; index < this.#fields.length; index++) {
      const [name, type, count] = this.#fields[index]!;
      const given = (value as Record<string, unknown>)[name];
      if (given === undefined) continue;
      const start = at + this.members[index]!.offset;
      if (type === "char") writeText(view, start, count ?? 1, given as string);
      else if (count === undefined) writeOne(view, start, type, given);
      else writeArray(view, start, type, given as readonly unknown[]);
    }
  }
}

const sizeOf = (type: Scalar | Nested): number => (typeof type === "string" ? scalars[type] : type.size);

function text(view: DataView, at: number, size: number): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, size);
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

function read(view: DataView, at: number, type: Scalar | Nested): unknown {
  if (typeof type !== "string") return type.decode(view, at);
  if (type === "u64") return view.getBigUint64(at, true);
  if (type === "s32") return view.getInt32(at, true);
  if (type === "u32") return view.getUint32(at, true);
  return type === "u16" ? view.getUint16(at, true) : view.getUint8(at);
}

function writeOne(view: DataView, at: number, type: Scalar | Nested, value: unknown): void {
  if (typeof type !== "string") type.write(view, at, value as never);
  else if (type === "u64") view.setBigUint64(at, value as bigint, true);
  else if (type === "s32") view.setInt32(at, value as number, true);
  else if (type === "u32") view.setUint32(at, value as number, true);
  else if (type === "u16") view.setUint16(at, value as number, true);
  else view.setUint8(at, value as number);
}

function writeArray(view: DataView, at: number, type: Scalar | Nested, values: readonly unknown[]): void {
  const size = sizeOf(type);
  for (let index = 0; index < values.length; index++) writeOne(view, at + index * size, type, values[index]);
}

/** The rest of the array becomes NUL. */
function writeText(view: DataView, at: number, size: number, value: string): void {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, size);
  bytes.fill(0).set(new TextEncoder().encode(value).subarray(0, size));
}
