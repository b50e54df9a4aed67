/**
 * Of the servers of a cluster one leads each stream and answers for it. When it has died the others take some four to nine seconds to notice and to choose another
 * one. What is asked meanwhile nobody answers, also later, so it is asked again. On a single server nothing is.
 */

import type { NatsConnection } from "@nats-io/transport-node";
import { Backoff, sleep } from "@portcullis/daemon";
import type { BusTiming } from "../bus.ts";
import { isLeaderless, isTimeout } from "./nats-errors.ts";

/** How long one attempt waits. Who began to wait before there was another leader is not to wait for long after that. */
export const answerTimeout = (nc: NatsConnection, { requestTimeout }: BusTiming): number =>
  isClustered(nc) ? requestTimeout / 2 : requestTimeout;

const isClustered = (nc: NatsConnection): boolean => nc.info?.cluster !== undefined;

export class LeaderWait {
  readonly #isCluster: boolean;
  readonly #deadline: number;
  readonly #backoff = new Backoff({ firstMs: 50, maxMs: 500, jitter: 0.5 });
  readonly #once: boolean;

  /** `once`: not when the server may have acted. */
  constructor({ nc, timing }: { readonly nc: NatsConnection; readonly timing: BusTiming }, once: boolean) {
    this.#isCluster = isClustered(nc);
    this.#deadline = performance.now() + 2 * timing.requestTimeout;
    this.#once = once;
  }

  /** Resolves after the pause before the attempt, or with false. */
  async isWorthIt(error: unknown): Promise<boolean> {
    if (!this.#isCluster || performance.now() >= this.#deadline) return false;
    if (!isLeaderless(error) && (this.#once || !isTimeout(error))) return false;
    await sleep(this.#backoff.next());
    return true;
  }
}
