/** Clock, sleep, back-off and waiting for a signal. */
import { describe, expect, it } from "@jest/globals";
import { aborted, orAbort } from "../src/abort.ts";
import { Backoff } from "../src/backoff.ts";
import { sleep, systemClock } from "../src/clock.ts";
import { ManualClock } from "./testing.ts";

describe("a sleep", () => {
  it("lasts as long as it was told to", async () => {
    const started = systemClock.monotonic();
    await sleep(30);
    expect(systemClock.monotonic() - started).toBeGreaterThanOrEqual(29);
  });

  it("ends early, and quietly, when its signal aborts", async () => {
    const stop = new AbortController();
    const started = systemClock.monotonic();
    setTimeout(() => stop.abort(), 10);
    await systemClock.sleep(5_000, stop.signal);
    expect(systemClock.monotonic() - started).toBeLessThan(2_000);
    await sleep(5_000, stop.signal);
    expect(systemClock.monotonic() - started).toBeLessThan(2_000);
  });

  it("of a clock held by hand ends when that clock says so", async () => {
    const clock = new ManualClock();
    let over = false;
    const sleeping = clock.sleep(100).then(() => {
      over = true;
    });
    clock.advance(99);
    await Promise.resolve();
    expect(over).toBe(false);
    clock.advance(1);
    await sleeping;
    expect(clock.monotonic()).toBe(100);
  });
});

describe("a back-off", () => {
  it("doubles from the first wait to the longest, and starts again after a success", () => {
    const backoff = new Backoff({ firstMs: 10, maxMs: 60 });
    expect([1, 2, 3, 4, 5].map(() => backoff.next())).toEqual([10, 20, 40, 60, 60]);
    expect(backoff.failures).toBe(5);
    backoff.reset();
    expect([backoff.failures, backoff.next()]).toEqual([0, 10]);
  });

  it("leaves the named part of a wait to chance", () => {
    const waits = (random: number) =>
      new Backoff({ firstMs: 100, maxMs: 100, jitter: 0.5, random: () => random }).next();
    expect([waits(0), waits(0.5), waits(1)]).toEqual([50, 75, 100]);
  });

  it("stays at the longest wait however often it fails", () => {
    const backoff = new Backoff({ firstMs: 1, maxMs: 1_000 });
    for (let i = 0; i < 5_000; i++) backoff.next();
    expect(backoff.next()).toBe(1_000);
  });
});

describe("waiting for a signal", () => {
  it("ends when it aborts, at once when it has", async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 5);
    await aborted(stop.signal);
    await aborted(stop.signal);
  });

  it("gives up a promise when the signal aborts, and hands what comes late to its closer", async () => {
    const stop = new AbortController();
    const late = Promise.withResolvers<string>();
    const discarded = Promise.withResolvers<string>();
    const waiting = orAbort(late.promise, stop.signal, discarded.resolve);
    stop.abort(new Error("no more"));
    await expect(waiting).rejects.toThrow("no more");
    late.resolve("a connection");
    expect(await discarded.promise).toBe("a connection");
    expect(await orAbort(Promise.resolve(1), new AbortController().signal)).toBe(1);
  });
});
