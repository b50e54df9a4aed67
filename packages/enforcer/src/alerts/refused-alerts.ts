/** Alerts that the bus refuses for themselves: each is named in the log, counted, and holds up no other. */

import type { Log } from "@portcullis/daemon";
import type { Count } from "../counters.ts";

/** What is wrong with the alert itself, however often it is sent. */
const ownFaults = new Set(["BUS_PAYLOAD_TOO_LARGE", "BUS_MESSAGE_OVERSIZED", "BUS_MESSAGE_INVALID"]);
/** The server's answer may be about the alert, or about the stream, which others are stored in meanwhile. */
const maybeOwnFault = "BUS_STORAGE_REFUSED";
/** So many times in a row the server refuses one alert and stores another that was sent with it. */
const mostRefusals = 5;
/** So many are named in the log; later ones are only counted. */
const mostNamed = 100;

export class RefusedAlerts {
  readonly #log: Log;
  readonly #count: Count;
  #suspect = { id: "", refusals: 0 };
  #named = 0;

  constructor({ log, count }: { log: Log; count: Count }) {
    this.#log = log;
    this.#count = count;
  }

  /** Whether the alert is not to be sent again. `othersStored`: one that was sent together with it was stored. */
  setsAside(id: string, error: unknown, othersStored: boolean): boolean {
    if (!this.#isOwnFault(id, error, othersStored)) return false;
    this.#count("alerts_refused");
    this.#named += 1;
    if (this.#named <= mostNamed) this.#log.error("an alert is refused for itself and set aside", { id, error });
    return true;
  }

  #isOwnFault(id: string, error: unknown, othersStored: boolean): boolean {
    const code = (error as { code?: string } | undefined)?.code ?? "";
    if (ownFaults.has(code)) return true;
    if (code !== maybeOwnFault || !othersStored) return false;
    this.#suspect = { id, refusals: this.#suspect.id === id ? this.#suspect.refusals + 1 : 1 };
    return this.#suspect.refusals >= mostRefusals;
  }
}
