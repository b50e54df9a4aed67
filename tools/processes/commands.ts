/**
 * Commands that run to their end and cannot outlive whoever started them: each leads a process group of its own, and ending the
 * `Commands` ends every group.
 */
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { execa } from "execa";
import { CommandError } from "./errors.ts";
import { type Child, endGroupWithLeader, groupOptions, leashed } from "./process-group.ts";

export interface RunOptions {
  readonly cwd?: string | undefined;
  /** Replaces the whole environment; default: this process's own. */
  readonly environment?: NodeJS.ProcessEnv | undefined;
  readonly input?: string | Uint8Array | undefined;
  /** Sees each line of standard output and standard error as it comes. */
  readonly onLine?: (line: string) => void;
  /** Gets a copy of everything the command prints. */
  readonly log?: Writable;
  /** Ends the command with an error when it takes longer. */
  readonly timeoutMs?: number | undefined;
  /** Standard output is data: not split into lines, not logged. */
  readonly binary?: boolean;
  /** The terminal is the command's own: nothing is captured. */
  readonly inherit?: boolean;
  /** The kernel kills the command when this process is killed. Not for what must not stop half way, such as apt. */
  readonly leashed?: boolean;
}

interface Ended {
  readonly status: number | null;
  /** How it ended, in words that follow the command's name. */
  readonly how: string;
  readonly isLate: boolean;
  readonly output: Buffer;
  readonly tail: readonly string[];
}

/** As much of execa's result as says how a command ended. */
interface Ending {
  readonly exitCode?: number | undefined;
  readonly signal?: NodeJS.Signals | undefined;
  readonly timedOut: boolean;
}

const tailLength = 20;
const endMs = 2000;

export class Commands {
  readonly #live = new Map<Child, string>();
  /** Aborted when the verb is to end. */
  readonly signal: AbortSignal;

  /** Aborting `signal` ends every command that runs and refuses new ones. */
  constructor(signal: AbortSignal) {
    this.signal = signal;
  }

  /** Titles of the commands that run now. */
  get running(): readonly string[] {
    return [...this.#live.values()];
  }

  /** Runs to the end. Resolves to standard output as text; a status other than 0 is a CommandError. */
  async text(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
    return succeeded(command, await this.#run(command, args, options)).toString("utf8");
  }

  /** The same with standard output as bytes, untouched. */
  async bytes(command: string, args: readonly string[], options: RunOptions = {}): Promise<Buffer> {
    return succeeded(command, await this.#run(command, args, { ...options, binary: true }));
  }

  /** The same, whatever the status is: for commands whose status is an answer. Null: a signal ended it. */
  async status(command: string, args: readonly string[], options: RunOptions = {}): Promise<number | null> {
    return (await this.#run(command, args, options)).status;
  }

  /** Ends what still runs: asked first, killed after two seconds. */
  async end(): Promise<void> {
    this.#kill("SIGTERM");
    const deadline = performance.now() + endMs;
    while (this.#live.size > 0 && performance.now() < deadline) await new Promise((done) => setTimeout(done, 100));
    this.#kill("SIGKILL");
  }

  async #run(command: string, args: readonly string[], options: RunOptions): Promise<Ended> {
    this.signal.throwIfAborted();
    const { cwd, environment = process.env, input, inherit, timeoutMs } = options;
    const [program, words] = options.leashed ? leashed(command, args) : [command, args];
    const child = execa(program, words, {
      ...groupOptions,
      ...(cwd !== undefined && { cwd }),
      // execa takes whole milliseconds alone.
      ...(timeoutMs !== undefined && { timeout: Math.ceil(timeoutMs) }),
      ...(inherit ? { stdio: "inherit" } : input === undefined ? { stdin: "ignore" } : { input }),
      env: environment,
      cancelSignal: this.signal,
      encoding: "buffer",
      // What goes to standard error is looked at as it comes and not kept.
      buffer: { stderr: false },
    });
    this.#live.set(child, [command, ...args].join(" ").slice(0, 200));
    endGroupWithLeader(child);
    const tail = watchLines([options.binary ? null : child.stdout, child.stderr], options);
    try {
      const result = await child;
      this.signal.throwIfAborted(); // it may have ended with status 0 all the same, which says nothing about its work
      if (result.exitCode === undefined && result.signal === undefined)
        throw new CommandError(command, { ended: `does not start (${result.originalMessage})`, status: null });
      const output = Buffer.from(result.stdout ?? []);
      return { ...ending(result, timeoutMs), output, tail };
    } finally {
      this.#live.delete(child);
    }
  }

  #kill(signal: NodeJS.Signals): void {
    for (const child of this.#live.keys()) child.kill(signal);
  }
}

function ending({ exitCode, signal, timedOut }: Ending, timeoutMs = 0): Pick<Ended, "status" | "how" | "isLate"> {
  const status = exitCode ?? null;
  if (timedOut) return { status: null, isLate: true, how: `took longer than ${timeoutMs / 1000} s` };
  return { status, isLate: false, how: signal ? `was ended by ${signal}` : `ended with status ${status}` };
}

function succeeded(command: string, { status, how, isLate, output, tail }: Ended): Buffer {
  if (status !== 0) throw new CommandError(command, { ended: how, status, isLate, tail });
  return output;
}

/** Tells of the streams' lines as they come. Returns a list that always holds the last ones. */
function watchLines(streams: readonly (Readable | null)[], { onLine, log }: RunOptions): readonly string[] {
  const tail: string[] = [];
  for (const stream of streams) {
    if (!stream) continue;
    if (log) stream.pipe(log, { end: false });
    createInterface({ input: stream }).on("line", (text) => {
      onLine?.(text);
      if (text.trim() !== "" && tail.push(text) > tailLength) tail.shift();
    });
  }
  return tail;
}
