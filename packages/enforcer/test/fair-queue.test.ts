import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { FairQueue } from "../src/alerts/fair-queue.ts";

interface Item {
  readonly lane: number;
  readonly n: number;
}
const queueOf = () => new FairQueue<Item>(({ lane }) => lane);

describe("events that wait", () => {
  it("delay another container's first by one, however many they are", () => {
    const queue = queueOf();
    for (let n = 0; n < 1_000; n++) queue.add({ lane: 1, n });
    queue.take();
    queue.add({ lane: 2, n: 0 });
    expect([queue.take(), queue.take()]).toContainEqual({ lane: 2, n: 0 });
    expect(queue.size).toBe(998);
  });

  it("are each taken once, those of a container in the order in which they came", () => {
    const step = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constant("take" as const));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const queue = queueOf();
        const added: Item[] = [];
        const taken: Item[] = [];
        const take = () => {
          const item = queue.take();
          if (item) taken.push(item);
          return item;
        };
        for (const [n, step] of steps.entries()) {
          if (step === "take") take();
          else {
            added.push({ lane: step, n });
            queue.add({ lane: step, n });
          }
          expect(queue.size).toBe(added.length - taken.length);
        }
        while (take());
        const of = (items: Item[], lane: number) => items.filter((item) => item.lane === lane);
        for (const lane of [0, 1, 2, 3]) expect(of(taken, lane)).toEqual(of(added, lane));
      }),
    );
  });
});
