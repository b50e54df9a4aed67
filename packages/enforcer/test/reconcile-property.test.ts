/** Any sequence of bundles, containers that come and go, symlink changes and restarts ends where a naive reading of the last state ends. */

import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import { MemoryLog } from "@portcullis/daemon/testing";
import type { BundleContainer, RuleSet } from "@portcullis/model";
import type { KnownAliases } from "@portcullis/policy";
import fc from "fast-check";
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
import type { AcceptedBundle } from "../src/bundles/verification.ts";
import type { RunningContainer } from "../src/containers/containers.ts";
import { fixedAliases } from "./reconciling-node.ts";
import { RecordingEngine, tableText, textCompiler } from "./recorder.ts";
import { bundle, bundleContainer, containerId, counting, rule, ruleSet, TemporaryDirectories } from "./support.ts";

const directories = new TemporaryDirectories();
afterAll(() => directories.removeAll());

const sets = ["/bin/a", "/bin/b", "/bin/c"].map((path) => ruleSet(rule(1, path)));
const byDigest = new Map<string, RuleSet>(sets.map((made) => [made.digest, made.ruleSet]));
const pods = 4;

/** Pod n has one container at a time; `incarnation` counts them. */
function container(n: number, incarnation: number): RunningContainer {
  return {
    containerId: containerId(n * 1000 + incarnation),
    cgroupId: BigInt(n * 1000 + incarnation + 1),
    cgroupPath: `/cg/${n}/${incarnation}`,
    container: "app",
    pod: `p${n}`,
    namespace: "shop",
    podUid: `uid-${n}`,
    image: "i",
  };
}

type Step =
  /** Which rule set each pod has: an index, -1 for none, -2 for not in the bundle. */
  | { kind: "bundle"; of: number[] }
  | { kind: "start"; pod: number }
  | { kind: "stop"; pod: number }
  | { kind: "symlink"; pod: number; linked: boolean }
  | { kind: "pass" }
  | { kind: "restart" }
  | { kind: "lose state" };

const pod = fc.integer({ min: 0, max: pods - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("bundle" as const),
    of: fc.array(fc.integer({ min: -2, max: 2 }), { minLength: pods, maxLength: pods }),
  }),
  fc.record({ kind: fc.constant("start" as const), pod }),
  fc.record({ kind: fc.constant("stop" as const), pod }),
  fc.record({ kind: fc.constant("symlink" as const), pod, linked: fc.boolean() }),
  { arbitrary: fc.constant({ kind: "pass" as const }), weight: 5 }, // a container is bound in the second pass that sees it
  fc.record({ kind: fc.constantFrom("restart" as const, "lose state" as const) }),
);

class World {
  readonly engine = new RecordingEngine(6);
  readonly dir = directories.make();
  readonly incarnations = new Map<number, number>();
  readonly running = new Map<number, RunningContainer>();
  readonly linked = new Set<number>();
  /** Pods whose container has had symlinks: they may be remembered, or may never have been looked at. */
  readonly onceLinked = new Set<number>();
  readonly log = new MemoryLog();
  now = 0;
  revision = 0n;
  of: number[] = Array.from({ length: pods }, () => -2);
  bundle: AcceptedBundle | undefined;
  boots = 0;
  reconciler = this.#start();

  #start(): Reconciler {
    const symlinks = new SymlinkCache({
      resolve: async (of, { names }) => ({
        ...this.aliases(Number(of.pod.slice(1)), names),
        refused: new Map(),
        root: "1:2",
      }),
      names: textCompiler.pathsToResolve,
      changed: () => {},
      log: this.log,
      now: () => this.now,
    });
    const table = new SlotTable(new SlotJournal(join(this.dir, "slots"), String(this.boots)), (error) => {
      throw error;
    });
    const ruleTables = new RuleTableCache(textCompiler);
    const { engine, log } = this;
    const { count } = counting();
    const slots = new KernelSlots({ engine, table, ruleTables, log, count });
    return new Reconciler({
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
  }

  aliases(n: number, names: readonly string[], linked = this.linked.has(n)): KnownAliases {
    return fixedAliases(...(linked ? names : []).map((name): [string, string[]] => [name, [`/usr${name}`]]));
  }

  async apply(step: Step): Promise<void> {
    switch (step.kind) {
      case "bundle":
        this.of = step.of;
        return this.#publish();
      case "start": {
        if (this.running.has(step.pod)) return;
        const incarnation = (this.incarnations.get(step.pod) ?? 0) + 1;
        this.incarnations.set(step.pod, incarnation);
        this.running.set(step.pod, container(step.pod, incarnation));
        if (!this.linked.has(step.pod)) this.onceLinked.delete(step.pod);
        return;
      }
      case "stop":
        this.running.delete(step.pod);
        return;
      case "symlink":
        if (!step.linked) this.linked.delete(step.pod);
        else for (const pods of [this.linked, this.onceLinked]) pods.add(step.pod);
        return;
      case "pass":
        return this.#pass();
      case "lose state":
        this.boots += 1;
        this.reconciler = this.#start();
        return;
      case "restart":
        this.reconciler = this.#start();
    }
  }

  #publish(): void {
    const containers = this.of.flatMap((index, n): BundleContainer[] =>
      index === -2 ? [] : [bundleContainer({ pod: `p${n}`, podUid: `uid-${n}`, ruleSet: sets[index]?.digest ?? "" })],
    );
    const made = bundle(++this.revision, containers);
    this.bundle = {
      ...made,
      ruleSets: new Map([...byDigest].filter(([digest]) => made.bundle.ruleSets.includes(digest))),
    };
  }

  async #pass(): Promise<void> {
    if (!this.bundle) return;
    const known = [...this.running.values()];
    const present = new Set(known.map(({ cgroupId }) => cgroupId));
    this.reconciler.pass(this.bundle, { known, present, unidentifiedPods: new Set(), unseen: [] });
    await new Promise((resolve) => setImmediate(resolve));
  }

  async settle(): Promise<void> {
    this.#publish();
    for (let i = 0; i < 4; i++) {
      this.now += 60_000;
      await this.#pass();
    }
  }

  /** The naive reading of the state: what each running container must be bound to, one of these. */
  expected(n: number): (string | undefined)[] {
    const set = sets[this.of[n]!];
    if (set === undefined) return ["empty", undefined];
    const names = textCompiler.pathsToResolve(set.ruleSet);
    const text = (linked: boolean) => tableText(set.ruleSet, this.aliases(n, names, linked));
    if (this.linked.has(n)) return [text(true)];
    return this.onceLinked.has(n) ? [text(false), text(true)] : [text(false)];
  }
}

describe("any sequence of events", () => {
  it("ends in the bindings of the last state", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60, size: "max" }), async (steps) => {
        const world = new World();
        for (const each of steps) await world.apply(each);
        await world.settle();
        for (const [n, { cgroupId }] of world.running) {
          expect(world.expected(n)).toContain(world.engine.rulesOf(cgroupId));
        }
        const alive = new Set([...world.running.values()].map(({ cgroupId }) => cgroupId));
        expect([...world.engine.bound.keys()].filter((id) => !alive.has(id))).toEqual([]);
        const slots = [...world.engine.bound.values()];
        expect(new Set(slots).size).toBe(slots.length); // a slot belongs to one container
        expect(world.engine.usedSlots().sort()).toEqual(slots.sort()); // none is lost
        world.engine.calls.length = 0;
        await world.settle();
        expect(world.engine.calls).toEqual([]); // and it stays so
      }),
      { numRuns: 150 },
    );
  });
});
