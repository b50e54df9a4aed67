/** A command as one of a guest's own processes: what a case's workload with `host: true` runs. */
import type { GuestShell } from "../cluster/index.ts";
import type { Outcome } from "./match.ts";
import { quoted } from "./node/pod.ts";
import type { HostExec } from "./target.ts";

export async function execOnHost(guest: GuestShell, argv: readonly string[], options: HostExec): Promise<Outcome> {
  const { tty, timeoutMs, cwd = "/" } = options;
  const command = argv.map(quoted).join(" ");
  const script = `cd ${quoted(cwd)} && ${tty ? `script -qefc ${quoted(command)} /dev/null` : command}`;
  const { exitCode, stdout, stderr } = await guest.run(script, { timeoutMs });
  return { exitCode, output: stdout + stderr, failedToStart: false };
}
