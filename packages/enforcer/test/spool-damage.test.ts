/**
 * Torn tails and flipped bytes: each costs the records that it hits and no other, and every one is counted.
 *
 * Long because the cases and the property that generalises them share what damages a file.
 */

import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { Spool } from "../src/alerts/spool.ts";
import { openSpool, readAll, text } from "./opened-spool.ts";
import { TemporaryDirectories } from "./support.ts";

// In memory, because hundreds of syncs would wait for a disk.
const directories = new TemporaryDirectories(existsSync("/dev/shm") ? "/dev/shm" : undefined);
afterEach(() => directories.removeAll());

const headerBytes = 24;
const segments = (dir: string) =>
  readdirSync(dir)
    .filter((name) => name.endsWith(".alerts"))
    .sort()
    .map((name) => join(dir, name));

/** Another byte than before, also when the same one is hit again. */
function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at]! + 1) & 0xff;
  writeFileSync(path, bytes);
}

describe("damage in the spool", () => {
  const record = (n: number) => n * (headerBytes + 5);
  const filled = (...values: string[]) => {
    const dir = directories.make();
    openSpool(dir).spool.append(values.map(text)); // never closed, as after a power loss
    return { dir, path: segments(dir)[0]! };
  };
  const five = ["aaaaa", "bbbbb", "ccccc", "ddddd", "eeeee"];

  it.each([
    ["a payload", headerBytes + 2],
    ["a marker", 1],
    ["a version", 3],
    ["a number", 4],
    ["a length", 12],
    ["a checksum", 17],
    ["a header's checksum", 21],
  ])("that flips a byte of %s costs that record alone", (_, at) => {
    const { dir, path } = filled(...five);
    flip(path, record(1) + at);
    const { spool, told } = openSpool(dir);
    expect(readAll(spool)).toEqual(["aaaaa", "ccccc", "ddddd", "eeeee"]);
    expect(told).toMatchObject({ records: 1, bytes: headerBytes + 5 });
    expect(readAll(spool)).toHaveLength(4);
    expect(told.records).toBe(1); // read twice, counted once
  });

  it("that tears the last record costs that one, and what is appended later stands behind it", () => {
    const { dir, path } = filled(...five);
    truncateSync(path, record(4) + 10);
    const { spool, told } = openSpool(dir);
    spool.append([text("fffff")]);
    expect(readAll(spool)).toEqual(["aaaaa", "bbbbb", "ccccc", "ddddd", "fffff"]);
    expect(told).toMatchObject({ records: 1, bytes: 10 });
    spool.close();
    const again = openSpool(dir);
    expect(readAll(again.spool)).toHaveLength(5);
    expect(again.told.records).toBe(0);
  });

  it("that is done while the process runs is found in reading", () => {
    const dir = directories.make();
    const { spool, told } = openSpool(dir);
    spool.append(five.map(text));
    flip(segments(dir)[0]!, record(2) + headerBytes);
    expect(readAll(spool)).toEqual(["aaaaa", "bbbbb", "ddddd", "eeeee"]);
    expect(told).toMatchObject({ records: 1, bytes: headerBytes + 5 });
  });

  it("that takes a whole file costs what was in it and ends nothing", () => {
    const dir = directories.make();
    const { spool, told } = openSpool(dir, { segmentBytes: 2 * record(1) });
    for (const value of five) spool.append([text(value)]);
    rmSync(segments(dir)[1]!);
    expect(readAll(spool)).toEqual(["aaaaa", "bbbbb", "eeeee"]);
    expect(told).toMatchObject({ records: 2, bytes: 2 * record(1) });
    for (let next = spool.read(spool.start); next; next = spool.read(spool.start)) spool.acknowledge(next.after);
    expect(told.records).toBe(2);
    expect(spool.waiting).toBe(0);
  });

  it("does not let a record inside of an alert's text stand for one", () => {
    const inner = readFileSync(filled("forged").path).toString("utf8"); // as the kernel's names become text
    const { dir, path } = filled("aaaaa", inner, "ccccc");
    flip(path, record(1));
    expect(readAll(openSpool(dir).spool)).toEqual(["aaaaa", "ccccc"]);
  });
});

/** The spool as one would think of it: a list, in which damaged alerts are marked. */
interface Expected {
  readonly payload: string;
  damaged: boolean;
}

type Step =
  | { readonly kind: "append"; readonly sizes: readonly number[] }
  | { readonly kind: "acknowledge"; readonly count: number }
  | { readonly kind: "restart"; readonly orderly: boolean; readonly flips: readonly number[]; readonly tear: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("append" as const), sizes: fc.array(fc.nat(60), { minLength: 1, maxLength: 6 }) }),
  fc.record({ kind: fc.constant("acknowledge" as const), count: fc.nat(8) }),
  fc.record({
    kind: fc.constant("restart" as const),
    orderly: fc.boolean(),
    flips: fc.array(fc.nat(1 << 20), { maxLength: 4 }),
    tear: fc.oneof(fc.constant(0), fc.nat(120)),
  }),
);

/** Segments stay after they were acknowledged, so that after a kill the list is at the last saved cursor exactly. */
const settings = { segmentBytes: 200, keepAcknowledgedMs: 1_000_000 };

