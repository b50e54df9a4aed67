import { describe, expect, it } from "@jest/globals";
import { ManualClock } from "@portcullis/daemon/testing";
import fc from "fast-check";
import { WorkQueue } from "../src/index.ts";

/** What the queue gives out now, without waiting. */
async function taken(queue: WorkQueue): Promise<string | undefined> {
  let result: string | undefined | null = null;
  void queue.take().then((key) => {
    result = key;
  });
  await Promise.resolve();
  await Promise.resolve();
  if (result === null) throw new Error("nothing to take");
  return result;
}

describe("the work queue", () => {
  it("holds a key once, in order of its first arrival", async () => {
    const queue = new WorkQueue({ clock: new ManualClock() });
    for (const key of ["a", "b", "a", "c", "b"]) queue.add(key);
    expect(queue.depth).toBe(3);
    expect([await taken(queue), await taken(queue), await taken(queue)]).toEqual(["a", "b", "c"]);
  });

  it("puts a key that is being worked on back once, when it is done", async () => {
    const queue = new WorkQueue({ clock: new ManualClock() });
    queue.add("a");
    await taken(queue);
    queue.add("a");
    queue.add("a");
    expect(queue.depth).toBe(0);
    queue.done("a");
    expect(queue.depth).toBe(1);
    await taken(queue);
    queue.done("a");
    expect(queue.depth).toBe(0);
  });

  it("doubles the wait of a failing key from 5 ms to the cap, and starts anew after forget", () => {
    const clock = new ManualClock();
    const queue = new WorkQueue({ clock, rateMs: [5, 30] });
    const waits: number[] = [];
    for (let i = 0; i < 5; i++) {
      const from = clock.monotonic();
      queue.addRateLimited("a");
      while (queue.depth === 0) clock.advance(1);
      waits.push(clock.monotonic() - from);
      void queue.take();
      queue.done("a");
    }
    expect(waits).toEqual([5, 10, 20, 30, 30]);
    queue.forget("a");
    queue.addRateLimited("a");
    clock.advance(5);
    expect(queue.depth).toBe(1);
  });

  it("keeps the earliest of several wishes for a key", () => {
    const clock = new ManualClock();
    const queue = new WorkQueue({ clock });
    queue.addAfter("a", 100);
    queue.addAfter("a", 10);
    queue.addAfter("a", 50);
    clock.advance(10);
    expect(queue.depth).toBe(1);
    expect(queue.delayed).toBe(0);
  });

  it("gives out what waits after it was closed, then nothing, and takes nothing in", async () => {
    const clock = new ManualClock();
    const queue = new WorkQueue({ clock });
    queue.add("a");
    queue.addAfter("b", 10);
    queue.close();
    queue.add("c");
    clock.advance(20);
    expect(await taken(queue)).toBe("a");
    expect(await taken(queue)).toBeUndefined();
  });

  it("says how long the oldest key has waited", () => {
    const clock = new ManualClock();
    const queue = new WorkQueue({ clock });
    expect(queue.oldestMs).toBe(0);
    queue.add("a");
    clock.advance(7);
    queue.add("b");
    expect(queue.oldestMs).toBe(7);
  });

  it("never gives a key to two workers, and works on every key after its last add, whatever the order of events", () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant("add" as const), key: fc.constantFrom("a", "b", "c") }),
      fc.record({ do: fc.constant("after" as const), key: fc.constantFrom("a", "b", "c"), ms: fc.nat(20) }),
      fc.record({ do: fc.constant("fail" as const), key: fc.constantFrom("a", "b", "c") }),
      fc.record({ do: fc.constant("take" as const) }),
      fc.record({ do: fc.constant("done" as const) }),
      fc.record({ do: fc.constant("wait" as const), ms: fc.nat(30) }),
    );
    return fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const clock = new ManualClock();
        const queue = new WorkQueue({ clock });
        const held: string[] = [];
        // Keys somebody wants worked on from now on.
        const owed = new Set<string>();
        const take = () => {
          const got = queue.take().then((key) => {
            if (key === undefined) return;
            expect(held).not.toContain(key);
            held.push(key);
            owed.delete(key);
          });
          return got;
        };
        for (const now of steps) {
          if (now.do === "add") {
            owed.add(now.key);
            queue.add(now.key);
          } else if (now.do === "after") {
            owed.add(now.key);
            queue.addAfter(now.key, now.ms);
          } else if (now.do === "fail") {
            owed.add(now.key);
            queue.addRateLimited(now.key);
          } else if (now.do === "take" && queue.depth > 0) await take();
          else if (now.do === "done" && held.length > 0) queue.done(held.shift() ?? "");
          else if (now.do === "wait") clock.advance(now.ms);
        }
        for (let round = 0; round < 20 && queue.depth + queue.delayed + queue.processing > 0; round++) {
          clock.advance(120_000);
          while (held.length > 0) queue.done(held.shift() ?? "");
          while (queue.depth > 0) await take();
        }
        expect([...owed]).toEqual([]);
        expect(queue.depth + queue.delayed + queue.processing).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});
