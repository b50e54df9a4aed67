// Child processes that cannot outlive the verb: each leads a process group of its own, and ending the supervisor ends
// every group.
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { CommandError } from "./errors.ts";

export interface RunOptions {
  readonly cwd?: string;
  /** Replaces the whole environment; default: this process's own. */
  readonly environment?: NodeJS.ProcessEnv;
  readonly input?: string | Uint8Array;
  /** Sees each line of standard output and standard error as it comes. */
  readonly onLine?: (line: string) => void;
  /** Gets a copy of everything the command prints. */
  readonly log?: Writable;
  /** Ends the command with an error when it takes longer. */
  readonly seconds?: number;
  /** Standard output is data: not split into lines, not logged. */
  readonly binary?: boolean;
  /** The terminal is the command's own: nothing is captured. */
  readonly inherit?: boolean;
}

const tailLength = 20;
/** What a command has to clean up with after it was asked to end. */
const graceSeconds = 10;

export class Supervisor {
  readonly #live = new Map<number, string>();
  /** Aborted when the verb is to end. */
  readonly signal: AbortSignal;

  /** Aborting `signal` ends every command that runs and refuses new ones. */
  constructor(signal: AbortSignal) {
    this.signal = signal;
    const stop = () => {
      this.#kill("SIGTERM");
      setTimeout(() => this.#kill("SIGKILL"), graceSeconds * 1000).unref();
    };
    signal.addEventListener("abort", stop, { once: true });
  }

  /** Titles of the commands that run now. */
  get running(): readonly string[] {
    return [...this.#live.values()];
  }

  /** Runs to the end. Resolves to standard output as text; a status other than 0 is a CommandError. */
  async text(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
    const { status, output, tail, ended } = await this.#run(command, args, options);
    if (status !== 0) throw new CommandError(command, ended, status, tail);
    return output.toString("utf8");
  }

  /** The same with standard output as bytes, untouched. */
  async bytes(command: string, args: readonly string[], options: RunOptions = {}): Promise<Buffer> {
    const { status, output, tail, ended } = await this.#run(command, args, { ...options, binary: true });
    if (status !== 0) throw new CommandError(command, ended, status, tail);
    return output;
  }

  /** The same, whatever the status is: for commands whose status is an answer. */
  async status(command: string, args: readonly string[], options: RunOptions = {}): Promise<number | null> {
    return (await this.#run(command, args, options)).status;
  }

  /** Ends what still runs: asked first, killed after two seconds. */
  async end(): Promise<void> {
    this.#kill("SIGTERM");
    for (let i = 0; i < 20 && this.#live.size > 0; i++) await new Promise((done) => setTimeout(done, 100));
    this.#kill("SIGKILL");
  }

  async #run(command: string, args: readonly string[], options: RunOptions) {
    this.signal.throwIfAborted();
    const stdio: SpawnOptions["stdio"] = options.inherit ? "inherit" : ["pipe", "pipe", "pipe"];
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.environment ?? process.env,
      stdio,
      detached: true,
    });
    const group = child.pid;
    if (group !== undefined) this.#live.set(group, [command, ...args].join(" ").slice(0, 200));
    const limit = options.seconds;
    const timer = limit ? setTimeout(() => kill(group, "SIGKILL"), limit * 1000) : undefined;
    const capture = options.inherit ? undefined : captureOutput(child, options);
    if (!options.inherit) feed(child, options.input);
    try {
      const { status, signal } = await exit(child, command);
      await capture?.done;
      this.signal.throwIfAborted(); // it may have ended well nevertheless: nobody is to take that for its result
      const late = limit && signal === "SIGKILL" ? `took longer than ${limit} s` : `was ended by ${signal}`;
      const ended = signal ? late : `ended with status ${status}`;
      return { status, ended, output: capture?.output() ?? Buffer.alloc(0), tail: capture?.tail ?? [] };
    } finally {
      clearTimeout(timer);
      if (group !== undefined) {
        kill(group, "SIGKILL"); // what it left in its group
        this.#live.delete(group);
      }
    }
  }

  #kill(signal: NodeJS.Signals): void {
    for (const group of this.#live.keys()) kill(group, signal);
  }
}

function kill(group: number | undefined, signal: NodeJS.Signals): void {
  if (group === undefined) return;
  try {
    process.kill(-group, signal);
  } catch {
    // The group is empty: that is what was wanted.
  }
}

function exit(child: ChildProcess, command: string): Promise<{ status: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.once("error", (cause) => reject(new CommandError(command, `does not start (${cause.message})`, null, [])));
    child.once("exit", (status, signal) => resolve({ status, signal }));
  });
}

function feed(child: ChildProcess, input: string | Uint8Array | undefined): void {
  child.stdin?.once("error", () => {}); // the command may end without reading all: its status tells
  child.stdin?.end(input);
}

function captureOutput(child: ChildProcess, options: RunOptions) {
  const chunks: Buffer[] = [];
  const tail: string[] = [];
  const line = (text: string) => {
    options.onLine?.(text);
    if (text.trim() !== "" && tail.push(text) > tailLength) tail.shift();
  };
  const streams = [child.stdout, child.stderr].filter((stream): stream is Readable => stream !== null);
  child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
  const ends = streams.map((stream) => {
    const closed = new Promise<void>((done) => stream.once("close", done));
    if (options.binary && stream === child.stdout) return closed;
    if (options.log) stream.pipe(options.log, { end: false });
    createInterface({ input: stream }).on("line", line);
    return closed;
  });
  // A grandchild that keeps the pipe open must not hold us: its group is killed right after the command's exit.
  const done = Promise.race([
    Promise.all(ends),
    new Promise((late) => child.once("exit", () => setTimeout(late, 500).unref())),
  ]);
  return { output: () => Buffer.concat(chunks), tail, done };
}
