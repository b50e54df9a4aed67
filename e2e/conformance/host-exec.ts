/**
 * A command as one of a guest's own processes: what a case's workload with `host: true` runs. The guest's agent stands for sshd, and a copy of
 * bash for the shell of its sessions, so that an allow-list may be about bash and leave them alone.
 */
import type { GuestShell } from "../cluster/index.ts";
import type { Outcome } from "./match.ts";
import { quoted } from "./node/pod.ts";
import type { HostExec } from "./target.ts";

/** Where the agent looks for it (cluster/guest/scripts/agent.sh). */
export const sessionShell = "/usr/sbin/session-shell";

/** Where a case's command is a command line for a bash of its own, the outer one is the session's. */
const isCommandLine = (argv: readonly string[]): boolean =>
  argv[0] === "bash" && argv[1] === "-c" && /^bash -c /.test(argv[2] ?? "");

export async function execOnHost(guest: GuestShell, argv: readonly string[], options: HostExec): Promise<Outcome> {
  const { tty, timeoutMs, cwd = "/" } = options;
  const words = isCommandLine(argv)
    ? [`$([ -x ${sessionShell} ] && echo ${sessionShell} || echo bash)`]
    : [quoted(argv[0] ?? "")];
  const command = [...words, ...argv.slice(1).map(quoted)].join(" ");
  const script = `cd ${quoted(cwd)} && ${tty ? `script -qefc ${quoted(command)} /dev/null` : command}`;
  const { exitCode, stdout, stderr } = await guest.run(script, { timeoutMs });
  return { exitCode, output: stdout + stderr, failedToStart: false };
}
