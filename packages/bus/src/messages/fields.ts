/**
 * What all codecs share: the two-way tables of enumerations, and checks that turn a wire value into a strict one or throw
 * `BUS_MESSAGE_INVALID` with the field's name. A decoder never fills in for what is missing.
 */

import type { Throttling } from "@portcullis/model";
import { MessageCorruptError, MessageInvalidError } from "../errors.ts";

/** Two-way table of an enumeration: our word ⇄ its number on the wire. 0 is never a value. */
export class WireEnum<T extends string> {
  readonly #toWire: ReadonlyMap<string, number>;
  readonly #toWord: ReadonlyMap<number, T>;
  constructor(numbers: Readonly<Record<T, number>>) {
    const entries = Object.entries(numbers) as [T, number][];
    this.#toWire = new Map(entries);
    this.#toWord = new Map(entries.map(([word, number]) => [number, word]));
  }

  has(word: string): boolean {
    return this.#toWire.has(word);
  }

  encode(word: T, field: string): number {
    const number = this.#toWire.get(word);
    if (number === undefined) throw this.#invalid(field, JSON.stringify(word));
    return number;
  }

  decode(number: number | null | undefined, field: string): T {
    const word = this.#toWord.get(number ?? 0);
    if (word === undefined) throw this.#invalid(field, `number ${number ?? 0}`);
    return word;
  }

  #invalid(field: string, value: string): MessageInvalidError {
    return new MessageInvalidError(field, `${value} is none of ${[...this.#toWire.keys()].join(", ")}`);
  }
}

export function nonEmpty(value: string | null | undefined, field: string): string {
  if (value === undefined || value === null || value === "") throw new MessageInvalidError(field, "is missing");
  return value;
}

export function integer(value: number, field: string, min: number, max: number): number {
  if (!Number.isInteger(value) || value < min || value > max)
    throw new MessageInvalidError(field, `${value} is not an integer from ${min} to ${max}`);
  return value;
}

export const uint32Max = 0xffff_ffff;
const uint64Max = (1n << 64n) - 1n;

/** A 64-bit field as protobufjs gives it: a number, or an object of two halves. */
export type WireUint64 = number | { readonly low: number; readonly high: number } | null | undefined;

export function uint64FromWire(value: WireUint64): bigint {
  if (value === null || value === undefined) return 0n;
  if (typeof value === "number") return BigInt(value);
  return (BigInt(value.high >>> 0) << 32n) | BigInt(value.low >>> 0);
}

export function uint64ToWire(value: bigint, field: string): { low: number; high: number; unsigned: true } {
  if (value < 0n || value > uint64Max) throw new MessageInvalidError(field, `${value} is not from 0 to 2^64-1`);
  return { low: Number(value & 0xffff_ffffn) | 0, high: Number(value >> 32n) | 0, unsigned: true };
}

interface WireEntry {
  readonly key?: string | null | undefined;
  readonly value?: string | null | undefined;
}

interface WireThrottling {
  readonly alertsPerSecond?: number | null | undefined;
  readonly seconds?: number | null | undefined;
}

/** Both are above zero: a bound of no alert at all, or for no time, is none. */
export function throttlingOf(wire: WireThrottling, field: string): Throttling {
  return {
    alertsPerSecond: integer(wire.alertsPerSecond ?? 0, `${field}.alertsPerSecond`, 1, uint32Max),
    seconds: integer(wire.seconds ?? 0, `${field}.seconds`, 1, uint32Max),
  };
}

/** By code unit, which is the same on every machine; `localeCompare` is not. */
export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function entriesToWire(map: Readonly<Record<string, string>>): { key: string; value: string }[] {
  return Object.keys(map)
    .sort(byCodeUnit)
    .map((key) => ({ key, value: map[key] as string }));
}

export function entriesFromWire(entries: readonly WireEntry[], field: string): Readonly<Record<string, string>> {
  const seen = new Set<string>();
  for (const { key } of entries) {
    if (seen.has(key ?? "")) throw new MessageInvalidError(field, `${JSON.stringify(key)} is there twice`);
    seen.add(key ?? "");
  }
  // `fromEntries` defines own properties: a key named __proto__ stays a key.
  return Object.fromEntries(entries.map(({ key, value }) => [key ?? "", value ?? ""]));
}

/** Runs protobufjs' decoder, whose errors are untyped. */
export function parse<T>(what: string, decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    throw new MessageCorruptError(`the ${what} is not protobuf: ${(cause as Error).message}`, { cause });
  }
}

/** protobufjs writes every field that is set. Leaving out defaults keeps messages small and gives each message one form. */
export function unlessDefault<T>(value: T): T | null {
  return value === "" || value === 0 || value === false ? null : value;
}
