/**
 * Makes the kernel hold what the bundle says: level triggered and synchronous, so that one pass sees one state. A pass
 * with nothing to change writes nothing. Every container is on its own: what fails for one is remembered, reported and
 * tried again, and the others go on. Until a first bundle is known nothing is touched at all.
 *
 * Order for a container: image into its slot, then the cgroup bound to the slot. A container no policy selects any more
 * gets the empty image and stays bound. A slot is free again only after its cgroup is gone and unbound.
 */

import type { Unenforced } from "@portcullis/model";
import type { AcceptedBundle } from "../bundles/verify.ts";
import type { Container } from "../containers/containers.ts";
import { BindError, messageOf, SlotsExhaustedError } from "../errors.ts";
import type { Count, Log, SlotEngine } from "../ports.ts";
import { type CompiledCache, emptyKey, imageKey } from "./compiled.ts";
import { type Desired, desiredState } from "./desired.ts";
import type { KnownLinks, LinkCache } from "./link-cache.ts";
import type { SlotRecord, SlotTable, Subject } from "./slots.ts";

/** Milliseconds after which a pass leaves what is still to be written to the next, so that timers and sockets have their turn. */
const passTime = 50;

export interface ReconcilerOptions {
  readonly engine: SlotEngine;
  readonly table: SlotTable;
  readonly compiled: CompiledCache;
  readonly links: LinkCache;
  readonly log: Log;
  readonly count: Count;
}

/** What a pass found; the node's status is made of it. */
export interface Outcome {
  /** Of the last bundle that no container waits for. */
  readonly revision: bigint;
  /** Digests bound to at least one container. */
  readonly boundRuleSets: readonly string[];
  readonly unenforced: readonly Unenforced[];
  /** One line for each container that is not as it should be. */
  readonly problems: readonly string[];
  readonly slotsUsed: number;
  /** Containers that wait for their links, or for the next pass. */
  readonly waiting: number;
  /** This pass took its time and left some to the next, which should come at once. */
  readonly more: boolean;
}

