/**
 * Whether something has happened more than so often within a second. Windows begin with an operation, as KubeArmor's do. What the kernel has counted over a
 * longer time is no proof of a burst unless some second of it must have had one.
 */

import type { KernelCount } from "@portcullis/native";

const secondNs = 1_000_000_000n;

export class AlertRate {
  #startNs: bigint | undefined;
  #inWindow = 0;

  /** Adds operations. True: some second has had more than `most`, for certain. */
  add({ count, firstNs, lastNs }: Pick<KernelCount, "count" | "firstNs" | "lastNs">, most: number): boolean {
    const seconds = Number((lastNs - firstNs) / secondNs) + 1;
    if (Math.ceil(count / seconds) > most) return true;
    if (this.#startNs === undefined || lastNs - this.#startNs >= secondNs) {
      // Of what took longer it is known of the last one alone when it was.
      this.#startNs = seconds === 1 ? firstNs : lastNs;
      this.#inWindow = seconds === 1 ? count : 1;
    } else if (firstNs >= this.#startNs) this.#inWindow += count;
    return this.#inWindow > most;
  }
}
