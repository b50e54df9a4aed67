import { appendFileSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import { Spool } from "../src/alerts/spool.ts";
import type { Position } from "../src/alerts/spool-cursor.ts";
import { TemporaryDirectories } from "./support.ts";

const directories = new TemporaryDirectories();
afterEach(() => directories.removeAll());

function open(dir: string, more: { maxBytes?: number; segmentBytes?: number } = {}) {
  const dropped: { count: number; reason: string }[] = [];
  const spool = new Spool({
    dir,
    maxBytes: more.maxBytes ?? 1 << 20,
    segmentBytes: more.segmentBytes ?? 1 << 16,
    dropped: (count, reason) => void dropped.push({ count, reason }),
  });
  return { spool, dropped };
}

const text = (value: string) => Buffer.from(value);

function readAll(spool: Spool, from: Position = spool.start): string[] {
  const all: string[] = [];
  for (let next = spool.read(from); next; next = spool.read(next.after)) all.push(Buffer.from(next.payload).toString());
  return all;
}

describe("the alert spool", () => {
  it("gives back what was appended, in order", () => {
    const { spool } = open(directories.make());
    expect(spool.append([text("a"), text("b")])).toBe(2);
    spool.append([text("c")]);
    expect(readAll(spool)).toEqual(["a", "b", "c"]);
  });

  it("keeps what was not acknowledged when the process is killed", () => {
    const dir = directories.make();
    const first = open(dir).spool; // never closed, as after SIGKILL
    first.append([text("a"), text("b")]);
    expect(readAll(open(dir).spool)).toEqual(["a", "b"]);
  });

  it("does not give acknowledged alerts again after an orderly close", () => {
    const dir = directories.make();
    const { spool } = open(dir);
    spool.append([text("a"), text("b"), text("c")]);
    spool.acknowledge(spool.read(spool.start)!.after);
    spool.close();
    const again = open(dir).spool;
    again.append([text("d")]);
    expect(readAll(again)).toEqual(["b", "c", "d"]);
  });

  it("cuts off a record that was torn by a crash and goes on behind it", () => {
    const dir = directories.make();
    open(dir).spool.append([text("whole")]);
    const segment = join(dir, readdirSync(dir)[0]!);
    appendFileSync(segment, Buffer.from([200, 0, 0, 0, 1, 2, 3, 4, 5]));
    const { spool } = open(dir);
    spool.append([text("next")]);
    expect(readAll(spool)).toEqual(["whole", "next"]);
  });

  it("ends at a record whose checksum is wrong", () => {
    const dir = directories.make();
    open(dir).spool.append([text("first"), text("second")]);
    const segment = join(dir, readdirSync(dir)[0]!);
    const bytes = readFileSync(segment);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(segment, bytes);
    expect(readAll(open(dir).spool)).toEqual(["first"]);
  });

  it("drops the oldest segment at the limit and counts what it still held", () => {
    const dir = directories.make();
    const { spool, dropped } = open(dir, { maxBytes: 400, segmentBytes: 100 });
    for (let i = 0; i < 20; i++) spool.append([text(`alert-${String(i).padStart(34, "0")}`)]); // 48 bytes each, two a segment
    const left = readAll(spool);
    expect(spool.bytes).toBeLessThanOrEqual(400);
    expect(left.at(-1)).toMatch(/19$/);
    expect(left.length + dropped.reduce((sum, { count }) => sum + count, 0)).toBe(20);
    expect(dropped.every(({ reason }) => reason === "limit")).toBe(true);
  });

  it("counts no acknowledged alert as dropped", () => {
    const { spool, dropped } = open(directories.make(), { maxBytes: 200, segmentBytes: 100 });
    for (let i = 0; i < 20; i++) {
      spool.append([text("x".repeat(40))]);
      spool.acknowledge(spool.read(spool.start)!.after);
    }
    expect(dropped).toEqual([]);
    expect(readAll(spool)).toEqual([]);
  });

  it("removes segments that were acknowledged whole", () => {
    const dir = directories.make();
    const { spool } = open(dir, { segmentBytes: 100 });
    for (let i = 0; i < 10; i++) spool.append([text("x".repeat(40))]);
    for (let next = spool.read(spool.start); next; next = spool.read(spool.start)) spool.acknowledge(next.after);
    expect(readdirSync(dir).filter((name) => name.endsWith(".seg"))).toHaveLength(1);
  });

  it("keeps its files readable by root only", () => {
    const dir = directories.make();
    open(dir).spool.append([text("a")]);
    expect(statSync(join(dir, readdirSync(dir)[0]!)).mode & 0o077).toBe(0);
  });
});
