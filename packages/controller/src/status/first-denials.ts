/**
 * Tells by a Kubernetes Event on the policy that it has denied something in a workload for the first time. That it was told is kept with the counts: a new leader goes
 * on where the last one was, and one that dies between the Event and the next write of the counts has one Event told twice. They have a budget of their own, so that
 * a policy that hits many workloads at once keeps no other Event from being written.
 */

import { sleep } from "@portcullis/daemon";
import type { EventRecorder } from "@portcullis/kube";
import type { FirstDenial } from "../alerts/policy-hits.ts";
import type { World } from "../watch/world.ts";

export interface FirstDenialsOptions {
  readonly events: Pick<EventRecorder, "record">;
  readonly world: Pick<World, "policyObject">;
  readonly isLeader: () => boolean;
  readonly untold: () => readonly FirstDenial[];
  readonly told: (denial: FirstDenial) => void;
  /** Between two looks at what is untold; default a second. */
  readonly everyMs?: number;
}

export class FirstDenials {
  readonly #options: FirstDenialsOptions;

  constructor(options: FirstDenialsOptions) {
    this.#options = options;
  }

  /** Until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { untold, everyMs = 1_000 } = this.#options;
    while (!signal.aborted) {
      for (const denial of untold()) {
        // Whatever comes after one that the budget or the API server refuses waits as well.
        if (signal.aborted || !(await this.#tell(denial, signal))) break;
      }
      await sleep(everyMs, signal);
    }
  }

  async #tell(denial: FirstDenial, signal: AbortSignal): Promise<boolean> {
    const { events, world, isLeader, told } = this.#options;
    const policy = world.policyObject(denial.key);
    if (!isLeader()) return false;
    if (policy !== undefined) {
      const note = `first denial in ${denial.workload}: ${denial.what}; how often it denies is in the status`;
      const written = await events.record(
        policy,
        { type: "Warning", reason: "FirstDenial", action: "Deny", note },
        signal,
      );
      if (!written) return false;
    }
    told(denial);
    return true;
  }
}
