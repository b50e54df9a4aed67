/**
 * What all child processes of tools and e2e have in common. execa starts each as the leader of a process group and sends signals to the
 * whole group. Two things it leaves to us: to end what is still in the group when its leader has ended, and to end a child whose
 * parent was killed without a chance to do anything.
 */
import type { ChildProcess } from "node:child_process";
import type { Options } from "execa";

/** What a command has to clean up with after it was asked to end. */
const graceMs = 10_000;

export const groupOptions = {
  killDescendants: true,
  forceKillAfterDelay: graceMs,
  extendEnv: false,
  reject: false,
  stripFinalNewline: false,
  maxBuffer: Number.POSITIVE_INFINITY,
} as const satisfies Options;

/** As much of what execa returns as is the same whatever its options were. */
export interface Child {
  readonly pid?: number;
  readonly nodeChildProcess: ChildProcess;
  kill(signal: NodeJS.Signals): boolean;
}

/** Ends what the leader leaves in its group. Also closes the pipes that such a process holds open, so that nobody waits for them. */
export function endGroupWithLeader(child: Child): void {
  child.nodeChildProcess.once("exit", () => child.kill("SIGKILL"));
}

/** The command as one that the kernel kills as soon as this process is gone, whatever ended it. */
export function leashed(command: string, args: readonly string[]): readonly [string, readonly string[]] {
  return ["setpriv", ["--pdeathsig", "KILL", "--", command, ...args]];
}
