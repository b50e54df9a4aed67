/**
 * Finds and ends processes that a verb started and that left its process groups (servers detach themselves, and programs of e2e
 * start groups of their own): all of them carry a mark in their environment, which a child inherits and cannot lose by accident.
 */
import { readdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";

export class Leftovers {
  readonly variable = "PORTCULLIS_RUN";
  readonly mark: string;
  readonly #self: number;

  /** `pid`: of the verb itself, which is never among them. */
  constructor(pid: number) {
    this.#self = pid;
    this.mark = `${hostname()}-${pid}-${Date.now()}`;
  }

  /**
   * Command lines of those found; they have ended (asked first, killed after two seconds) when the promise resolves.
   */
  async end(): Promise<readonly string[]> {
    const names = this.#find().map(({ name }) => name);
    this.#kill("SIGTERM");
    for (let i = 0; i < 20 && this.#find().length > 0; i++) await new Promise((done) => setTimeout(done, 100));
    this.#kill("SIGKILL");
    return names;
  }

  #find(): { pid: number; name: string }[] {
    const needle = `${this.variable}=${this.mark}`;
    const pids = readdirSync("/proc")
      .map(Number)
      .filter((pid) => pid > 1 && pid !== this.#self);
    return pids.flatMap((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, "latin1").split("\0");
        if (!environment.includes(needle)) return [];
        const name = readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ").trim().slice(0, 120);
        return name === "" ? [] : [{ pid, name: `${name} (pid ${pid})` }]; // no command line: a zombie
      } catch {
        return []; // gone, or somebody else's
      }
    });
  }

  #kill(signal: NodeJS.Signals): void {
    for (const { pid } of this.#find()) {
      try {
        process.kill(pid, signal);
      } catch {
        // It ended by itself in between.
      }
    }
  }
}
