/**
 * What the node says of itself, published on every change and every 15 seconds as a sign of life. Nothing here decides
 * anything: the parts report, this says it on.
 */

import { sleep } from "@portcullis/daemon";
import type { NodeStatus } from "@portcullis/model";
import type { Outcome } from "./bind/reconcile.ts";
import { Wake } from "./host/wake.ts";
import type { Count, Log } from "./ports.ts";

export const enforcerVersion = "0.1.0";

/** What the engine is, once known. */
export interface EngineState {
  readonly enforcing: boolean;
  readonly problems: readonly string[];
  readonly hooks: readonly string[];
  readonly slots: number;
}

export interface StatusSink {
  putNodeStatus(status: NodeStatus): Promise<void>;
}

export interface StatusOptions {
  readonly node: string;
  readonly kernel: string;
  /** Problems that come and go by themselves, e.g. a runtime that does not answer. */
  readonly passing: () => readonly string[];
  readonly counters: () => Record<string, number>;
  readonly log: Log;
  readonly count: Count;
  readonly heartbeat?: number;
}

/** At most this many entries of a list travel; what was left out is said. */
const longest = 256;

export class NodeStatusReporter {
  readonly #options: StatusOptions;
  readonly #wake = new Wake();
  #engine: EngineState = {
    enforcing: false,
    problems: ["ENFORCER_STARTING: the kernel engine is not loaded yet"],
    hooks: [],
    slots: 0,
  };
  #outcome: Outcome | undefined;
  #failed = false;

  constructor(options: StatusOptions) {
    this.#options = options;
  }

  get engine(): EngineState {
    return this.#engine;
  }

  /** Of the bundle that every container has; 0: none yet. */
  get appliedRevision(): bigint {
    return this.#outcome?.revision ?? 0n;
  }

  setEngine(state: EngineState): void {
    this.#engine = state;
    this.#wake.set();
  }

  /** Of a reconcile pass; only what differs is news. */
  setOutcome(outcome: Outcome): void {
    const before = this.#outcome && visible(this.#outcome);
    this.#outcome = outcome;
    if (visible(outcome) !== before) this.#wake.set();
  }

  current(): NodeStatus {
    const { node, kernel, passing, counters } = this.#options;
    const outcome = this.#outcome;
    return {
      node,
      updatedAt: new Date().toISOString(),
      enforcerVersion,
      kernel,
      enforcing: this.#engine.enforcing,
      problems: bounded(
        [...this.#engine.problems, ...passing(), ...(outcome?.problems ?? [])],
        (left) => `${left} more problems`,
      ),
      hooks: this.#engine.hooks,
      appliedRevision: this.appliedRevision,
      boundRuleSets: outcome?.boundRuleSets ?? [],
      unenforced: (outcome?.unenforced ?? []).slice(0, longest),
      counters: counters(),
      headroom: { slotsUsed: outcome?.slotsUsed ?? 0, slots: this.#engine.slots },
    };
  }

  /** Publishes until the signal aborts. What cannot be published is published at the next change or heartbeat. */
  async run(sink: StatusSink, signal: AbortSignal): Promise<void> {
    const { log, count, heartbeat = 15_000 } = this.#options;
    while (!signal.aborted) {
      try {
        await sink.putNodeStatus(this.current());
        this.#failed = false;
      } catch (error) {
        if (signal.aborted) return;
        count("status_failures");
        if (!this.#failed) log.warn("node status cannot be published", { error });
        this.#failed = true;
      }
      await sleep(100, signal); // several changes at a time make one message
      await this.#wake.wait(this.#failed ? 2_000 : heartbeat, signal);
    }
  }
}

function visible(outcome: Outcome): string {
  const { revision, boundRuleSets, unenforced, problems, slotsUsed } = outcome;
  return JSON.stringify([revision.toString(), boundRuleSets, unenforced, problems, slotsUsed]);
}

function bounded(list: readonly string[], rest: (left: number) => string): string[] {
  return list.length <= longest ? [...list] : [...list.slice(0, longest - 1), rest(list.length - longest + 1)];
}
