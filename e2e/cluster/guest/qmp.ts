/** QEMU's control protocol: JSON lines on a unix socket. */
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { ClusterError } from "../errors.ts";
import { until, within } from "../wait.ts";

interface Reply {
  readonly id?: number;
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
}

export class Qmp {
  readonly #socket: Socket;
  readonly #pending = new Map<number, (reply: Reply) => void>();
  #id = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const lines = createInterface({ input: socket });
    lines.on("line", (line) => {
      const reply = JSON.parse(line) as Reply;
      if (reply.id !== undefined) this.#pending.get(reply.id)?.(reply);
    });
    socket.on("error", () => {});
    lines.on("error", () => {});
    socket.on("close", () => {
      for (const done of this.#pending.values()) done({ error: { desc: "QEMU closed the connection" } });
    });
  }

  static async open(path: string, failed: () => string | null): Promise<Qmp> {
    const qmp = new Qmp(await connectUnix(path, failed));
    await qmp.execute("qmp_capabilities");
    return qmp;
  }

  async execute(command: string, args: object = {}): Promise<unknown> {
    const id = ++this.#id;
    const answer = new Promise<Reply>((done) => this.#pending.set(id, done));
    if (this.#socket.destroyed) throw new ClusterError("E2E_QMP", `${command}: QEMU has gone`);
    this.#socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    const reply = await within(`QEMU's answer to ${command}`, 30_000, answer).finally(() => this.#pending.delete(id));
    if (reply.error) throw new ClusterError("E2E_QMP", `${command}: ${reply.error.desc}`);
    return reply.return;
  }

  /** Waits for a migration (here: saving to or loading from a file) to be over. */
  async migrated(): Promise<void> {
    const info = await until(
      "the guest's state to be transferred",
      async () => {
        const now = (await this.execute("query-migrate")) as { status?: string; "error-desc"?: string };
        return ["completed", "failed"].includes(now.status ?? "") && now;
      },
      { timeoutMs: 120_000, everyMs: 20 },
    );
    if (info.status === "failed")
      throw new ClusterError("E2E_QMP", `transfer of the guest's state failed: ${info["error-desc"]}`);
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** Connects to a unix socket that its server may still have to make. */
export function connectUnix(path: string, failed: () => string | null): Promise<Socket> {
  return until(
    `a connection to ${path}`,
    () =>
      new Promise<Socket>((done, refused) => {
        const socket = connect(path, () => done(socket.off("error", refused)));
        socket.once("error", refused);
      }),
    { timeoutMs: 20_000, everyMs: 20, failed },
  );
}
