/**
 * What the stream of alerts holds and what it has dropped at its limits: nobody else sees how much was dropped before anybody read it.
 * Each replica looks now and then; nothing is decided by it.
 */

import type { AlertStreamState, Bus } from "@portcullis/bus";
import { type Log, sleep } from "@portcullis/daemon";

const lookMs = 15_000;

export class AlertStreamWatch {
  readonly #bus: Pick<Bus, "alertStream">;
  readonly #log: Log;
  readonly #lookMs: number;
  #state: AlertStreamState | undefined;
  /** Of streams before this one, which were lost or made anew. */
  #droppedBefore = 0;

  constructor(options: { readonly bus: Pick<Bus, "alertStream">; readonly log: Log; readonly lookMs?: number }) {
    this.#bus = options.bus;
    this.#log = options.log;
    this.#lookMs = options.lookMs ?? lookMs;
  }

  /** Alerts in the stream now. */
  get held(): number {
    const { firstSequence = 0, lastSequence = 0 } = this.#state ?? {};
    return lastSequence === 0 ? 0 : lastSequence - firstSequence + 1;
  }
  /** Its last place, as of the last look. */
  get lastSequence(): number {
    return this.#state?.lastSequence ?? 0;
  }
  /** By the clocks of NATS and of this process, as both have it. */
  get oldestSeconds(): number {
    const { firstAt = "" } = this.#state ?? {};
    return this.held === 0 || firstAt === "" ? 0 : Math.max(0, (Date.now() - Date.parse(firstAt)) / 1_000);
  }
  /** Alerts that the stream has dropped: at its limits, or because somebody purged it. */
  get dropped(): number {
    return this.#droppedBefore + Math.max(0, (this.#state?.firstSequence ?? 0) - 1);
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const state = await this.#bus.alertStream();
        if (this.#state !== undefined && this.#state.created !== state.created) this.#droppedBefore = this.dropped;
        this.#state = state;
      } catch (error) {
        this.#log.debug("the stream of alerts cannot be looked at", { error });
      }
      await sleep(this.#lookMs, signal);
    }
  }
}
