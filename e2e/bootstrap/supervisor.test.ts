import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { CommandError } from "./errors.ts";
import { Leftovers } from "./leftovers.ts";
import { Supervisor } from "./supervisor.ts";

const supervisor = () => new Supervisor(new AbortController().signal);

/** Is the process there and not merely waiting to be reaped? */
function runs(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}

async function gone(pid: number): Promise<boolean> {
  for (let i = 0; i < 40 && runs(pid); i++) await new Promise((done) => setTimeout(done, 50));
  return !runs(pid);
}

describe("a supervised command", () => {
  it("gives its output, and its lines as they come", async () => {
    const lines: string[] = [];
    const text = await supervisor().text("sh", ["-c", "echo one; echo two >&2"], {
      onLine: (line) => lines.push(line),
    });
    expect(text).toBe("one\n");
    expect(lines.sort()).toEqual(["one", "two"]);
  });

  it("fails with its status and its last lines", async () => {
    const error = await supervisor()
      .text("sh", ["-c", "echo because >&2; exit 3"])
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(CommandError);
    expect(error).toMatchObject({ status: 3, tail: ["because"], message: "sh ended with status 3: because" });
  });

  it("that does not exist is named", async () => {
    await expect(supervisor().text("/no/such/program", [])).rejects.toThrow("/no/such/program does not start");
  });

  it("gives bytes untouched", async () => {
    expect(await supervisor().bytes("printf", ["\\377\\000\\001"])).toEqual(Buffer.from([255, 0, 1]));
  });

  it("takes what it left running with it", async () => {
    const pid = Number(await supervisor().text("sh", ["-c", "sleep 60 >/dev/null 2>&1 & echo $!"]));
    expect(await gone(pid)).toBe(true);
  });

  it("ends at its time limit and says so", async () => {
    await expect(supervisor().text("sleep", ["60"], { seconds: 0.2 })).rejects.toThrow("took longer than 0.2 s");
  });

  it("ends when the verb is aborted, with its children", async () => {
    const abort = new AbortController();
    const pids: number[] = [];
    const script = "sleep 60 & echo $!; echo $$; wait";
    const running = new Supervisor(abort.signal).text("sh", ["-c", script], {
      onLine: (line) => {
        if (pids.push(Number(line)) === 2) abort.abort(new Error("stopped by the user"));
      },
    });
    await expect(running).rejects.toThrow("stopped by the user");
    for (const pid of pids) expect(await gone(pid)).toBe(true);
  });

  it("does not count as having succeeded when it answers the end of the verb with status 0", async () => {
    const abort = new AbortController();
    const running = new Supervisor(abort.signal).status("sh", ["-c", "trap 'exit 0' TERM; echo; sleep 60 & wait"], {
      onLine: () => abort.abort(new Error("stopped by the user")),
    });
    await expect(running).rejects.toThrow("stopped by the user");
  });

  it("is not begun after the verb was aborted", async () => {
    await expect(new Supervisor(AbortSignal.abort()).text("true", [])).rejects.toThrow();
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
