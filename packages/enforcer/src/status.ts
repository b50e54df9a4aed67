/**
 * What the node says of itself, published on every change, and every 15 seconds as a sign of life. Nothing is
 * decided here: what the parts report is put together and sent.
 */

import { type Log, sleep, version } from "@portcullis/daemon";
import type { NodeStatus } from "@portcullis/model";
import type { Outcome } from "./bind/outcome.ts";
import type { Count } from "./counters.ts";
import type { EngineState } from "./engine.ts";
import { fairParts, fittingNotices } from "./status-parts.ts";
import { Wake } from "./wake.ts";

/** What is wrong for now and may pass by itself. */
interface PassingProblems {
  /** The socket of a container runtime that does not answer. */
  readonly silentRuntime: string | undefined;
  /** Ids of containers that the runtime does not name. */
  readonly unidentified: readonly string[];
  /** The node can enforce, and no bundle has said what. */
  readonly lacksBundle: boolean;
  /** What is wrong with the public keys; empty when nothing is. */
  readonly keys: string;
  /** What is wrong with the way of alerts, in words. */
  readonly alerts: readonly string[];
}

export function passingProblems({ silentRuntime, unidentified, lacksBundle, keys, alerts }: PassingProblems): string[] {
  const problems: string[] = [...alerts];
  if (keys !== "") problems.push(keys);
  if (silentRuntime !== undefined)
    problems.push(`ENFORCER_RUNTIME_UNAVAILABLE: the container runtime at ${silentRuntime} does not answer`);
  for (const id of unidentified)
    problems.push(`ENFORCER_CONTAINER_UNIDENTIFIED: the runtime does not name the container ${id}: it is not bound`);
  if (lacksBundle) problems.push("ENFORCER_NO_BUNDLE: no bundle has arrived for this node yet");
  return problems;
}

interface StatusSink {
  putNodeStatus(status: NodeStatus): Promise<void>;
}

interface StatusOptions {
  readonly node: string;
  readonly kernel: string;
  /** Problems that come and go by themselves. */
  readonly passing: () => readonly string[];
  /** Why the newest bundle is not in force; empty when it is. */
  readonly bundleProblem: () => string;
  readonly counters: () => Record<string, number>;
  readonly log: Log;
  readonly count: Count;
  readonly heartbeatMs?: number;
}

/** At most this many entries of a list are sent, and how many there are is said with it. */
const longest = 256;
/** Notices are sent with every sign of life, by nodes that have nothing to complain of, and kept for each of thousands of nodes. */
const mostNoticeBytes = 3 << 10;

export class NodeStatusReporter {
  readonly #options: StatusOptions;
  readonly #wake = new Wake();
  #engine: EngineState = {
    enforcing: false,
    problems: ["ENFORCER_STARTING: the kernel engine is not loaded yet"],
    hooks: [],
    lacks: "",
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

  /** Revision of the last bundle that no container waits for; 0 when there is none yet. */
  get appliedRevision(): bigint {
    return this.#outcome?.revision ?? 0n;
  }

  /** Takes what is known of the engine. What passes said before it failed is no proof of what comes after. */
  setEngine(state: EngineState): void {
    if (!state.enforcing) this.#outcome = undefined;
    this.#engine = state;
    this.#wake.set();
  }

  /** Something that the status asks for says something else now. */
  changed(): void {
    this.#wake.set();
  }

  /** Takes the outcome of a pass. It is published only when it says something new. */
  setOutcome(outcome: Outcome): void {
    const before = this.#outcome && visible(this.#outcome);
    const noticed = this.#outcome?.notices;
    this.#outcome = outcome;
    if (visible(outcome) !== before || outcome.notices !== noticed) this.#wake.set();
  }

  current(): NodeStatus {
    const { node, kernel, passing, bundleProblem, counters } = this.#options;
    const outcome = this.#outcome;
    const notices = fittingNotices(outcome?.notices ?? [], mostNoticeBytes);
    return {
      node,
      updatedAt: new Date().toISOString(),
      enforcerVersion: version,
      kernel,
      enforcing: this.#engine.enforcing,
      problems: bounded(
        [...this.#engine.problems, ...passing(), ...(outcome?.problems ?? [])],
        (left) => `${left} more problems`,
      ),
      hooks: this.#engine.hooks,
      appliedRevision: this.appliedRevision,
      boundRuleSets: outcome?.boundRuleSets ?? [],
      ...fairParts(outcome?.unenforced ?? [], longest),
      held: outcome?.held,
      exempt: (outcome?.exempt ?? []).slice(0, longest),
      notices: notices.notices,
      noticesCut: notices.cut || outcome?.notices === undefined,
      waiting: (outcome?.waitingFor ?? []).slice(0, longest),
      waitingPolicies: outcome?.waitingFor.length ?? 0,
      bundleProblem: bundleProblem(),
      counters: counters(),
      headroom: { slotsUsed: outcome?.slotsUsed ?? 0, slots: this.#engine.slots },
    };
  }

  /** Publishes until the signal aborts. What cannot be published is published at the next change or heartbeat. */
  async run(sink: StatusSink, signal: AbortSignal): Promise<void> {
    const { log, count, heartbeatMs = 15_000 } = this.#options;
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
      await this.#wake.wait(this.#failed ? 2_000 : heartbeatMs, signal);
    }
  }
}

function visible(outcome: Outcome): string {
  const { revision, held, waitingFor, boundRuleSets, unenforced, exempt, problems, slotsUsed } = outcome;
  const bundle = [revision.toString(), held?.digest, waitingFor];
  return JSON.stringify([bundle, boundRuleSets, unenforced, exempt, problems, slotsUsed]);
}

function bounded(list: readonly string[], rest: (left: number) => string): string[] {
  return list.length <= longest ? [...list] : [...list.slice(0, longest - 1), rest(list.length - longest + 1)];
}
