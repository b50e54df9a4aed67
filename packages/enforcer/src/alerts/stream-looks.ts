/**
 * Looks at the stream of alerts beside the sending, so that an answer that is late, or does not come at all, delays no alert. What an
 * answer asks for is done between two batches: one that is on its way would put the spool's place back behind what is to be sent again.
 */

import type { Log } from "@portcullis/daemon";
import type { Count } from "../counters.ts";
import type { Wake } from "../wake.ts";
import type { Spool } from "./spool.ts";
import type { AlertStreamView, StreamLook, StreamMemory } from "./stream-memory.ts";

interface StreamLooksOptions {
  readonly spool: Spool;
  /** Set when an answer has come. */
  readonly wake: Wake;
  readonly log: Log;
  readonly count: Count;
}

/** A look that failed is done again after so long, or with the next reason to doubt. */
const againMs = 1_000;

export class StreamLooks {
  readonly #view: AlertStreamView;
  readonly #memory: StreamMemory;
  readonly #options: StreamLooksOptions;
  /** The look that is under way. */
  #looking: Promise<void> | undefined;
  /** What it has found, until that is done. */
  #found: StreamLook | undefined;
  /** When the last look failed: not before this time. */
  #notBefore = 0;

  constructor(view: AlertStreamView, memory: StreamMemory, options: StreamLooksOptions) {
    this.#view = view;
    this.#memory = memory;
    this.#options = options;
  }

  /** Begins a look where there is a doubt, and does what an earlier one has asked for. */
  async betweenBatches(): Promise<void> {
    if (this.#memory.inDoubt && !this.#looking && !this.#found && performance.now() >= this.#notBefore)
      this.#looking = this.#look().finally(() => {
        this.#looking = undefined;
      });
    // What is stored in a stream that is not known yet could be lost without being missed.
    if (this.#memory.mark === undefined) await this.#looking;
    const found = this.#found;
    this.#found = undefined;
    if (!found || (!found.lost && this.#memory.mark)) return;
    this.#memory.begin(found.created);
    const { spool } = this.#options;
    spool.mark = this.#memory.mark;
    if (found.lost) this.#sendAgain(spool);
  }

  #sendAgain(spool: Spool): void {
    const { log, count } = this.#options;
    const alerts = spool.sendKeptAgain();
    count("alert_stream_losses");
    count("alerts_sent_again", alerts);
    log.warn("the stream of alerts has lost what it had acknowledged, what is kept is sent again", { alerts });
  }

  /** Resolves when no look is under way. */
  async ended(): Promise<void> {
    await this.#looking;
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    const { wake, log } = this.#options;
    try {
      this.#found = await this.#memory.look(this.#view);
      wake.set();
    } catch (error) {
      this.#notBefore = performance.now() + againMs;
      log.debug("the stream of alerts cannot be looked at", { error });
    }
  }
}
