import { describe, expect, it } from "@jest/globals";
import { sleep } from "@portcullis/daemon";
import { SharedRead } from "../src/connection/shared-read.ts";

describe("a shared read", () => {
  it("is one for all who ask within a moment, and begins after the last of them has asked", async () => {
    let stored = 0;
    let reads = 0;
    const shared = new SharedRead(30, async () => {
      reads++;
      return stored;
    });
    const first = shared.ask();
    await sleep(5);
    stored = 1;
    const second = shared.ask();
    expect(await Promise.all([first, second])).toEqual([1, 1]);
    expect(reads).toBe(1);
  });

  it("gives nobody what was read before the question", async () => {
    let stored = 0;
    const shared = new SharedRead(5, async () => {
      const found = stored;
      await sleep(30);
      return found;
    });
    const early = shared.ask();
    await sleep(15);
    stored = 1;
    expect(await shared.ask()).toBe(1);
    expect(await early).toBe(0);
  });

  it("that fails fails for those who share it alone", async () => {
    let fails = true;
    const shared = new SharedRead(1, async () => {
      if (fails) throw new Error("away");
      return "there";
    });
    await expect(shared.ask()).rejects.toThrow("away");
    fails = false;
    expect(await shared.ask()).toBe("there");
  });
});
