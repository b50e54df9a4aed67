import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import { until } from "@portcullis/daemon/testing";
import { openSpool, readAll, text } from "./opened-spool.ts";
import { TemporaryDirectories } from "./support.ts";

const directories = new TemporaryDirectories();
afterEach(() => directories.removeAll());

const segments = (dir: string) => readdirSync(dir).filter((name) => name.endsWith(".alerts"));

describe("the alert spool", () => {
  it("gives back what was appended, in order", () => {
    const { spool } = openSpool(directories.make());
    expect(spool.append([text("a"), text("b")])).toBe(2);
    spool.append([text("c")]);
    expect(readAll(spool)).toEqual(["a", "b", "c"]);
    expect(spool.waiting).toBe(3);
  });

  it("keeps what was not acknowledged when the process is killed", () => {
    const dir = directories.make();
    const first = openSpool(dir).spool; // never closed, as after SIGKILL
    first.append([text("a"), text("b")]);
    expect(readAll(openSpool(dir).spool)).toEqual(["a", "b"]);
  });

  it("does not give acknowledged alerts again after an orderly close", () => {
    const dir = directories.make();
    const { spool } = openSpool(dir);
    spool.append([text("a"), text("b"), text("c")]);
    spool.acknowledge(spool.read(spool.start)!.after);
    spool.close();
    const again = openSpool(dir).spool;
    again.append([text("d")]);
    expect(readAll(again)).toEqual(["b", "c", "d"]);
    expect(again.waiting).toBe(3);
  });

  it("drops the oldest segment at the limit and counts what it still held", () => {
    const dir = directories.make();
    const { spool, told } = openSpool(dir, { maxBytes: 400, segmentBytes: 130 });
    for (let i = 0; i < 20; i++) spool.append([text(`alert-${String(i).padStart(34, "0")}`)]); // 64 bytes each, two a segment
    const left = readAll(spool);
    expect(spool.bytes).toBeLessThanOrEqual(400);
    expect(left.at(-1)).toMatch(/19$/);
    expect(left.length + told.lost.reduce((sum, { count }) => sum + count, 0)).toBe(20);
    expect(told.lost.every(({ reason }) => reason === "limit")).toBe(true);
  });

  it("counts no acknowledged alert as dropped", () => {
    const { spool, told } = openSpool(directories.make(), { maxBytes: 200, segmentBytes: 100 });
    for (let i = 0; i < 20; i++) {
      spool.append([text("x".repeat(40))]);
      spool.acknowledge(spool.read(spool.start)!.after);
    }
    expect(told).toMatchObject({ lost: [], kept: 0 });
    expect(readAll(spool)).toEqual([]);
  });

  it("removes segments that were acknowledged whole", () => {
    const dir = directories.make();
    const { spool } = openSpool(dir, { segmentBytes: 100 });
    for (let i = 0; i < 10; i++) spool.append([text("x".repeat(40))]);
    for (let next = spool.read(spool.start); next; next = spool.read(spool.start)) spool.acknowledge(next.after);
    expect(segments(dir)).toHaveLength(1);
  });

  it("keeps its files readable by root only", () => {
    const dir = directories.make();
    openSpool(dir).spool.append([text("a")]);
    expect(statSync(join(dir, segments(dir)[0]!)).mode & 0o077).toBe(0);
  });
});

describe("what power loss may cost", () => {
  it("is what was appended within the delay: every write is followed by a sync of its file, one for a batch", async () => {
    const dir = directories.make();
    const synced: { inode: number; bytes: number }[] = [];
    const { spool, told } = openSpool(dir, {
      segmentBytes: 200,
      sync: (file, done) => {
        const { ino, size } = statSync(`/proc/self/fd/${file}`);
        synced.push({ inode: ino, bytes: size });
        setImmediate(done, undefined);
      },
    });
    for (let i = 0; i < 3; i++) spool.append([text("x".repeat(40))]); // one segment
    const onDisk = () => segments(dir).map((name) => statSync(join(dir, name)));
    const allSynced = () =>
      onDisk().every(({ ino, size }) => synced.some(({ inode, bytes }) => inode === ino && bytes === size));
    expect(allSynced()).toBe(false);
    await until("the first segment is synced", allSynced);
    expect(synced).toHaveLength(1);
    for (let i = 0; i < 5; i++) spool.append([text("y".repeat(40))]);
    await until("the later ones are synced", allSynced);
    expect(onDisk().length).toBeGreaterThan(1);
    expect(synced.length).toBeLessThanOrEqual(4);
    expect(told.syncFailures).toBe(0);
  });

  it("is told when the disk does not sync", async () => {
    const { spool, told } = openSpool(directories.make(), { sync: (_, done) => setImmediate(done, new Error("EIO")) });
    spool.append([text("a")]);
    await until("the failure is told", () => told.syncFailures === 1);
    expect(readAll(spool)).toEqual(["a"]);
  });

  it("closes every file that it wrote", async () => {
    const dir = directories.make();
    const { spool } = openSpool(dir, { segmentBytes: 60, sync: (_, done) => setImmediate(done, undefined) });
    for (let i = 0; i < 20; i++) spool.append([text("x".repeat(40))]);
    const open = () =>
      readdirSync("/proc/self/fd").filter((fd) => {
        try {
          return readFileSync(`/proc/self/fdinfo/${fd}`) && statSync(`/proc/self/fd/${fd}`).isFile() && isOf(dir, fd);
        } catch {
          return false;
        }
      });
    await until("only the segment that is written to is open", () => open().length === 1);
    spool.close();
    expect(open()).toEqual([]);
  });
});

function isOf(dir: string, fd: string): boolean {
  const { ino } = statSync(`/proc/self/fd/${fd}`);
  return segments(dir).some((name) => statSync(join(dir, name)).ino === ino);
}
