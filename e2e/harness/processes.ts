// Starts and ends programs. Each runs under `setpriv --pdeathsig KILL`, so that the kernel ends it when this process is
// gone, however it went.
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { HarnessError } from "./errors.ts";
import { within } from "./wait.ts";

export interface Program {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** File for stdout and stderr together; appended to. */
  readonly log: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** A program that keeps running. */
export class Running {
  readonly name: string;
  readonly log: string;
  /** How it ended; null while it runs. */
  ended: string | null = null;
  readonly exited: Promise<void>;
  readonly #child: ChildProcess;

  constructor(program: Program) {
    this.name = program.name;
    this.log = program.log;
    const log = openSync(program.log, "a");
    this.#child = spawn("setpriv", ["--pdeathsig", "KILL", "--", program.command, ...program.args], {
      stdio: ["ignore", log, log],
      env: { ...process.env, ...program.env },
    });
    closeSync(log);
    this.exited = new Promise((done) => {
      this.#child.once("error", (error) => this.#end(`could not be started: ${error.message}`, done));
      this.#child.once("exit", (code, signal) => this.#end(signal ? `signal ${signal}` : `status ${code}`, done));
    });
  }

  #end(how: string, done: () => void): void {
    this.ended ??= how;
    done();
  }

  /** For messages: how it ended and the end of its log. */
  async obituary(): Promise<string> {
    const text = await readFile(this.log, "utf8").catch(() => "");
    return `${this.name} ended with ${this.ended}; ${this.log} ends: ${text.trimEnd().split("\n").slice(-5).join("\n")}`;
  }

  /** Has somebody stopped it (SIGSTOP)? It then answers nothing and never ends. */
  async stopped(): Promise<boolean> {
    const stat = await readFile(`/proc/${this.#child.pid}/stat`, "utf8").catch(() => "");
    return stat.slice(stat.lastIndexOf(")") + 2).startsWith("T");
  }

  signal(signal: NodeJS.Signals): void {
    if (this.ended === null) this.#child.kill(signal);
  }

  /** Asks, waits, then kills. */
  async stop(signal: NodeJS.Signals = "SIGTERM", graceMs = 3000): Promise<void> {
    this.signal(signal);
    await within(`${this.name} to end`, graceMs, this.exited).catch(() => this.signal("SIGKILL"));
    await this.exited;
  }
}

/** All long-running programs of one cluster. */
export class Processes {
  readonly #running = new Set<Running>();
  readonly #atExit = () => {
    for (const running of this.#running) running.signal("SIGKILL");
  };

  constructor() {
    process.on("exit", this.#atExit);
  }

  start(program: Program): Running {
    const running = new Running(program);
    this.#running.add(running);
    void running.exited.then(() => this.#running.delete(running));
    return running;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running].map((running) => running.stop("SIGKILL")));
    process.off("exit", this.#atExit);
  }
}

export interface RunOptions {
  readonly stdin?: string | undefined;
  readonly timeoutMs?: number | undefined;
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly cwd?: string | undefined;
}

/** Runs a program to its end and returns stdout. Rejects with E2E_COMMAND_FAILED (both outputs in the message) or E2E_TIMEOUT. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const timeoutMs = options.timeoutMs ?? 60_000;
  const child = spawn("setpriv", ["--pdeathsig", "KILL", "--", command, ...args], {
    stdio: "pipe",
    env: { ...process.env, ...options.env },
    cwd: options.cwd,
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdin.on("error", () => {}).end(options.stdin ?? "");
  const shown = `${command.split("/").pop()} ${args.join(" ")}`.slice(0, 300);
  const status = new Promise<number | string>((done, failed) => {
    child.once("error", failed);
    child.once("close", (code, signal) => done(code ?? signal ?? "?"));
  });
  try {
    const code = await within(shown, timeoutMs, status, () => (stderr || stdout).slice(-1000));
    if (code !== 0)
      throw new HarnessError(
        "E2E_COMMAND_FAILED",
        `${shown}: status ${code}: ${(stderr + stdout).trim().slice(-4000)}`,
      );
    return stdout;
  } finally {
    if (child.exitCode === null) child.kill("SIGKILL");
  }
}
