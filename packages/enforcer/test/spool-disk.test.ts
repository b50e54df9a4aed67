/** A disk that refuses: the spool goes on in memory, bounded, says so, and goes back to the disk. */

import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import { MemoryLog } from "@portcullis/daemon/testing";
import { SpoolLoss } from "../src/alerts/spool-loss.ts";
import { openSpool, readAll, text } from "./opened-spool.ts";
import { counting, TemporaryDirectories } from "./support.ts";

const directories = new TemporaryDirectories();
afterEach(() => directories.removeAll());

const upTo = (n: number) => Array.from({ length: n }, (_, each) => each);

describe("a spool whose directory cannot be made or read", () => {
  it.each([
    ["a kernel's directory, where nothing can be made", () => "/sys/portcullis/spool"],
    ["a file in its place", fileInItsPlace],
  ])("is in memory: %s", (_, place) => {
    const { spool, told } = openSpool(place());
    expect(told.refusals.length).toBeGreaterThan(0);
    expect(spool.append([text("a"), text("b")])).toBe(2);
    spool.acknowledge(spool.read(spool.start)!.after);
    expect(readAll(spool)).toEqual(["b"]);
    expect(told).toMatchObject({ memory: 2, lost: [] });
    spool.close();
    expect(told.lost).toEqual([{ count: 1, reason: "memory" }]);
  });

  it("drops the oldest beyond what memory may hold, and counts each", () => {
    const { spool, told } = openSpool(fileInItsPlace(), { memoryBytes: 8_000 });
    for (const n of upTo(500)) spool.append([text(String(n).padStart(76, "0"))]); // 100 bytes each
    const left = readAll(spool).map(Number);
    expect(spool.bytes).toBeLessThanOrEqual(8_000);
    expect(left).toEqual(upTo(500).slice(-left.length));
    expect(left.length).toBeGreaterThan(60);
    expect(told.lost.reduce((sum, { count }) => sum + count, 0)).toBe(500 - left.length);
    expect(new Set(told.lost.map(({ reason }) => reason))).toEqual(new Set(["memory"]));
  });

  it("is on disk again when the disk accepts again, in the same order", () => {
    const place = fileInItsPlace();
    let clock = 0;
    const { spool, told } = openSpool(place, { now: () => clock });
    spool.append([text("in memory")]);
    rmSync(place);
    mkdirSync(place);
    spool.append([text("in memory too")]); // it is not tried with every alert
    clock = 5_000;
    spool.append([text("on disk")]);
    expect(told).toMatchObject({ memory: 2, acceptances: 1 });
    expect(spool.refused).toBe(false);
    expect(readAll(spool)).toEqual(["in memory", "in memory too", "on disk"]);
    expect(readAll(openSpool(place).spool)).toEqual(["on disk"]);
  });
});

describe("a disk that is full", () => {
  it("costs no alert: what it wrote in part is not read, the rest is in memory, and later ones are on disk again", () => {
    const dir = directories.make();
    const program = join(import.meta.dirname, "spool-on-small-files.ts");
    const command = `ulimit -f 16; exec "$0" --no-warnings "$@"`; // 8 KiB a file
    const { stdout, stderr } = spawnSync("sh", ["-c", command, process.execPath, program, dir], {
      encoding: "utf8",
      timeout: 20_000,
    });
    expect(stderr).toBe("");
    const { refused, accepted, numbers, damaged, lost } = JSON.parse(stdout);
    expect(refused).toMatchObject({ refusals: 1, problem: true });
    expect(accepted).toEqual({ acceptances: 1, problem: false, memory: refused.memory });
    expect(refused.memory).toBeGreaterThan(30);
    expect(numbers).toEqual(upTo(99));
    expect({ damaged, lost }).toEqual({ damaged: 0, lost: [] });
    const onDisk = readAll(openSpool(dir).spool).map((payload) => Number.parseInt(payload, 10));
    expect(onDisk).toEqual([...upTo(90 - refused.memory), ...upTo(99).slice(90)]);
  });
});

describe("what is told of it", () => {
  it("is one line of the log, a problem for as long as it lasts, and counts", () => {
    const log = new MemoryLog();
    const { count, of } = counting();
    const loss = new SpoolLoss({ dir: "/var/lib/portcullis/spool", log, count });
    loss.refused(new Error("EROFS: read-only file system"));
    loss.refused(new Error("EROFS: read-only file system"));
    loss.inMemory(3);
    expect(loss.problems).toEqual([
      "ENFORCER_SPOOL_IN_MEMORY: alerts cannot be written to /var/lib/portcullis/spool and are kept in memory: EROFS: read-only file system",
    ]);
    loss.accepted();
    expect(loss.problems).toEqual([]);
    expect([of("spool_write_failures"), of("spool_in_memory")]).toEqual([2, 3]);
    expect(log.lines.filter(({ level }) => level === "error")).toHaveLength(1);
  });
});

function fileInItsPlace(): string {
  const place = join(directories.make(), "spool");
  writeFileSync(place, "");
  return place;
}
