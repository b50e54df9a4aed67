/**
 * Whether the stream still holds what it has acknowledged. JetStream acknowledges before it syncs, and a pod's storage may go with
 * it: then the stream was made at another time, or it ends before the alert that was stored last, or has another in its place.
 */

import type { AlertReceipt, AlertStreamState } from "@portcullis/bus";
import type { StreamMark } from "./spool-cursor.ts";

/** What is asked of the bus. */
export interface AlertStreamView {
  alertStream(): Promise<AlertStreamState>;
  storedAlertId(sequence: number): Promise<string | undefined>;
}

/** What a look has found. */
export interface StreamLook {
  readonly created: string;
  readonly lost: boolean;
}

export class StreamMemory {
  #mark: StreamMark | undefined;
  /** Counts reasons to look: the answer to an earlier one does not settle a later one. */
  #doubts = 1;
  #settled = 0;

  constructor(mark: StreamMark | undefined) {
    this.#mark = mark;
  }

  get mark(): StreamMark | undefined {
    return this.#mark;
  }
  get inDoubt(): boolean {
    return this.#settled < this.#doubts;
  }

  /** The connection was lost, or some time has passed. */
  doubt(): void {
    this.#doubts += 1;
  }

  /** Takes the receipts of alerts that were sent together. */
  stored(receipts: readonly AlertReceipt[]): void {
    const last = this.#mark;
    const fresh = receipts.filter(({ duplicate }) => !duplicate);
    if (!last || fresh.length === 0) return;
    if (fresh.some(({ sequence }) => sequence <= last.sequence)) {
      this.doubt();
      return;
    }
    const { sequence, id } = fresh.reduce((a, b) => (a.sequence > b.sequence ? a : b));
    this.#mark = { ...last, sequence, id };
  }

  /** A stream that was not known before, or has lost what it held: what is in it is remembered from now on. */
  begin(created: string): void {
    this.#mark = { created, sequence: 0, id: "" };
  }

  /**
   * Looks. `lost`: what was acknowledged lately may be lost. Rejects when the bus does not say. What is stored while the answer is on its way
   * is not asked about: the answer may be older.
   */
  async look(view: AlertStreamView): Promise<StreamLook> {
    const doubts = this.#doubts;
    const last = this.#mark;
    const { created, firstSequence, lastSequence } = await view.alertStream();
    const lost =
      last !== undefined && (created !== last.created || !(await holds(last, firstSequence, lastSequence, view)));
    this.#settled = doubts;
    return { created, lost };
  }
}

async function holds(
  { sequence, id }: StreamMark,
  first: number,
  last: number,
  view: AlertStreamView,
): Promise<boolean> {
  if (sequence === 0) return true; // nothing was stored yet
  if (sequence > last) return false;
  if (sequence < first) return true; // it was there, and the stream's limits have dropped it since
  return (await view.storedAlertId(sequence)) === id;
}
