/**
 * The running containers of this node: a cgroup that exists, and who the runtime says it is. The runtime is asked once for each
 * container, and again with a growing pause while it does not know the id. What it said is remembered across a restart, so
 * that a runtime that is down does not keep a known container from being bound.
 */

import { Backoff, type Log, sleep } from "@portcullis/daemon";
import type { Count } from "../counters.ts";
import type { Wake } from "../wake.ts";
import type { CgroupWatch, ContainerCgroup } from "./cgroups.ts";
import type { ContainerRuntime, IdentifiedContainer } from "./cri.ts";
import { UnseenContainers } from "./unseen.ts";

/** A container as the node knows it. */
export interface RunningContainer extends IdentifiedContainer {
  readonly cgroupId: bigint;
  readonly cgroupPath: string;
}

type Entry =
  | { kind: "container"; container: IdentifiedContainer }
  | { kind: "sandbox" }
  | { kind: "asking"; backoff: Backoff; retryAt: number; pending: boolean };

const retry = { firstMs: 20, maxMs: 5_000 };
/** So many questions take about five seconds, which is longer than a runtime takes to make a sandbox. */
const patientAttempts = 8;

export class Containers {
  readonly #cgroups: CgroupWatch;
  readonly #runtime: ContainerRuntime;
  readonly #log: Log;
  readonly #count: Count;
  /** By container id. */
  readonly #entries = new Map<string, Entry>();
  readonly #unseen: UnseenContainers;
  #runtimeDown = false;

  constructor(options: { cgroups: CgroupWatch; runtime: ContainerRuntime; log: Log; count: Count }) {
    this.#cgroups = options.cgroups;
    this.#runtime = options.runtime;
    this.#log = options.log;
    this.#count = options.count;
    this.#unseen = new UnseenContainers(options.cgroups);
  }

  /** Takes over what was known before the start. */
  remember(containers: Iterable<IdentifiedContainer>): void {
    for (const container of containers) this.#entries.set(container.containerId, { kind: "container", container });
  }

  /** The containers that the runtime has named. */
  get known(): RunningContainer[] {
    const known: RunningContainer[] = [];
    for (const cgroup of this.#cgroups.containers.values()) {
      const entry = this.#entries.get(cgroup.containerId);
      if (entry?.kind === "container") known.push(runningContainer(cgroup, entry.container));
    }
    return known;
  }

  /** Ids that the runtime does not name although it was asked for seconds. These containers are not bound. */
  get unidentified(): string[] {
    return [...this.#cgroups.containers.values()]
      .map(({ containerId }) => containerId)
      .filter((id) => {
        const entry = this.#entries.get(id);
        return entry?.kind === "asking" && entry.backoff.failures > patientAttempts;
      });
  }

  /** The cgroup ids of all containers there are, or undefined until the directories were listed whole. */
  get present(): ReadonlySet<bigint> | undefined {
    if (!this.#cgroups.complete) return undefined;
    return new Set([...this.#cgroups.containers.values()].map(({ cgroupId }) => cgroupId));
  }

  /** As CgroupWatch says it. */
  get listed(): number {
    return this.#cgroups.listed;
  }
  list(): number {
    return this.#cgroups.list();
  }

  /** Cgroups below which there are pods and nothing else. */
  get podCgroups(): readonly bigint[] {
    return this.#cgroups.podCgroups;
  }

  /** Pods that have a container which the runtime has not named yet, so that what it needs cannot be bound so far. */
  get unidentifiedPods(): ReadonlySet<string> {
    const asking = [...this.#cgroups.containers.values()].filter((c) => this.#entry(c.containerId).kind === "asking");
    return new Set(asking.map(({ podUid }) => podUid));
  }

  /** Those that the runtime runs and of which there is no cgroup; undefined until it has said which run. */
  get unseen(): readonly IdentifiedContainer[] | undefined {
    return this.#unseen.containers;
  }

  get runtimeDown(): boolean {
    return this.#runtimeDown;
  }

  /** Asks the runtime about every cgroup without an identity until the signal aborts, and calls `changed` after each answer. */
  async run(wake: Wake, changed: () => void, signal: AbortSignal): Promise<void> {
    const looking = this.#lookForUnseen(await this.#look(), changed, signal);
    while (!signal.aborted) {
      const next = this.#askForNew(wake, changed);
      await wake.wait(Math.max(5, next - performance.now()), signal);
    }
    await looking;
  }

  /** Never rejects. */
  async #lookForUnseen(firstPauseMs: number, changed: () => void, signal: AbortSignal): Promise<void> {
    let pauseMs = firstPauseMs;
    let said = "";
    while (!signal.aborted) {
      const now = JSON.stringify(this.unseen?.map(({ containerId }) => containerId));
      if (now !== said) changed();
      said = now;
      await sleep(pauseMs, signal);
      pauseMs = await this.#look();
    }
  }

  /** Has the runtime list its containers: one call at the start instead of one for each. Returns when to look again, in milliseconds. */
  async #look(): Promise<number> {
    try {
      const listed = await this.#runtime.list();
      for (const { container } of listed)
        if (this.#entries.get(container.containerId)?.kind !== "container") this.remember([container]);
      this.#runtimeAnswers(true);
      return this.#unseen.look(listed);
    } catch (error) {
      this.#runtimeAnswers(false, error);
      return this.#unseen.look(undefined);
    }
  }

  /** Asks the questions that are due and returns when the next one is. */
  #askForNew(wake: Wake, changed: () => void): number {
    const now = performance.now();
    let next = now + retry.maxMs;
    const present = new Set<string>();
    let asking = 0;
    for (const { containerId } of this.#cgroups.containers.values()) {
      present.add(containerId);
      const entry = this.#entry(containerId);
      if (entry.kind !== "asking") continue;
      if (entry.pending) asking += 1;
      else if (entry.retryAt > now) next = Math.min(next, entry.retryAt);
      else if (asking < 32) {
        asking += 1;
        entry.pending = true;
        void this.#ask(containerId, entry, () => {
          wake.set();
          changed();
        });
      }
    }
    if (this.#cgroups.complete) for (const id of this.#entries.keys()) if (!present.has(id)) this.#entries.delete(id);
    return next;
  }

  #entry(containerId: string): Entry {
    let entry = this.#entries.get(containerId);
    if (!entry) {
      entry = { kind: "asking", backoff: new Backoff(retry), retryAt: 0, pending: false };
      this.#entries.set(containerId, entry);
    }
    return entry;
  }

  /** Asks about one container. Never rejects. */
  async #ask(containerId: string, entry: Entry & { kind: "asking" }, answered: () => void): Promise<void> {
    try {
      const found = await this.#runtime.identify(containerId);
      this.#runtimeAnswers(true);
      if (found.kind !== "unknown") this.#entries.set(containerId, found);
    } catch (error) {
      this.#count("runtime_failures");
      this.#runtimeAnswers(false, error);
    }
    entry.pending = false;
    entry.retryAt = performance.now() + entry.backoff.next();
    answered();
  }

  #runtimeAnswers(answers: boolean, error?: unknown): void {
    if (answers === !this.#runtimeDown) return;
    this.#runtimeDown = !answers;
    if (answers) this.#log.info("container runtime answers");
    else this.#log.error("container runtime does not answer, new containers cannot be identified", { error });
  }
}

function runningContainer(cgroup: ContainerCgroup, identified: IdentifiedContainer): RunningContainer {
  return {
    ...identified,
    podUid: cgroup.podUid || identified.podUid,
    cgroupId: cgroup.cgroupId,
    cgroupPath: cgroup.path,
  };
}
