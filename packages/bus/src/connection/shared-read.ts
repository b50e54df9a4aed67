/**
 * One read for all who ask within a moment. It begins when that moment is over, so that what it finds is never older than the question: an answer that
 * is kept and given to later questions would tell a node that what it has just stored is not there.
 */

import { sleep } from "@portcullis/daemon";

export class SharedRead<T> {
  readonly #waitMs: number;
  readonly #read: () => Promise<T>;
  #next: Promise<T> | undefined;

  /** @param waitMs how long questions are gathered. */
  constructor(waitMs: number, read: () => Promise<T>) {
    this.#waitMs = waitMs;
    this.#read = read;
  }

  ask(): Promise<T> {
    this.#next ??= sleep(this.#waitMs).then(() => {
      this.#next = undefined;
      return this.#read();
    });
    return this.#next;
  }
}
