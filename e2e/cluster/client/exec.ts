/** Commands in containers: through the API server as anyone else does it, or, for a chosen user, through the node's runtime. */
import { Readable, Writable } from "node:stream";
import { Exec, type KubeConfig, type V1Pod, type V1Status } from "@kubernetes/client-node";
import { ClusterError } from "../errors.ts";
import type { ExecOptions, ExecResult, ExecTarget, GuestShell } from "../types.ts";
import { within } from "../wait.ts";

/** Runs a command by the API server's exec. */
export async function execute(
  config: KubeConfig,
  target: ExecTarget,
  container: string,
  command: readonly string[],
  options: ExecOptions,
): Promise<ExecResult> {
  const shown = `exec in ${target.namespace}/${target.pod} ${container}: ${command.join(" ")}`;
  const { tty = false, stdin, timeoutMs = 30_000 } = options;
  const out = new Collected();
  const err = new Collected();
  let seen = "no answer";
  let close = () => {};
  const status = new Promise<V1Status>((done, failed) => {
    const input = stdin === undefined ? null : Readable.from([stdin]);
    new Exec(config)
      // With a terminal there is one stream, and asking for the other is refused.
      .exec(target.namespace, target.pod, container, [...command], out, tty ? null : err, input, tty, done)
      .then((socket) => {
        seen = "connected, no status yet";
        close = () => socket.close();
        socket.on("close", () => failed(new Error("the connection closed without a status")));
        socket.on("error", failed);
      })
      .catch(failed);
  });
  try {
    const ended = await within(
      shown,
      timeoutMs,
      status,
      () => `${seen}; output: ${out.text.slice(-500)}${err.text.slice(-500)}`,
    );
    return { stdout: out.text, stderr: err.text, ...outcome(ended) };
  } catch (error) {
    if (error instanceof ClusterError) throw error;
    throw new ClusterError(
      "E2E_COMMAND_FAILED",
      `${shown}: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    );
  } finally {
    close();
  }
}

/** What a command wrote. */
class Collected extends Writable {
  readonly #parts: Buffer[] = [];

  override _write(part: Buffer, _encoding: string, done: () => void): void {
    this.#parts.push(part);
    done();
  }

  get text(): string {
    return Buffer.concat(this.#parts).toString("utf8");
  }
}

/** A status without an exit code is the runtime's word on why nothing was started. */
function outcome(status: V1Status): Pick<ExecResult, "exitCode" | "startError"> {
  if (status.status === "Success") return { exitCode: 0, startError: null };
  const code = status.details?.causes?.find((cause) => cause.reason === "ExitCode")?.message;
  if (code !== undefined) return { exitCode: Number(code), startError: null };
  return { exitCode: null, startError: status.message ?? status.reason ?? "unknown" };
}

/** Runs a command as a user of one's choice, by the runtime of the pod's node. */
export async function executeAs(
  guest: GuestShell,
  pod: V1Pod,
  container: string,
  command: readonly string[],
  options: ExecOptions & { user: string },
): Promise<ExecResult> {
  const id = pod.status?.containerStatuses?.find((c) => c.name === container)?.containerID?.replace(/^.*:\/\//, "");
  if (!id) throw new ClusterError("E2E_OPTION", `container ${container} of ${pod.metadata?.name} does not run`);
  const words = ["ctr", "-n", "k8s.io", "task", "exec", "--exec-id", `e2e-${Date.now()}`, "--user", options.user, id];
  const line = [...words, ...command].map(quoted).join(" ");
  const piped = options.stdin === undefined ? "" : ` <<'E2E_STDIN'\n${options.stdin}\nE2E_STDIN`;
  if (options.tty) throw new ClusterError("E2E_OPTION", "user and tty do not go together");
  const result = await guest.run(line + piped, { timeoutMs: options.timeoutMs ?? 30_000 });
  const said = /ctr: (.*(?:OCI runtime exec failed|failed to start).*)/.exec(result.stderr)?.[1];
  return said ? { ...result, exitCode: null, startError: said } : { ...result, startError: null };
}

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
