/** When a case has heard of all that it has caused: for certain where its target can say so, or after a silence. */
import { comesTrue } from "./case-waits.ts";
import type { Target } from "./target.ts";

/** What is waited for at most. */
export const alertWindowMs = 20_000;
/** How long nothing may arrive before "no alert" is believed. */
export const silenceMs = 2_000;

export class AlertsHeard {
  readonly #target: Pick<Target, "nextAlert">;
  readonly #settled: (() => Promise<void>) | undefined;
  /** How much has been done that may cause alerts, and how much of it all alerts have arrived of. */
  #done = 0;
  #heard = 0;

  /** `throttled`: what tells that all have arrived are alerts of the runner's own, which would be throttled as well. */
  constructor(target: Target, { throttled }: { readonly throttled: boolean }) {
    this.#target = target;
    this.#settled = throttled ? undefined : target.settled;
  }

  /** Something was done that may cause alerts. */
  caused(): void {
    this.#done += 1;
  }

  /** What has not come once all alerts of what happened have arrived does not come. */
  async until(done: () => boolean): Promise<boolean> {
    const within = (ms: number) => comesTrue(done, ms, (leftMs) => this.#target.nextAlert(leftMs));
    if (!this.#settled) return await within(alertWindowMs);
    if (await within(silenceMs)) return true;
    await this.#hear(this.#settled);
    return done();
  }

  /** Waits until what has happened has been told: for certain, or until what `count` counts has stopped for a while. */
  async all(count: () => number): Promise<void> {
    await (this.#settled ? this.#hear(this.#settled) : this.#silence(count));
  }

  async #hear(settled: () => Promise<void>): Promise<void> {
    const done = this.#done;
    if (this.#heard < done) await settled();
    this.#heard = Math.max(this.#heard, done);
  }

  async #silence(count: () => number): Promise<void> {
    let before = -1;
    for (let waited = 0; before !== count() && waited < alertWindowMs; waited += silenceMs) {
      before = count();
      await new Promise((resolve) => setTimeout(resolve, silenceMs));
    }
  }
}
