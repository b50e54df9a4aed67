import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { RunningPrograms } from "./running-programs.ts";

describe("a running program", () => {
  let folder: string;
  const programs = new RunningPrograms();
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "portcullis-programs-"));
  });
  afterAll(async () => {
    await programs.close();
    rmSync(folder, { recursive: true });
  });
  const shell = (name: string, script: string) =>
    programs.start({ name, command: "sh", args: ["-c", script], log: join(folder, `${name}.log`) });
  const gone = (pid: number) => !/^\d+ \([^)]*\) [^Z]/.test(statOf(pid));

  it("writes both outputs to its log, after what is there", async () => {
    await shell("speaker", "echo one; echo two >&2").exited;
    const again = shell("speaker", "echo three; exit 4");
    await again.exited;
    expect(again.ended).toBe("status 4");
    expect(readFileSync(again.log, "utf8")).toBe("one\ntwo\nthree\n");
    expect(await again.obituary()).toMatch(/^speaker ended with status 4; .*two\nthree$/s);
  });

  it("that cannot be started says so", async () => {
    const absent = programs.start({ name: "absent", command: "/no/such", args: [], log: join(folder, "absent.log") });
    await absent.exited;
    expect(await absent.obituary()).toMatch(/No such file/);
  });

  it("is asked to end, and killed when it does not, with its children", async () => {
    const polite = shell("polite", "trap 'exit 7' TERM; echo ready; while :; do sleep 0.05; done");
    const deaf = shell("deaf", "trap '' TERM; sleep 60 & echo $!; while :; do sleep 0.05; done");
    await logged(polite.log);
    await logged(deaf.log);
    await Promise.all([polite.stop(), deaf.stop("SIGTERM", 300)]);
    expect([polite.ended, deaf.ended]).toEqual(["status 7", "signal SIGKILL"]);
    const child = Number(readFileSync(deaf.log, "utf8"));
    for (let i = 0; i < 40 && !gone(child); i++) await pause();
    expect(gone(child)).toBe(true);
  });

  it("that somebody stopped is known", async () => {
    const stopped = shell("stopped", "echo $$; while :; do sleep 0.05; done");
    const pid = Number(await logged(stopped.log));
    expect(await stopped.isStopped()).toBe(false);
    process.kill(pid, "SIGSTOP");
    for (let i = 0; i < 40 && !(await stopped.isStopped()); i++) await pause();
    expect(await stopped.isStopped()).toBe(true);
    await stopped.stop("SIGKILL");
  });
});

const pause = (): Promise<void> => new Promise((done) => setTimeout(done, 50));

async function logged(log: string): Promise<string> {
  for (let i = 0; i < 100; i++) {
    const text = readFileSync(log, "utf8");
    if (text.endsWith("\n")) return text;
    await pause();
  }
  throw new Error(`${log} stays empty`);
}

function statOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return "";
  }
}
