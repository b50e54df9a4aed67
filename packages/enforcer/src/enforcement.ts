/**
 * Enforcing with an open engine: containers are bound in it as the bundle in force says, in one pass after another, whenever
 * something has changed and every few seconds besides.
 */

import type { Log, Took } from "@portcullis/daemon";
import type { Compiler } from "./bind/compiler.ts";
import { openHostRoot, openRoot } from "./bind/container-root.ts";
import { HardLinks } from "./bind/hard-links.ts";
import { concernsHost, isHost, withHost } from "./bind/host.ts";
import { type JudgingEngine, judgedRules } from "./bind/judged-rules.ts";
import { KernelSlots, type SlotEngine } from "./bind/kernel-slots.ts";
import { ListedBundle, type Listing } from "./bind/listed-bundle.ts";
import { NoticeBoard, sourcesOf } from "./bind/notices.ts";
import type { Outcome } from "./bind/outcome.ts";
import { Reconciler } from "./bind/reconciler.ts";
import { RuleTableCache } from "./bind/rule-tables.ts";
import { type DescriptorEngine, SearchedDescriptors } from "./bind/searched-descriptors.ts";
import { SeenSyscalls, type SyscallEngine } from "./bind/seen-syscalls.ts";
import type { SlotTable } from "./bind/slot-table.ts";
import { SymlinkCache } from "./bind/symlink-cache.ts";
import { resolveSymlinks } from "./bind/symlinks.ts";
import type { ObservedContainers } from "./bind/unproven.ts";
import type { AcceptedBundle } from "./bundles/verification.ts";
import type { Count } from "./counters.ts";
import type { HostRecording } from "./host/recording.ts";
import { TriedHost } from "./host/tried-host.ts";
import type { Wake } from "./wake.ts";

interface EnforcementOptions {
  readonly engine: SlotEngine & SyscallEngine & JudgingEngine & DescriptorEngine;
  readonly compiler: Compiler;
  readonly hostProc: string;
  /** Mount point of cgroup v2. */
  readonly cgroupRoot: string;
  /** Which hooks this kernel lacks; empty: none. */
  readonly lacks: string;
  readonly table: SlotTable;
  /** What the node's vital programs do, and those that the operator names. */
  readonly recording: HostRecording;
  readonly vitalPrograms: readonly string[];
  readonly containers: ObservedContainers & Listing;
  /** Undefined: there is no bundle yet, and nothing is touched. */
  readonly inForce: () => AcceptedBundle | undefined;
  /** Something changed that a pass has to look at. */
  readonly changed: Wake;
  /** Called with the outcome of every pass that was whole. */
  readonly report: (outcome: Outcome) => void;
  /** Called when containers were found to have ended. */
  readonly released: () => void;
  /** Told how long it took to bind a container. */
  readonly took?: Took | undefined;
  readonly log: Log;
  readonly count: Count;
}

/** A pass comes at least so often, whatever is said to have changed. */
const longestPauseMs = 5_000;

export class Enforcement {
  readonly #options: EnforcementOptions;
  readonly #symlinks: SymlinkCache;
  readonly #reconciler: Reconciler;
  #turnedAt = performance.now();
  readonly #listed: ListedBundle;

  /** Adopts what the kernel has bound already. */
  constructor(options: EnforcementOptions) {
    this.#options = options;
    this.#listed = new ListedBundle(options.containers);
    const { engine, compiler, hostProc, lacks, table, changed, released, took, log, count } = options;
    const hardLinks = new HardLinks();
    const notices = new NoticeBoard();
    this.#symlinks = new SymlinkCache({
      resolve: async (container, { names, ruleSet, digest, root, meanwhile }) => {
        const opened = isHost(container) ? openHostRoot(hostProc) : openRoot(hostProc, container.cgroupPath, root);
        const found = await resolveSymlinks(await opened, names, { hardLinks, sources: sourcesOf(ruleSet), meanwhile });
        if (found.noticed) notices.learn(container.containerId, digest, found.noticed);
        return found;
      },
      names: (ruleSet) => compiler.pathsToResolve(ruleSet),
      changed: () => changed.set(),
      log,
    });
    const ruleTables = new RuleTableCache(compiler);
    const slots = new KernelSlots({ engine, table, ruleTables, released, took, log, count });
    this.#reconciler = new Reconciler({
      slots,
      ruleTables,
      symlinks: this.#symlinks,
      syscalls: new SeenSyscalls(engine),
      host: new TriedHost({
        recording: options.recording,
        hostProc,
        named: options.vitalPrograms,
        changed: () => changed.set(),
        log,
      }),
      judged: judgedRules(engine, options.cgroupRoot),
      descriptors: new SearchedDescriptors({ engine, log }),
      notices,
      lacks,
      log,
      count,
    });
  }

  /** Milliseconds since the last pass, or since there was nothing to pass over. */
  get sinceTurnMs(): number {
    return performance.now() - this.#turnedAt;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { containers, cgroupRoot, inForce, changed, report, log } = this.#options;
    let first = true;
    while (!signal.aborted) {
      const accepted = inForce();
      if (accepted) {
        const observed = concernsHost(accepted.bundle) ? withHost(containers, cgroupRoot) : containers;
        const outcome = this.#reconciler.pass(accepted, observed, this.#listed.of(accepted));
        if (outcome.more) changed.set();
        else report(outcome);
        if (first) log.info("first reconcile done", { revision: accepted.bundle.revision });
        first = false;
      }
      this.#turnedAt = performance.now();
      await new Promise((resolve) => setImmediate(resolve));
      await changed.wait(Math.min(longestPauseMs, this.#symlinks.nextDue() - performance.now()), signal);
    }
  }
}
