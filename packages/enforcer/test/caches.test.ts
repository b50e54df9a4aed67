/** What is kept in memory beside what is in force: bounded in bytes, and never needed for being right. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import { RuleSetHistory } from "../src/alerts/rule-set-history.ts";
import { noAliases } from "../src/bind/alias-memory.ts";
import { RuleTableCache } from "../src/bind/rule-tables.ts";
import type { KnownSymlinks } from "../src/bind/symlink-cache.ts";
import { textCompiler } from "./recorder.ts";
import { rule, ruleSet, TemporaryDirectories } from "./support.ts";

const directories = new TemporaryDirectories();
afterEach(() => directories.removeAll());

const sets = ["/bin/a", "/bin/b", "/bin/c"].map((path) => ruleSet(rule(1, path)));
const [a, b, c] = [sets[0]!, sets[1]!, sets[2]!];
const noSymlinks: KnownSymlinks = {
  ...noAliases,
  refused: new Map(),
  key: "[]",
  awaited: false,
};

describe("compiled rule tables", () => {
  /** A cache, and the digests of what was compiled. Each table has `bytes`. */
  function cache(maxBytes: number, bytes: number) {
    const compiled: string[] = [];
    const kept = new RuleTableCache(
      {
        ...textCompiler,
        compile: (of, aliases) => {
          compiled.push(sets.find((made) => made.ruleSet === of)?.digest ?? "");
          return { ...textCompiler.compile(of, aliases), bytes };
        },
      },
      maxBytes,
    );
    return { compiled, get: (of: typeof a) => kept.get(of.digest, of.ruleSet, noSymlinks) };
  }

  it("are compiled once while there is room", () => {
    const { compiled, get } = cache(1_000, 400);
    expect(get(a)).toBe(get(a));
    get(b);
    get(a);
    expect(compiled).toEqual([a.digest, b.digest]);
  });

  it("go in the order of their last use when their bytes are too many", () => {
    const { compiled, get } = cache(1_000, 400);
    for (const made of [a, b, a, c, a, b]) get(made);
    expect(compiled).toEqual([a.digest, b.digest, c.digest, b.digest]);
  });

  it("are given although one alone is larger than all the room", () => {
    const { compiled, get } = cache(100, 400);
    expect(get(a).pack(1n).data.length).toBeGreaterThan(0);
    get(a);
    expect(compiled).toEqual([a.digest, a.digest]);
  });
});

describe("rule sets that events may still come of", () => {
  function history(maxBytes: number) {
    const dir = directories.make();
    mkdirSync(dir, { recursive: true });
    const pathOf = (digest: string) => join(dir, digest.slice(-8));
    const made = new RuleSetHistory(pathOf, maxBytes);
    return { history: made, write: (of: typeof a) => writeFileSync(pathOf(of.digest), of.bytes) };
  }

  it("are known after they were replaced, without the disk", () => {
    const { history: made } = history(1 << 20);
    made.replace(new Map([[a.digest, a.ruleSet]]));
    made.replace(new Map([[b.digest, b.ruleSet]]));
    expect([made.get(a.digest), made.get(b.digest), made.get(c.digest)]).toEqual([a.ruleSet, b.ruleSet, undefined]);
  });

  it("are read back from the disk when memory has no room for them", () => {
    const { history: made, write } = history(1_000);
    for (const { digest, ruleSet: of } of [a, b, c]) made.replace(new Map([[digest, of]]));
    expect(made.get(a.digest)).toBeUndefined();
    write(a);
    expect(made.get(a.digest)).toEqual(a.ruleSet);
  });
});
