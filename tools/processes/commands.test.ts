import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { Commands } from "./commands.ts";
import { CommandError } from "./errors.ts";
import { Leftovers } from "./leftovers.ts";

const commands = () => new Commands(new AbortController().signal);

/** Is the process there and not merely waiting to be reaped? */
function runs(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}

async function gone(pid: number, tries = 40): Promise<boolean> {
  for (let i = 0; i < tries && runs(pid); i++) await new Promise((done) => setTimeout(done, 50));
  return !runs(pid);
}

describe("a command", () => {
  it("gives its output, and its lines as they come", async () => {
    const lines: string[] = [];
    const text = await commands().text("sh", ["-c", "echo one; echo two >&2"], {
      onLine: (line) => lines.push(line),
    });
    expect(text).toBe("one\n");
    expect(lines.sort()).toEqual(["one", "two"]);
  });

  it("fails with its status and its last lines", async () => {
    const error = await commands()
      .text("sh", ["-c", "echo because >&2; exit 3"])
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(CommandError);
    expect(error).toMatchObject({ status: 3, tail: ["because"], message: "sh ended with status 3: because" });
  });

  it("that does not exist is named", async () => {
    await expect(commands().text("/no/such/program", [])).rejects.toThrow("/no/such/program does not start");
  });

  it("gives bytes untouched", async () => {
    expect(await commands().bytes("printf", ["\\377\\000\\001"])).toEqual(Buffer.from([255, 0, 1]));
  });

  it("takes what it left running with it", async () => {
    const pid = Number(await commands().text("sh", ["-c", "sleep 60 >/dev/null 2>&1 & echo $!"]));
    expect(await gone(pid)).toBe(true);
  });

  it("is not waited for longer because something that it left holds its output open", async () => {
    const began = performance.now();
    const pid = Number(await commands().text("sh", ["-c", "sleep 60 & echo $!"]));
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(await gone(pid)).toBe(true);
  });

  it("may leave most of its input unread", async () => {
    const input = Buffer.alloc(4 << 20, "x");
    expect(await commands().text("head", ["-c", "3"], { input })).toBe("xxx");
  });

  it("may print more than a pipe holds", async () => {
    const bytes = await commands().bytes("sh", ["-c", "head -c 150000000 /dev/zero; head -c 1000000 /dev/zero >&2"]);
    expect(bytes.length).toBe(150_000_000);
  });

  it("that does not end when asked is killed, with its children", async () => {
    const running = commands();
    const pids: number[] = [];
    const ended = running.status("sh", ["-c", "trap '' TERM; sleep 60 & echo $!; echo $$; while :; do sleep 1; done"], {
      onLine: (line) => pids.push(Number(line)),
    });
    while (pids.length < 2) await new Promise((done) => setTimeout(done, 20));
    await running.end();
    expect(await ended).toBeNull();
    for (const pid of pids) expect(await gone(pid)).toBe(true);
  });

  it("on a leash dies when the process that started it is killed", async () => {
    const script = `
      import { Commands } from ${JSON.stringify(join(import.meta.dirname, "commands.ts"))};
      const onLine = (line) => console.log(line);
      await new Commands(new AbortController().signal).text("sh", ["-c", "echo $$; sleep 60"], { leashed: true, onLine });`;
    const parent = spawn(process.execPath, ["--input-type=module", "--eval", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const pid = Number(await new Promise<Buffer>((line) => parent.stdout.once("data", line)));
    expect(await gone(pid, 0)).toBe(false);
    parent.kill("SIGKILL");
    expect(await gone(pid)).toBe(true);
  });

  it("ends at its time limit and says so", async () => {
    await expect(commands().text("sleep", ["60"], { timeoutMs: 199.5 })).rejects.toThrow("took longer than 0.1995 s");
  });

  it("ends when the verb is aborted, with its children", async () => {
    const abort = new AbortController();
    const pids: number[] = [];
    const script = "sleep 60 & echo $!; echo $$; wait";
    const running = new Commands(abort.signal).text("sh", ["-c", script], {
      onLine: (line) => {
        if (pids.push(Number(line)) === 2) abort.abort(new Error("stopped by the user"));
      },
    });
    await expect(running).rejects.toThrow("stopped by the user");
    for (const pid of pids) expect(await gone(pid)).toBe(true);
  });

  it("does not count as having succeeded when it answers the end of the verb with status 0", async () => {
    const abort = new AbortController();
    const running = new Commands(abort.signal).status("sh", ["-c", "trap 'exit 0' TERM; echo; sleep 60 & wait"], {
      onLine: () => abort.abort(new Error("stopped by the user")),
    });
    await expect(running).rejects.toThrow("stopped by the user");
  });

  it("is not begun after the verb was aborted", async () => {
    await expect(new Commands(AbortSignal.abort()).text("true", [])).rejects.toThrow();
  });
});

describe("leftovers", () => {
  it("are found by their mark though they left every group, and ended", async () => {
    const leftovers = new Leftovers(process.pid);
    const env = { ...process.env, [leftovers.variable]: leftovers.mark };
    const child = spawn("sleep", ["61"], { detached: true, stdio: "ignore", env });
    const pid = child.pid!;
    expect(await leftovers.end()).toEqual([expect.stringContaining("sleep 61")]);
    expect(await gone(pid)).toBe(true);
    expect(await leftovers.end()).toEqual([]);
  });
});
