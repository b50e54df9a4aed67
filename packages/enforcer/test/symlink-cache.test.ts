/** How long a container that has no rules yet waits for what its names lead to. */

import { describe, expect, it } from "@jest/globals";
import { MemoryLog } from "@portcullis/daemon/testing";
import { noAliases } from "../src/bind/alias-memory.ts";
import { SymlinkCache } from "../src/bind/symlink-cache.ts";
import type { ResolvedSymlinks } from "../src/bind/symlinks.ts";
import { container, sleep } from "./reconciling-node.ts";

/** A cache that is asked for a rule set of so many names, none of which is found before `found` is called. */
function waiting(names: number, bound = false) {
  let now = 0;
  const pending = Promise.withResolvers<ResolvedSymlinks>();
  const cache = new SymlinkCache({
    resolve: () => pending.promise,
    names: () => Array.from({ length: names }, (_, i) => `/srv/${i}`),
    changed: () => {},
    log: new MemoryLog(),
    now: () => now,
  });
  const question = { container: container(1), ...sleep, bound, held: () => noAliases };
  return {
    cache,
    at: (ms: number) => {
      now = ms;
      return cache.get(question);
    },
    found: async () => {
      pending.resolve({ ...noAliases, refused: new Map(), root: "1:2" });
      await new Promise(setImmediate);
    },
  };
}

describe("a container without rules", () => {
  it.each([
    [10, 105],
    [1_000, 600],
    [10_000, 1_000],
  ])("waits for what %i names lead to for %i ms, and then has them as they are written", (names, ms) => {
    const { at, cache } = waiting(names);
    expect(at(0)).toBeUndefined();
    expect(cache.nextDue()).toBe(ms);
    expect(at(ms - 1)).toBeUndefined();
    expect(at(ms)).toMatchObject({ awaited: true });
  });

  it("has what they lead to as soon as it is known", async () => {
    const { at, found } = waiting(1_000);
    at(0);
    await found();
    expect(at(50)).toMatchObject({ awaited: false });
  });
});

describe("a container with rules", () => {
  it("keeps them for ten seconds", () => {
    const { at } = waiting(10, true);
    expect(at(0)).toBeUndefined();
    expect(at(9_999)).toBeUndefined();
    expect(at(10_000)).toMatchObject({ awaited: true });
  });
});
