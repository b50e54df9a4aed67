/** What the spool loses or cannot do: counted always, logged when it begins, and said in the node's status while it lasts. */

import type { Log } from "@portcullis/daemon";
import type { Count } from "../counters.ts";
import { messageOf } from "../errors.ts";
import type { SpoolEvents } from "./spool.ts";

interface SpoolLossOptions {
  readonly dir: string;
  readonly log: Log;
  readonly count: Count;
}

export class SpoolLoss implements SpoolEvents {
  readonly #options: SpoolLossOptions;
  readonly #logged = new Set<string>();
  #refusal: string | undefined;

  constructor(options: SpoolLossOptions) {
    this.#options = options;
  }

  /** Of the node's status. */
  get problems(): readonly string[] {
    if (this.#refusal === undefined) return [];
    return [
      `ENFORCER_SPOOL_IN_MEMORY: alerts cannot be written to ${this.#options.dir} and are kept in memory: ${this.#refusal}`,
    ];
  }

  dropped(count: number, reason: "limit" | "memory"): void {
    this.#options.count("spool_dropped", count);
    this.#once(`dropped ${reason}`, "alerts were dropped from the spool, later ones are only counted", {
      count,
      reason,
    });
  }
  damaged(records: number, bytes: number): void {
    this.#options.count("spool_damaged", records);
    this.#options.count("spool_damaged_bytes", bytes);
    this.#once("damaged", "damaged alerts in the spool were passed over, later ones are only counted", {
      records,
      bytes,
    });
  }
  keptDropped(count: number): void {
    this.#options.count("spool_kept_dropped", count);
  }
  refused(error: unknown): void {
    this.#options.count("spool_write_failures");
    if (this.#refusal === undefined)
      this.#options.log.error("the spool cannot be written, alerts are kept in memory", {
        dir: this.#options.dir,
        error,
      });
    this.#refusal = messageOf(error);
  }
  accepted(): void {
    this.#refusal = undefined;
    this.#options.log.info("the spool can be written again", { dir: this.#options.dir });
  }
  inMemory(count: number): void {
    this.#options.count("spool_in_memory", count);
  }
  unsynced(error: unknown): void {
    this.#options.count("spool_sync_failures");
    this.#once("unsynced", "the spool cannot be synced: a power loss may cost alerts", { error });
  }

  #once(what: string, message: string, fields: Record<string, unknown>): void {
    if (!this.#logged.has(what)) this.#options.log.error(message, fields);
    this.#logged.add(what);
  }
}
