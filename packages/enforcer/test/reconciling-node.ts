/** A node for tests of binding: the kernel and the state directory outlive the reconciler, which can be started again. */

import { join } from "node:path";
import { afterEach } from "@jest/globals";
import { MemoryLog } from "@portcullis/daemon/testing";
import type { BundleContainer, RuleSet } from "@portcullis/model";
import type { KnownAliases } from "@portcullis/policy";
import { noAliases } from "../src/bind/alias-memory.ts";
import { judgedRules } from "../src/bind/judged-rules.ts";
import { KernelSlots } from "../src/bind/kernel-slots.ts";
import { NoticeBoard } from "../src/bind/notices.ts";
import type { Outcome } from "../src/bind/outcome.ts";
import { Reconciler } from "../src/bind/reconciler.ts";
import { RuleTableCache } from "../src/bind/rule-tables.ts";
import { SearchedDescriptors } from "../src/bind/searched-descriptors.ts";
import { SeenSyscalls } from "../src/bind/seen-syscalls.ts";
import { SlotJournal } from "../src/bind/slot-journal.ts";
import { SlotTable } from "../src/bind/slot-table.ts";
import { SymlinkCache } from "../src/bind/symlink-cache.ts";
import type { AcceptedBundle } from "../src/bundles/verification.ts";
import type { RunningContainer } from "../src/containers/containers.ts";
import { RootUnavailableError } from "../src/errors.ts";
import { RecordingEngine, textCompiler } from "./recorder.ts";
import { bundle, bundleContainer, containerId, counting, rule, ruleSet, TemporaryDirectories } from "./support.ts";

const directories = new TemporaryDirectories();
afterEach(() => directories.removeAll());

export const sleep = ruleSet(rule(1, "/bin/sleep"));
export const cat = ruleSet(rule(1, "/bin/cat"));
/** Every alias is fixed. */
export function fixedAliases(...entries: [string, string[]][]): KnownAliases {
  return { aliases: new Map(entries), fixedAliases: new Map(entries), links: new Map() };
}
const known = new Map<string, RuleSet>([sleep, cat].map((made) => [made.digest, made.ruleSet]));

export function container(n: number, more: Partial<RunningContainer> = {}): RunningContainer {
  return {
    containerId: containerId(n),
    cgroupId: BigInt(1000 + n),
    cgroupPath: `/cg/${n}`,
    container: "app",
    pod: `web-${n}`,
    namespace: "shop",
    podUid: `pod-${n}`,
    image: "shop/web:1",
    ...more,
  };
}

/** What the bundle says of container n. */
export const selected = (n: number, digest: string, more: Partial<BundleContainer> = {}): BundleContainer =>
  bundleContainer({ pod: `web-${n}`, podUid: `pod-${n}`, ruleSet: digest, ...more });

let revision = 0n;
/** A bundle of a new revision. */
export function accepted(...containers: BundleContainer[]): AcceptedBundle {
  const made = bundle(++revision, containers);
  return { ...made, ruleSets: new Map([...known].filter(([digest]) => made.bundle.ruleSets.includes(digest))) };
}

export class ReconcilingNode {
  readonly engine: RecordingEngine;
  readonly dir = directories.make();
  readonly counts = counting();
  readonly log = new MemoryLog();
  /** Container id → a name and what it leads to. */
  symlinks = new Map<string, [string, string]>();
  refusedSymlinks = new Map<string, string>();
  rootUnavailable = false;
  /** Containers whose root is unavailable have no process. */
  empty = false;
  now = 1_000_000;
  table!: SlotTable;
  cache!: SymlinkCache;
  reconciler!: Reconciler;
  readonly notices = new NoticeBoard(() => this.now);

  constructor(slots = 64) {
    this.engine = new RecordingEngine(slots);
    this.start();
  }
  /** As after a restart of the enforcer. */
  start(boot = "boot"): void {
    const failed = (error: unknown) => {
      throw error;
    };
    this.table = new SlotTable(new SlotJournal(join(this.dir, "slots"), boot), failed);
    this.cache = new SymlinkCache({
      resolve: async (of) => {
        if (this.rootUnavailable) throw new RootUnavailableError("not yet", { empty: this.empty });
        const found = this.symlinks.get(of.containerId);
        return {
          ...(found ? fixedAliases([found[0], [found[1]]]) : noAliases),
          refused: this.refusedSymlinks,
          root: "1:2",
        };
      },
      names: textCompiler.pathsToResolve,
      changed: () => {},
      log: this.log,
      now: () => this.now,
    });
    const { engine, table, log } = this;
    const { count } = this.counts;
    const ruleTables = new RuleTableCache(textCompiler);
    const slots = new KernelSlots({ engine, table, ruleTables, log, count });
    this.reconciler = new Reconciler({
      slots,
      ruleTables,
      symlinks: this.cache,
      syscalls: new SeenSyscalls(this.engine),
      judged: judgedRules(this.engine, "/cgroup"),
      descriptors: new SearchedDescriptors({ engine: this.engine, log }),
      notices: this.notices,
      lacks: "",
      log,
      count,
    });
    this.engine.calls.length = 0;
  }
  pass(of: AcceptedBundle, containers: RunningContainer[], present = containers): Outcome {
    return this.reconciler.pass(of, {
      known: containers,
      present: new Set(present.map(({ cgroupId }) => cgroupId)),
      unidentifiedPods: new Set(),
      unseen: [],
    });
  }
  /** Passes until nobody waits for symlinks. */
  async settle(of: AcceptedBundle, containers: RunningContainer[]): Promise<Outcome> {
    let outcome = this.pass(of, containers);
    for (let i = 0; i < 10 && outcome.waiting > 0; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      outcome = this.pass(of, containers);
    }
    return outcome;
  }
}
