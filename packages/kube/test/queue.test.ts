import { describe, expect, it } from "@jest/globals";
import { ManualClock } from "@portcullis/daemon/testing";
import fc from "fast-check";
import { WorkQueue } from "../src/work/queue.ts";

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

  it("never gives a key to two workers, and works on every key after its last add, whatever the order of events", () =>
    fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const workers = new Workers();
        for (const now of steps) await workers.apply(now);
        await workers.finish();
        expect(workers.owed).toEqual(new Set());
        expect(workers.queue.depth + workers.queue.delayed + workers.queue.processing).toBe(0);
      }),
      { numRuns: 300 },
    ));
});

const someKey = fc.constantFrom("a", "b", "c");
const step = fc.oneof(
  fc.record({ do: fc.constant("add" as const), key: someKey }),
  fc.record({ do: fc.constant("after" as const), key: someKey, ms: fc.nat(20) }),
  fc.record({ do: fc.constant("fail" as const), key: someKey }),
  fc.record({ do: fc.constant("take" as const) }),
  fc.record({ do: fc.constant("done" as const) }),
  fc.record({ do: fc.constant("wait" as const), ms: fc.nat(30) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Workers on a queue that do one step at a time, and know which keys somebody still wants worked on. */
class Workers {
  readonly owed = new Set<string>();
  readonly #clock = new ManualClock();
  readonly queue = new WorkQueue({ clock: this.#clock });
  readonly #held: string[] = [];

  async apply(step: Step): Promise<void> {
    switch (step.do) {
      case "add":
        return this.#want(step.key, () => this.queue.add(step.key));
      case "after":
        return this.#want(step.key, () => this.queue.addAfter(step.key, step.ms));
      case "fail":
        return this.#want(step.key, () => this.queue.addRateLimited(step.key));
      case "take":
        return this.#take();
      case "done":
        return this.#giveBack(1);
      case "wait":
        return this.#clock.advance(step.ms);
    }
  }

  /** Works until nothing is left, or for twenty rounds. */
  async finish(): Promise<void> {
    const { queue } = this;
    for (let round = 0; round < 20 && queue.depth + queue.delayed + queue.processing > 0; round++) {
      this.#clock.advance(120_000);
      this.#giveBack(this.#held.length);
      while (queue.depth > 0) await this.#take();
    }
  }

  #want(key: string, add: () => void): void {
    this.owed.add(key);
    add();
  }

  async #take(): Promise<void> {
    if (this.queue.depth === 0) return;
    const key = await this.queue.take();
    if (key === undefined) return;
    expect(this.#held).not.toContain(key);
    this.#held.push(key);
    this.owed.delete(key);
  }

  #giveBack(count: number): void {
    for (const key of this.#held.splice(0, count)) this.queue.done(key);
  }
}
