/** A process whose processor time and memory are measured, as the kernel counts them. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, readdirSync, readFileSync } from "node:fs";

/** Of a process that somebody else has started. */
export class ProcessFigures {
  readonly #pid: number;
  /** Of threads that have ended nothing is known afterwards: what was read last counts for them. */
  readonly #threads = new Map<string, number>();

  constructor(pid: number) {
    this.#pid = pid;
  }

  /** Milliseconds of the processor since it was started, of all its threads, in the kernel's nanoseconds. */
  cpuMs(): number {
    const tasks = `/proc/${this.#pid}/task`;
    for (const thread of readdirSync(tasks)) {
      try {
        const [ran = "0"] = readFileSync(`${tasks}/${thread}/schedstat`, "utf8").split(" ");
        this.#threads.set(thread, Number(ran) / 1e6);
      } catch {
        // The thread has ended.
      }
    }
    return [...this.#threads.values()].reduce((sum, ms) => sum + ms, 0);
  }

  /** Mebibytes in memory: now, and the most there ever were. */
  memoryMib(): { readonly now: number; readonly most: number } {
    const status = readFileSync(`/proc/${this.#pid}/status`, "utf8");
    const of = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0) / 1_024;
    return { now: of("VmRSS"), most: of("VmHWM") };
  }
}

export class MeasuredProcess {
  readonly #child: ChildProcess;
  readonly #log: string;
  readonly #figures: ProcessFigures;

  constructor(command: readonly [string, ...string[]], options: { env: NodeJS.ProcessEnv; log: string }) {
    const [program, ...args] = command;
    const log = openSync(options.log, "w");
    this.#log = options.log;
    this.#child = spawn(program, args, { env: options.env, stdio: ["ignore", log, log] });
    this.#figures = new ProcessFigures(this.pid);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** As of `ProcessFigures`. */
  cpuMs(): number {
    this.requireAlive();
    return this.#figures.cpuMs();
  }

  memoryMib(): { readonly now: number; readonly most: number } {
    this.requireAlive();
    return this.#figures.memoryMib();
  }

  requireAlive(): void {
    const { exitCode, signalCode } = this.#child;
    if (exitCode === null && signalCode === null) return;
    const tail = readFileSync(this.#log, "utf8").slice(-2_000);
    throw new Error(`process ${this.pid} ended with ${exitCode ?? signalCode}: ${tail}`);
  }

  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill(signal);
    await ended;
  }
}
