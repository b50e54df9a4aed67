/**
 * A program that fills a spool whose disk refuses beyond some kilobytes a file, as `ulimit -f` makes it, and prints what came of
 * it. The kernel writes a part of the last batch before it refuses, as a full disk does.
 */

import { openSpool, readAll, text } from "./opened-spool.ts";

const [dir = ""] = process.argv.slice(2);
let clock = 0;
const { spool, told } = openSpool(dir, { now: () => clock, segmentBytes: 1 << 20 });
const append = (from: number, to: number) => {
  for (let n = from; n < to; n += 3) spool.append([n, n + 1, n + 2].map((each) => text(`${each} ${"x".repeat(200)}`)));
};
append(0, 90);
const refused = { refusals: told.refusals.length, memory: told.memory, problem: spool.refused };
clock = 6_000; // the disk is tried again
append(90, 99);
const numbers = readAll(spool).map((payload) => Number.parseInt(payload, 10));
const accepted = { acceptances: told.acceptances, problem: spool.refused, memory: told.memory };
process.stdout.write(`${JSON.stringify({ refused, accepted, numbers, damaged: told.records, lost: told.lost })}\n`);
