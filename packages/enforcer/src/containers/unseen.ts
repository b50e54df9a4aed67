/**
 * Containers that the runtime runs and of which this node shows no cgroup: those of a sandboxed runtime, which runs them in a machine of
 * its own, or in a place of the cgroup tree that is not known. Nothing can be bound for them, and nobody would ever say so: what is not
 * seen does not complain. So the runtime is asked now and then which containers run.
 */

import { Backoff } from "@portcullis/daemon";
import type { CgroupWatch } from "./cgroups.ts";
import type { IdentifiedContainer, ListedContainer } from "./cri.ts";

/** Between two looks while every container that runs is seen, milliseconds. */
const pauseMs = 10_000;

interface Missing {
  readonly container: IdentifiedContainer;
  /** At so many looks in a row. One proves nothing: a container may have ended while the runtime answered. */
  readonly looks: number;
}

type Cgroups = Pick<CgroupWatch, "containers" | "complete">;

export class UnseenContainers {
  readonly #cgroups: Cgroups;
  readonly #backoff = new Backoff({ firstMs: 500, maxMs: pauseMs });
  /** By container id. Undefined until the runtime has answered while the list of cgroups was whole, as it has to be once. */
  #missing: ReadonlyMap<string, Missing> | undefined;

  constructor(cgroups: Cgroups) {
    this.#cgroups = cgroups;
  }

  /** Undefined: the runtime has not said yet which containers run. */
  get containers(): IdentifiedContainer[] | undefined {
    if (this.#missing === undefined) return undefined;
    const seen = this.#ids();
    return [...this.#missing.values()]
      .filter(({ container, looks }) => looks > 1 && !seen.has(container.containerId))
      .map(({ container }) => container);
  }

  /** What the runtime lists; undefined: it did not answer. Returns how long to wait before the next look, milliseconds. */
  look(listed: readonly ListedContainer[] | undefined): number {
    const listable = this.#missing !== undefined || this.#cgroups.complete;
    if (listed === undefined || !listable) return this.#backoff.next();
    const seen = this.#ids();
    const missing = new Map<string, Missing>();
    for (const { container, running } of listed) {
      const { containerId } = container;
      if (!running || seen.has(containerId)) continue;
      missing.set(containerId, { container, looks: (this.#missing?.get(containerId)?.looks ?? 0) + 1 });
    }
    this.#missing = missing;
    if (missing.size > 0) return this.#backoff.next();
    this.#backoff.reset();
    return pauseMs;
  }

  #ids(): Set<string> {
    return new Set([...this.#cgroups.containers.values()].map(({ containerId }) => containerId));
  }
}
