/** A level to wait on: any number of `set` calls while nobody waits count as one. */
export class Wake {
  #set = false;
  #resume: (() => void) | undefined;

  set(): void {
    this.#set = true;
    this.#resume?.();
  }

  /** Resolves when set, after `timeout` milliseconds (at once if that is over), or when the signal aborts; clears the level. */
  async wait(timeout: number, signal: AbortSignal): Promise<void> {
    if (!this.#set && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer);
          signal.removeEventListener("abort", done);
          this.#resume = undefined;
          resolve();
        };
        const timer = setTimeout(done, Math.max(0, timeout));
        signal.addEventListener("abort", done, { once: true });
        this.#resume = done;
      });
    }
    this.#set = false;
  }
}
