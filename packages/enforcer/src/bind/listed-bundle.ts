/**
 * Of which bundle a pass proves that it is in force. A container that ran before its policy was made may not have been noticed yet when
 * the bundle comes: what a pass then finds to do proves nothing of that container, before the containers were listed whole
 * after the bundle had come.
 *
 * Bundles may come faster than a busy node lists its containers. Each listing therefore proves the bundle that it was begun for, also when a newer
 * one has come meanwhile: what the newer one has in common with it the same pass has bound, and what is not in both nobody takes from
 * that answer for proven. Were every new bundle to begin the wait anew, none would ever be proven.
 */

import type { AcceptedBundle } from "../bundles/verification.ts";

/** The list of the containers as it is made: CgroupWatch says what these are. */
export interface Listing {
  readonly listed: number;
  list(): number;
}

export class ListedBundle {
  readonly #listing: Listing;
  #proven: AcceptedBundle | "none" = "none";
  #begun: { readonly accepted: AcceptedBundle; readonly listing: number } | undefined;

  constructor(listing: Listing) {
    this.#listing = listing;
  }

  /** The newest bundle, up to the one in force, after whose coming the containers were listed whole. */
  of(inForce: AcceptedBundle): AcceptedBundle | "none" {
    const begun = this.#begun;
    const done = begun !== undefined && this.#listing.listed >= begun.listing;
    if (done) this.#proven = begun.accepted;
    if (begun === undefined || (done && begun.accepted !== inForce))
      this.#begun = { accepted: inForce, listing: this.#listing.list() };
    return this.#proven;
  }
}
