/** A level that one loop waits on: however often it was set since the last wait, the loop goes on once. */
export class Wake {
  #set = false;
  #resume: (() => void) | undefined;

  set(): void {
    this.#set = true;
    this.#resume?.();
  }

  /** Resolves when the level is or gets set, when the time is over, or when the signal aborts. Clears the level. */
  async wait(timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (!this.#set && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer);
          signal.removeEventListener("abort", done);
          this.#resume = undefined;
          resolve();
        };
        const timer = setTimeout(done, Math.max(0, timeoutMs));
        signal.addEventListener("abort", done, { once: true });
        this.#resume = done;
      });
    }
    this.#set = false;
  }
}
