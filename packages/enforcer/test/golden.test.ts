/**
 * The bytes that the enforcer keeps on its node's disk: the slot journal, the alert spool, the kept bundle. The files in
 * `golden/` were taken before names in the code changed, and an enforcer that is updated finds such files: what it writes must
 * not differ, and what it finds it must understand. They are written anew (GOLDEN=write) only when a format itself changes.
 *
 * Long because every format that is stored on a node is here, and nowhere else.
 */

import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it, jest } from "@jest/globals";
import { MemoryLog, until } from "@portcullis/daemon/testing";
import type { BundleContainer } from "@portcullis/model";
import { noAliases } from "../src/bind/alias-memory.ts";
import { judgedRules } from "../src/bind/judged-rules.ts";
import { KernelSlots } from "../src/bind/kernel-slots.ts";
import { NoticeBoard } from "../src/bind/notices.ts";
import { Reconciler } from "../src/bind/reconciler.ts";
import { RuleTableCache } from "../src/bind/rule-tables.ts";
import { SearchedDescriptors } from "../src/bind/searched-descriptors.ts";
import { SeenSyscalls } from "../src/bind/seen-syscalls.ts";
import { SlotJournal } from "../src/bind/slot-journal.ts";
import { SlotTable } from "../src/bind/slot-table.ts";
import { SymlinkCache } from "../src/bind/symlink-cache.ts";
import { BundleReceiver } from "../src/bundles/receiver.ts";
import { BundleStore } from "../src/bundles/store.ts";
import { openSpool, readAll } from "./opened-spool.ts";
import { fixedAliases } from "./reconciling-node.ts";
import { RecordingEngine, textCompiler } from "./recorder.ts";
import {
  acceptedKeys,
  bundle,
  bundleContainer,
  containerId,
  counting,
  rule,
  ruleSet,
  TemporaryDirectories,
} from "./support.ts";

const directories = new TemporaryDirectories();
afterEach(() => {
  jest.restoreAllMocks();
  directories.removeAll();
});

const goldenDir = join(import.meta.dirname, "golden");
const golden = (name: string): string => readFileSync(join(goldenDir, name), "utf8");

function expectGolden(name: string, text: string): void {
  if (process.env.GOLDEN === "write") writeFileSync(join(goldenDir, name), text);
  expect(text).toBe(golden(name));
}

/** Every file below a directory with its bytes in hex, as JSON that a reviewer can read. */
function tree(dir: string): string {
  const files = readdirSync(dir, { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(join(dir, name)).isFile())
    .sort();
  const entries = files.map((name) => [name, readFileSync(join(dir, name)).toString("hex")]);
  return `${JSON.stringify(Object.fromEntries(entries), undefined, 2)}\n`;
}

/** A directory with the files that `tree` described. */
function planted(text: string): string {
  const dir = directories.make();
  for (const [name, hex] of Object.entries(JSON.parse(text) as Record<string, string>)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), Buffer.from(hex, "hex"));
  }
  return dir;
}

const sleep = ruleSet(rule(1, "/bin/sleep"));
const cat = ruleSet(rule(1, "/bin/cat"));
const unexpected = (error: unknown) => {
  throw error;
};

