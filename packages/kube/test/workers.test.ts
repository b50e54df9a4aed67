import { describe, expect, it } from "@jest/globals";
import { MemoryLog, until } from "@portcullis/daemon/testing";
import { WorkQueue } from "../src/work/queue.ts";
import { runWorkers } from "../src/work/workers.ts";

describe("workers on a queue", () => {
  it("count every failure and say one line of them in a while, or what is away for a moment fills the log", async () => {
    const queue = new WorkQueue({ rateMs: [60_000, 60_000] });
    const log = new MemoryLog();
    const stop = new AbortController();
    const counters = { reconciled: 0, failed: 0 };
    const reconcile = async () => {
      throw new Error("the API server is away");
    };
    for (let n = 0; n < 500; n += 1) queue.add(`key-${n}`);
    const running = runWorkers({ name: "test", queue, log, workers: 4, reconcile }, stop.signal, counters);
    await until("all have failed", () => counters.failed === 500);
    stop.abort();
    await running;
    expect(log.lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
      "warn reconcile failed, trying again",
    ]);
    expect(String(log.lines[0]?.fields?.error)).toContain("the API server is away");
  });
});
