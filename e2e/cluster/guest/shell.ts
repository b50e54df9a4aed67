/** The host's end of a guest's second serial port, where scripts/agent.sh answers: bash scripts in, status and output back. */
import { randomInt } from "node:crypto";
import type { Socket } from "node:net";
import { createInterface } from "node:readline";
import { gunzipSync, gzipSync } from "node:zlib";
import { ClusterError } from "../errors.ts";
import type { GuestResult } from "../types.ts";
import { within } from "../wait.ts";

/** A line on the port must stay below the guest's terminal buffer, which is 4096 bytes. */
const chunk = 3500;
/** Unpacking costs the guest a program's start. */
const worthPacking = 1000;

export class Shell {
  readonly #socket: Socket;
  readonly #what: string;
  readonly #pending = new Map<string, (line: string | null) => void>();
  /** Random, because a restored guest may still be busy with what it was asked before it was saved. */
  #id = randomInt(1e9);
  #closed = false;

  constructor(socket: Socket, what: string) {
    this.#socket = socket;
    this.#what = what;
    const lines = createInterface({ input: socket });
    lines.on("line", (line) => {
      const id = /^(?:OK|END) (\d+)/.exec(line)?.[1];
      if (id) this.#pending.get(id)?.(line);
    });
    socket.on("error", () => {});
    lines.on("error", () => {});
    socket.on("close", () => {
      this.#closed = true;
      for (const done of this.#pending.values()) done(null);
    });
  }

  async run(script: string, timeoutMs = 60_000): Promise<GuestResult> {
    const id = String(++this.#id);
    let text = pack(script);
    for (; text.length > chunk; text = text.slice(chunk)) await this.#ask(id, `+${id} ${text.slice(0, chunk)}`, 10_000);
    const shown = `: ${script.trim().slice(0, 200)}`;
    const [, , status, out = "", err = ""] = (await this.#ask(id, `!${id} ${text}`, timeoutMs, shown)).split(" ");
    return { exitCode: Number(status), stdout: unpack(out), stderr: unpack(err) };
  }

  async #ask(id: string, request: string, timeoutMs: number, shown = ""): Promise<string> {
    if (this.#closed) throw this.#gone();
    const answer = new Promise<string | null>((done) => this.#pending.set(id, done));
    this.#socket.write(`${request}\n`);
    const line = await within(`${this.#what} to answer${shown}`, timeoutMs, answer).finally(() =>
      this.#pending.delete(id),
    );
    if (line === null) throw this.#gone();
    return line;
  }

  #gone(): ClusterError {
    return new ClusterError("E2E_GUEST_ENDED", `${this.#what} has ended`);
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** Scripts and outputs on the port: `-` for nothing, `=` and base64, `z` and base64 of gzip. */
function pack(script: string): string {
  const bytes = Buffer.from(script);
  return bytes.length > worthPacking ? `z${gzipSync(bytes).toString("base64")}` : `=${bytes.toString("base64")}`;
}

function unpack(text: string): string {
  const bytes = Buffer.from(text.slice(1), "base64");
  return (text.startsWith("z") ? gunzipSync(bytes) : bytes).toString("utf8");
}