describe("the slot journal", () => {
  const running = (n: number) => ({
    containerId: containerId(n),
    cgroupId: BigInt(1000 + n),
    cgroupPath: `/sys/fs/cgroup/kubepods/pod-${n}/c`,
    container: "app",
    pod: `web-${n}`,
    namespace: "shop",
    podUid: `pod-${n}`,
    image: "shop/web:1",
  });
  const selected = (n: number, digest: string, more: Partial<BundleContainer> = {}) =>
    bundleContainer({ pod: `web-${n}`, podUid: `pod-${n}`, ruleSet: digest, ...more });
  const accepted = (revision: bigint, containers: BundleContainer[]) => ({
    ...bundle(revision, containers),
    ruleSets: new Map([sleep, cat].map((made) => [made.digest, made.ruleSet])),
  });

  /** Binds, swaps, empties and releases, and dies while the kernel is given the last rule table. Returns the state directory. */
  async function written(): Promise<string> {
    let clock = 1_700_000_000_000;
    jest.spyOn(Date, "now").mockImplementation(() => clock);
    jest.spyOn(performance, "now").mockReturnValue(0); // a pass that runs out of time on a busy machine would write other lines
    const dir = directories.make();
    const engine = new RecordingEngine();
    const log = new MemoryLog();
    const names = { "web-1": fixedAliases(["/bin/sleep", ["/usr/bin/sleep"]]) };
    const symlinks = new SymlinkCache({
      resolve: async ({ pod }) => ({ ...(names[pod as "web-1"] ?? noAliases), refused: new Map(), root: "1:2" }),
      names: textCompiler.pathsToResolve,
      changed: () => {},
      log,
    });
    const table = new SlotTable(new SlotJournal(join(dir, "slots"), "boot-1"), unexpected);
    const ruleTables = new RuleTableCache(textCompiler);
    const { count } = counting();
    const slots = new KernelSlots({ engine, table, ruleTables, log, count });
    const reconciler = new Reconciler({
      slots,
      ruleTables,
      symlinks,
      syscalls: new SeenSyscalls(engine),
      judged: judgedRules(engine, "/cgroup"),
      descriptors: new SearchedDescriptors({ engine, log }),
      notices: new NoticeBoard(),
      lacks: "",
      log,
      count,
    });
    const settle = async (revision: bigint, containers: BundleContainer[], numbers: number[]) => {
      for (let i = 0; i < 3; i++) {
        clock += 1;
        const known = numbers.map(running);
        const present = new Set(known.map(({ cgroupId }) => cgroupId));
        reconciler.pass(accepted(revision, containers), { known, present, unidentifiedPods: new Set(), unseen: [] });
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const bare = selected(2, sleep.digest, { labels: {}, owner: undefined, image: "" });
    await settle(1n, [selected(1, sleep.digest), bare, selected(3, cat.digest)], [1, 2, 3]);
    await settle(2n, [selected(1, sleep.digest), { ...bare, ruleSet: cat.digest }, selected(3, "")], [1, 2, 3]);
    await settle(3n, [selected(1, sleep.digest), { ...bare, ruleSet: cat.digest }], [1, 2]);
    engine.refuse = () => new Error("the process is killed here");
    await settle(4n, [selected(1, cat.digest), { ...bare, ruleSet: cat.digest }], [1, 2]);
    return dir;
  }

  it("is written as it always was", async () => {
    expectGolden("slots.journal", readFileSync(join(await written(), "slots"), "utf8"));
  });

  function found(file: string): { table: SlotTable; path: string } {
    const path = join(directories.make(), "slots");
    writeFileSync(path, golden(file));
    return { table: new SlotTable(new SlotJournal(path, "boot-1"), unexpected), path };
  }

  // What was replayed is written in the order of replay: a second start writes the lines of a first one in another order.
  it.each([
    ["slots.journal", "slots.compacted"],
    ["slots.compacted", "slots.compacted-again"],
    ["slots.compacted-again", "slots.compacted-again"],
  ])("is understood as it always was: %s", (file, compacted) => {
    const { table, path } = found(file);
    expectGolden(compacted, readFileSync(path, "utf8"));
    expect(table.size).toBe(2);
    const [first, second] = [table.of(containerId(1)), table.of(containerId(2))];
    expect(first).toMatchObject({ slot: 1, binding: { ruleSet: cat.digest } });
    expect(first?.tableKey).toBeUndefined(); // set, and never said to be done
    expect(second).toMatchObject({ slot: 2, tableKey: `${cat.digest}|[]`, binding: { ruleSet: cat.digest } });
    expect(table.at(2)).toBe(second);
    expect(first?.binding).toEqual({
      ...running(1),
      ruleSet: cat.digest,
      labels: { app: "web" },
      owner: { kind: "Deployment", name: "web", namespace: "shop" },
    });
    expect(second?.binding).toEqual({ ...running(2), ruleSet: cat.digest, labels: {} });
    expect(table.digests()).toEqual(new Set([sleep.digest, cat.digest]));
    // The tables of a container that has gone, by the ids that events of theirs carry.
    const ids = [...golden("slots.journal").matchAll(/"intend":\{"slot":3,"generation":\{"\$bigint":"(\d+)"\}/g)];
    expect(ids.map(([, id]) => table.bindingOf(BigInt(id!)))).toEqual([
      expect.objectContaining({ ruleSet: cat.digest, pod: "web-3", cgroupId: 1003n }),
      expect.objectContaining({ ruleSet: "", pod: "web-3", cgroupId: 1003n }),
    ]);
    expect(ids).toHaveLength(2);
  });

  it("of another boot is begun anew", () => {
    const path = join(directories.make(), "slots");
    writeFileSync(path, golden("slots.journal"));
    expect(new SlotTable(new SlotJournal(path, "boot-2"), unexpected).size).toBe(0);
    expect(readFileSync(path, "utf8")).toBe('{"boot":"boot-2"}\n');
  });
});

describe("the alert spool", () => {
  const payloads = Array.from({ length: 7 }, (_, n) => Buffer.from(`alert ${n} ${"x".repeat(n * 7)}`));
  const open = (dir: string) => openSpool(dir, { segmentBytes: 150 });
  const files = (dir: string) => readdirSync(dir).sort();

  it("is written as it always was", () => {
    const dir = directories.make();
    const { spool } = open(dir);
    spool.append(payloads.slice(0, 3));
    for (const payload of payloads.slice(3)) spool.append([payload]);
    spool.acknowledge(spool.read(spool.start)!.after);
    spool.close();
    expectGolden("spool-version-2.json", tree(dir));
  });

  it("is understood as it always was", () => {
    const dir = planted(golden("spool-version-2.json"));
    const { spool, told } = open(dir);
    expect(readAll(spool)).toEqual(payloads.slice(1).map(String));
    expect(told.records).toBe(0);
    spool.close();
    expect(tree(dir)).toBe(golden("spool-version-2.json"));
  });

  it("of version 1 is taken over by an upgrade, and its files are gone once the copy is on disk", () => {
    const dir = planted(golden("spool.json"));
    const { spool, told } = open(dir);
    expect(readAll(spool)).toEqual(payloads.slice(1).map(String));
    expect(told).toMatchObject({ records: 0, refusals: [], lost: [] });
    expect(files(dir).filter((name) => name.endsWith(".seg") || name === "cursor")).toEqual([]);
    spool.append([Buffer.from("later")]);
    spool.close();
    expect(readAll(open(dir).spool)).toEqual([...payloads.slice(1).map(String), "later"]);
  });

  it("of version 1 loses a damaged record alone", () => {
    const dir = planted(golden("spool.json"));
    const path = join(dir, "000000000003.seg");
    const bytes = readFileSync(path);
    bytes[12]! ^= 1; // in the payload of the first of two records
    writeFileSync(path, bytes);
    const { spool, told } = open(dir);
    expect(readAll(spool)).toEqual(payloads.filter((_, n) => n !== 0 && n !== 3).map(String));
    expect(told).toMatchObject({ records: 1, bytes: 8 + payloads[3]!.length });
  });
});

describe("the kept bundle", () => {
  const made = bundle(6n, [
    bundleContainer({ ruleSet: sleep.digest }),
    bundleContainer({
      pod: "web-2",
      podUid: "6f5b0e5c-5a1b-4c5e-9b1a-000000000002",
      ruleSet: cat.digest,
      owner: undefined,
    }),
  ]);
  const receiver = (dir: string) =>
    new BundleReceiver({
      node: "node-1",
      store: new BundleStore(dir),
      keys: () => acceptedKeys,
      log: new MemoryLog(),
      count: counting().count,
      accepted: () => {},
      alsoNeeded: () => [],
    });

  it("is written as it always was", async () => {
    const dir = directories.make();
    const abort = new AbortController();
    const taking = receiver(dir);
    const running = taking.run(
      {
        async *watchBundle() {
          yield made.bytes;
          await new Promise((resolve) => abort.signal.addEventListener("abort", resolve));
        },
        ruleSet: async (digest) => [sleep, cat].find((each) => each.digest === digest)!.bytes,
      },
      abort.signal,
    );
    await until("in force", () => taking.inForce !== undefined);
    abort.abort();
    await running;
    expectGolden("bundle-store.json", tree(dir));
    for (const name of ["bundle", ...readdirSync(join(dir, "rulesets")).map((file) => join("rulesets", file))])
      expect(statSync(join(dir, name)).mode & 0o777).toBe(0o600);
  });

  it("is understood as it always was", async () => {
    const restored = receiver(planted(golden("bundle-store.json")));
    await restored.restore();
    expect(restored.inForce?.bundle).toEqual(made.bundle);
    expect(restored.inForce?.ruleSets).toEqual(new Map([sleep, cat].map((each) => [each.digest, each.ruleSet])));
  });
});
