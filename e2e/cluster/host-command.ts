/** Runs a program on the host to its end. It has a time limit and ends when this process ends; a failure is a ClusterError. */
import { CommandError, Commands } from "@portcullis/tools/processes";
import { ClusterError } from "./errors.ts";

export interface CommandOptions {
  readonly stdin?: string | undefined;
  /** Default: one minute. */
  readonly timeoutMs?: number | undefined;
  /** Added to this process's own environment. */
  readonly environment?: NodeJS.ProcessEnv | undefined;
}

const commands = new Commands(new AbortController().signal);

/** Resolves to standard output. Rejects with E2E_COMMAND_FAILED or E2E_TIMEOUT, the last lines of both outputs in the message. */
export async function run(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { stdin, timeoutMs = 60_000, environment } = options;
  try {
    const settings = { input: stdin, timeoutMs, environment: { ...process.env, ...environment }, leashed: true };
    return await commands.text(command, args, settings);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const shown = `${command.split("/").pop()} ${args.join(" ")}`.slice(0, 300);
    const said = error.tail.join("\n").slice(-4000);
    if (error.isLate) {
      const message = `${shown}: not within ${timeoutMs} ms; last seen: ${said || "nothing"}`;
      throw new ClusterError("E2E_TIMEOUT", message, { cause: error });
    }
    throw new ClusterError("E2E_COMMAND_FAILED", `${shown}: status ${error.status}: ${said}`, { cause: error });
  }
}