class Run {
  readonly dir = directories.make();
  readonly expected: Expected[] = [];
  #opened = openSpool(this.dir, settings);
  /** How many of the list are acknowledged, and how many of these are so on disk. */
  #acknowledged = 0;
  #saved = 0;
  #made = 0;
  readonly #places = new Map<string, ReturnType<typeof placesOf>>();
  /** Records that were damaged where the end of a segment shows nothing behind them. */
  #atLeast = false;

  do(next: Step): void {
    if (next.kind === "append") this.#append(next.sizes);
    else if (next.kind === "acknowledge") this.#acknowledge(next.count);
    else this.#restart(next);
  }

  #append(sizes: readonly number[]): void {
    const payloads = sizes.map((size) => `${this.#made++}-${"é".repeat(size)}`);
    expect(this.#opened.spool.append(payloads.map(text))).toBe(payloads.length);
    this.expected.push(...payloads.map((payload) => ({ payload, damaged: false })));
  }

  #acknowledge(count: number): void {
    const { spool } = this.#opened;
    for (let i = 0; i < count; i++) {
      const read = spool.read(spool.start);
      if (!read) return;
      spool.acknowledge(read.after);
      const index = this.expected.findIndex(({ payload }) => payload === Buffer.from(read.payload).toString());
      const between = this.expected.slice(this.#acknowledged, index);
      expect(between.every(({ damaged }) => damaged)).toBe(true);
      this.#acknowledged = index + 1;
    }
  }

  #restart({ orderly, flips, tear }: { orderly: boolean; flips: readonly number[]; tear: number }): void {
    if (orderly) {
      this.#opened.spool.close();
      this.#saved = this.#acknowledged;
    }
    this.#acknowledged = this.#saved;
    this.#damage(flips, tear);
    this.#opened = openSpool(this.dir, settings);
    // A segment in which nothing was whole is gone, and the next one has its name.
    for (const path of this.#places.keys()) if (!existsSync(path)) this.#places.delete(path);
  }

  /** Flips and cuts bytes, and marks the alerts that these belong to, by the places that the bytes showed before. */
  #damage(flips: readonly number[], tear: number): void {
    const files = segments(this.dir);
    const last = files.at(-1);
    if (last === undefined) return;
    const places = files.map((path) => ({ path, records: this.#placesIn(path) }));
    for (const at of flips) {
      const { path, records } = places[at % places.length]!;
      const size = readFileSync(path).length;
      if (size === 0) continue;
      const byte = at % size;
      flip(path, byte);
      this.#mark(records.filter(({ begin, end }) => byte >= begin && byte < end));
    }
    if (tear === 0) return;
    const left = Math.max(0, readFileSync(last).length - tear);
    truncateSync(last, left);
    this.#mark(places.at(-1)!.records.filter(({ end }) => end > left));
  }

  /** Nothing is written to a file after the restart that first sees it, when it is not damaged yet. */
  #placesIn(path: string): ReturnType<typeof placesOf> {
    const places = this.#places.get(path) ?? placesOf(readFileSync(path));
    this.#places.set(path, places);
    return places;
  }

  #mark(records: readonly { payload: string }[]): void {
    for (const { payload } of records) {
      const hit = this.expected.find((each) => each.payload === payload);
      if (hit) hit.damaged = true;
    }
    if (records.length > 0) this.#atLeast = true;
  }

  /** Reads to the end and compares; in a last process, so that what it counts is what is there. */
  end(): void {
    this.#restart({ orderly: true, flips: [], tear: 0 });
    const left = this.expected.slice(this.#acknowledged);
    expect(readAll(this.#opened.spool)).toEqual(left.filter(({ damaged }) => !damaged).map(({ payload }) => payload));
    if (!this.#atLeast) expect(this.#opened.told).toMatchObject({ records: 0, bytes: 0 });
    expect(this.#opened.told.lost).toEqual([]);
  }
}

/** Where each record lies in bytes that are not damaged, by the length in its header. */
function placesOf(bytes: Buffer): { begin: number; end: number; payload: string }[] {
  const places = [];
  for (let at = 0; at + headerBytes <= bytes.length; ) {
    const end = at + headerBytes + bytes.readUInt32LE(at + 12);
    places.push({ begin: at, end, payload: bytes.subarray(at + headerBytes, end).toString() });
    at = end;
  }
  return places;
}

describe("the spool beside a list", () => {
  it("gives every record that is not damaged once and in order, whatever happens", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const run = new Run();
        for (const each of steps) run.do(each);
        run.end();
      }),
      { numRuns: 150 },
    );
  });

  it("counts exactly the records that were damaged, and their bytes", () => {
    const flips = fc.uniqueArray(fc.nat(39), { maxLength: 12 });
    fc.assert(
      fc.property(flips, fc.nat(headerBytes + 2), (damaged, at) => {
        const dir = directories.make();
        const first: Spool = openSpool(dir, { segmentBytes: 330 }).spool;
        for (let n = 0; n < 40; n++) first.append([text(String(n).padStart(9, "0"))]); // 33 bytes each, ten a segment
        for (const n of damaged) flip(segments(dir)[Math.floor(n / 10)]!, (n % 10) * 33 + at);
        const { spool, told } = openSpool(dir);
        const whole = Array.from({ length: 40 }, (_, n) => n).filter((n) => !damaged.includes(n));
        expect(readAll(spool).map(Number)).toEqual(whole);
        // Behind the last whole record of a segment, only markers that can be read tell how many there were.
        if (at > 3) expect(told).toMatchObject({ records: damaged.length, bytes: 33 * damaged.length });
      }),
      { numRuns: 150 },
    );
  });
});