export class Reconciler {
  readonly #options: ReconcilerOptions;
  /** What the compiler said of each image key in use. */
  readonly #reports = new Map<string, readonly Unenforced[]>();
  /** Container id → what failed last, so that a failure is logged once. */
  readonly #failures = new Map<string, string>();
  #settled = 0n;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#adopt();
  }

  /** Drops records the kernel does not confirm; the kernel's bindings without a record are taken over when their container is met. */
  #adopt(): void {
    const { engine, table, log } = this.#options;
    const bound = engine.boundCgroups();
    const used = new Set(engine.usedSlots());
    for (const { slot, subject } of [...table.records]) {
      const boundTo = bound.get(subject.cgroupId); // undefined: died between the image and the binding
      if (!used.has(slot) || (boundTo !== undefined && boundTo !== slot)) table.release(slot);
    }
    const named = new Set([...bound.values(), ...[...table.records].map(({ slot }) => slot)]);
    for (const slot of used) if (!named.has(slot)) engine.clearSlot(slot);
    if (bound.size > 0) log.info("bindings found in the kernel", { cgroups: bound.size, known: table.size });
  }

  /**
   * One pass. `containers`: those whose identity is known. `present`: the cgroup of every container there is, known or
   * not, so that what is not in it has gone; undefined while that list is not whole. `unidentifiedPods`: pods that have a
   * container without an identity; the revision is not in force before their containers are known and bound.
   */
  pass(
    accepted: AcceptedBundle,
    containers: readonly Container[],
    present: ReadonlySet<bigint> | undefined,
    unidentifiedPods: ReadonlySet<string> = new Set(),
  ): Outcome {
    const { engine, table, links } = this.#options;
    const bound = engine.boundCgroups();
    if (present) this.#releaseGone(present, bound);
    const inUse = new Set([...engine.usedSlots(), ...bound.values()]);
    const summary = {
      digests: new Set<string>(),
      unenforced: new Map<string, Unenforced>(),
      problems: [] as string[],
      waiting: 0,
    };
    const keys = new Set<string>();
    const seen = new Set<string>();
    const wait = (container: Container) => {
      summary.waiting += 1;
      const held = this.#recordOf(container)?.digest;
      if (held) summary.digests.add(held); // what it has is in force meanwhile
    };
    const end = performance.now() + passTime;
    let more = false;
    const add = (entry: Unenforced) => void summary.unenforced.set(JSON.stringify(entry), entry);
    for (const desired of desiredState(accepted.bundle, containers)) {
      const digest = desired.workload?.ruleSet ?? "";
      try {
        const isBound = bound.has(desired.container.cgroupId);
        const known =
          digest === "" ? undefined : links.get(desired.container, digest, accepted.ruleSets.get(digest)!, isBound);
        if (performance.now() > end && !this.#isSettled(desired.container, digest, known)) {
          more = true;
          wait(desired.container);
          continue;
        }
        if (digest !== "" && !known) {
          wait(desired.container);
          continue;
        }
        const key = this.#bind(desired, digest, known, accepted, bound, inUse);
        if (key === undefined) continue;
        keys.add(key);
        if (digest === "") continue;
        summary.digests.add(digest);
        if (!seen.has(key) || known!.refused.size > 0) {
          for (const entry of this.#unenforced(key, digest, known!, accepted)) add(entry);
        }
        seen.add(key);
        this.#failures.delete(desired.container.containerId);
      } catch (error) {
        const reason = this.#failed(desired.container, digest, error);
        summary.problems.push(reason);
        for (const policy of accepted.ruleSets.get(digest)?.policies ?? []) add({ policy, origin: "", reason });
      }
    }
    summary.waiting += accepted.bundle.containers.filter(
      (w) => w.ruleSet !== "" && unidentifiedPods.has(w.podUid),
    ).length;
    if (summary.waiting === 0) this.#settled = accepted.bundle.revision;
    for (const key of this.#reports.keys()) if (!keys.has(key)) this.#reports.delete(key);
    links.retain(new Set(containers.map(({ containerId }) => containerId)));
    return {
      revision: this.#settled,
      boundRuleSets: [...summary.digests].sort(),
      unenforced: [...summary.unenforced.values()],
      problems: summary.problems,
      slotsUsed: table.size,
      waiting: summary.waiting,
      more,
    };
  }

  #releaseGone(present: ReadonlySet<bigint>, bound: Map<bigint, number>): void {
    const { engine, table } = this.#options;
    for (const [cgroupId, slot] of bound) {
      if (present.has(cgroupId)) continue;
      engine.unbindCgroup(cgroupId);
      engine.clearSlot(slot);
      bound.delete(cgroupId);
    }
    for (const { slot, subject } of [...table.records]) {
      if (present.has(subject.cgroupId)) continue;
      table.release(slot);
      this.#failures.delete(subject.containerId);
    }
  }

  /** Returns the key of the image the container's slot holds afterwards; undefined: the container has no slot, and needs none. */
  #bind(
    desired: Desired,
    digest: string,
    known: KnownLinks | undefined,
    accepted: AcceptedBundle,
    bound: Map<bigint, number>,
    inUse: Set<number>,
  ): string | undefined {
    const { engine, table, compiled, count } = this.#options;
    const { container } = desired;
    const record = this.#recordOf(container);
    const held = record?.slot ?? bound.get(container.cgroupId);
    if (held === undefined && digest === "") return undefined;
    const slot = held ?? table.free(engine.slotCount, inUse);
    if (slot === undefined) {
      throw new SlotsExhaustedError(
        `all ${engine.slotCount} slots are in use: container ${container.containerId} is not enforced`,
      );
    }
    const unchanged = known?.provisional && record?.digest === digest ? record.image : undefined;
    const key = unchanged ?? (known ? imageKey(digest, known) : emptyKey); // links once found outlive a root that cannot be read
    if (record?.image !== key) {
      const image = known ? compiled.get(digest, accepted.ruleSets.get(digest)!, known) : compiled.empty();
      this.#reports.set(key, image.unenforced);
      const generation = table.nextGeneration();
      const packed = image.pack(generation);
      table.intend({ slot, generation, image: key, digest, subject: subjectOf(desired) });
      inUse.add(slot);
      engine.setRules(slot, packed);
      table.done(generation);
      count("image_swaps");
    }
    if (bound.get(container.cgroupId) !== slot) {
      engine.bindCgroup(container.cgroupId, slot);
      bound.set(container.cgroupId, slot);
    }
    return key;
  }

  /** Whether the container's slot holds this already. */
  #isSettled(container: Container, digest: string, known: KnownLinks | undefined): boolean {
    const record = this.#recordOf(container);
    if (!record) return digest === "";
    return record.image === (known && digest !== "" ? imageKey(digest, known) : emptyKey);
  }

  #recordOf(container: Container): SlotRecord | undefined {
    const record = this.#options.table.of(container.containerId);
    return record?.subject.cgroupId === container.cgroupId ? record : undefined;
  }

  /** The compiler's report, and the names whose links were refused, as parts of policies. */
  #unenforced(key: string, digest: string, known: KnownLinks, accepted: AcceptedBundle): Unenforced[] {
    const ruleSet = accepted.ruleSets.get(digest)!;
    let report = this.#reports.get(key);
    if (!report) {
      report = this.#options.compiled.get(digest, ruleSet, known).unenforced; // an adopted image: nobody has asked yet
      this.#reports.set(key, report);
    }
    if (known.refused.size === 0) return [...report];
    const refused: Unenforced[] = [];
    for (const rule of ruleSet.rules) {
      const policy = ruleSet.policies[rule.policy];
      if (!policy) continue;
      for (const match of [rule.match, ...(rule.source ? [rule.source] : [])]) {
        const reason = known.refused.get(match.kind === "path" ? match.path : match.dir);
        if (reason !== undefined) refused.push({ policy, origin: rule.origin, reason });
      }
    }
    return [...report, ...refused];
  }

  #failed(container: Container, digest: string, error: unknown): string {
    const { log, count } = this.#options;
    const where = `${container.namespace}/${container.pod}/${container.container}`;
    const failure =
      error instanceof SlotsExhaustedError
        ? error
        : new BindError(`${where}: rule set ${digest}: ${messageOf(error)}`, { cause: error });
    count("bind_failures");
    const problem = `${failure.code}: ${failure.message}`;
    if (this.#failures.get(container.containerId) !== problem) {
      this.#failures.set(container.containerId, problem);
      log.error("container is not bound as it should be", { container: container.containerId, error: failure });
    }
    return problem;
  }
}

function subjectOf({ container, workload }: Desired): Subject {
  return {
    containerId: container.containerId,
    cgroupId: container.cgroupId,
    cgroupPath: container.cgroupPath,
    container: container.container,
    pod: workload?.pod ?? container.pod,
    namespace: workload?.namespace ?? container.namespace,
    podUid: workload?.podUid ?? container.podUid,
    image: workload?.image || container.image,
    labels: workload?.labels ?? {},
    owner: workload?.owner,
  };
}
