/**
 * Up to where alerts were acknowledged so long ago that the server has synced them to its disk: JetStream acknowledges first
 * and syncs later, so that what was acknowledged is not to be thrown away at once.
 */

import type { Position } from "./spool-cursor.ts";

/** Acknowledgements of one such interval are taken together. */
const intervalMs = 1_000;

export class KeptAcknowledged {
  readonly #keepMs: number;
  #settled: Position;
  /** What was acknowledged by when, oldest first. */
  readonly #marks: { at: number; position: Position }[] = [];

  /** Everything before `settled` need not be kept. */
  constructor(settled: Position, keepMs: number) {
    this.#settled = settled;
    this.#keepMs = keepMs;
  }

  acknowledged(position: Position, now: number): void {
    if (this.#keepMs === 0) {
      this.#settled = position;
      return;
    }
    const last = this.#marks.at(-1);
    if (last && last.at > now) last.position = position;
    else this.#marks.push({ at: now + intervalMs, position });
  }

  /** Everything before this place has been kept for long enough. */
  settled(now: number): Position {
    while (this.#marks[0] && this.#marks[0].at + this.#keepMs <= now) this.#settled = this.#marks.shift()!.position;
    return this.#settled;
  }

  /** Nothing from `position` on is acknowledged any more. */
  begin(position: Position): void {
    this.#marks.length = 0;
    this.#settled = position;
  }
}
