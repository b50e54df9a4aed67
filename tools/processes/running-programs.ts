/** Programs that keep running beside us: servers and guests. The kernel kills each when this process is gone, however it went. */
import { createWriteStream, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { type Child, endGroupWithLeader, groupOptions, leashed } from "./process-group.ts";

export interface Program {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** File for stdout and stderr together; appended to. */
  readonly log: string;
  /** Added to this process's own environment. */
  readonly environment?: NodeJS.ProcessEnv;
}

export class RunningProgram {
  readonly name: string;
  readonly log: string;
  /** How it ended; null while it runs. */
  ended: string | null = null;
  readonly exited: Promise<void>;
  readonly #child: Child;

  constructor(program: Program) {
    this.name = program.name;
    this.log = program.log;
    // The program writes to the file itself. A pipe would make it wait whenever this process is too busy to read.
    const log = createWriteStream(program.log, { fd: openSync(program.log, "a") });
    const [command, args] = leashed(program.command, program.args);
    const child = execa(command, args, {
      ...groupOptions,
      env: { ...process.env, ...program.environment },
      stdin: "ignore",
      stdout: log,
      stderr: log,
      buffer: false,
    });
    this.#child = child;
    endGroupWithLeader(child);
    this.exited = child.then(({ exitCode, signal, originalMessage }) => {
      log.close();
      const how = signal ? `signal ${signal}` : `status ${exitCode}`;
      this.ended = exitCode === undefined && !signal ? `could not be started: ${originalMessage}` : how;
    });
  }

  /** For messages: how it ended and the end of its log. */
  async obituary(): Promise<string> {
    const text = await readFile(this.log, "utf8").catch(() => "");
    return `${this.name} ended with ${this.ended}; ${this.log} ends: ${text.trimEnd().split("\n").slice(-5).join("\n")}`;
  }

  /** Has somebody stopped it (SIGSTOP)? It then answers nothing and never ends. */
  async isStopped(): Promise<boolean> {
    const stat = await readFile(`/proc/${this.#child.pid}/stat`, "utf8").catch(() => "");
    return stat.slice(stat.lastIndexOf(")") + 2).startsWith("T");
  }

  /** Asks, waits, then kills. */
  async stop(signal: NodeJS.Signals = "SIGTERM", graceMs = 3000): Promise<void> {
    if (this.ended !== null) return;
    const timer = new AbortController();
    this.#child.kill(signal);
    const late = sleep(graceMs, undefined, { signal: timer.signal }).then(() => this.#child.kill("SIGKILL"));
    await this.exited;
    timer.abort();
    await late.catch(() => {});
  }
}

/** All long-running programs of one owner, such as a cluster. */
export class RunningPrograms {
  readonly #running = new Set<RunningProgram>();

  start(program: Program): RunningProgram {
    const running = new RunningProgram(program);
    this.#running.add(running);
    void running.exited.then(() => this.#running.delete(running));
    return running;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running].map((running) => running.stop("SIGKILL")));
  }
}
