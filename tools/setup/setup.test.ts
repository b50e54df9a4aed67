import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { Commands } from "../processes/commands.ts";
import { artifacts } from "./artifacts.ts";
import { lock } from "./lock.mjs";
import { setUp } from "./setup.ts";
import type { Step } from "./step.ts";

let cache: string;
let lines: string[];
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), "portcullis-setup-"));
  lines = [];
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));

const steps = (...table: Partial<Step>[]): Step[] =>
  table.map((step) => ({ id: "", title: "", seconds: 1, inputs: [], run: async () => {}, ...step }));

function run(table: Step[], wanted = table.map(({ id }) => id)) {
  return setUp({
    steps: table,
    wanted,
    artifacts: artifacts(cache),
    commands: new Commands(new AbortController().signal),
    report: { line: (text) => lines.push(text) },
  });
}

describe("set-up", () => {
  it("runs what a step needs before it, and only what is wanted", async () => {
    const order: string[] = [];
    const noted = (id: string, needs: string[] = []): Partial<Step> => ({
      id,
      needs,
      run: async () => void order.push(id),
    });
    const outcomes = await run(steps(noted("c", ["b"]), noted("b", ["a"]), noted("a"), noted("other")), ["c"]);
    expect(order).toEqual(["a", "b", "c"]);
    expect([...outcomes.keys()].sort()).toEqual(["a", "b", "c"]);
  });

  it("does nothing the second time", async () => {
    let runs = 0;
    const product = join(cache, "product");
    const table = steps({
      id: "a",
      outputs: () => [product],
      run: async () => {
        runs++;
        writeFileSync(product, "");
      },
    });
    await run(table);
    expect((await run(table)).get("a")).toEqual({ status: "current" });
    expect(runs).toBe(1);
  });

  it("makes a product again when it has gone or when what it is made of has changed, and then what needs it", async () => {
    let runs = 0;
    const product = join(cache, "product");
    const table = (key: string) =>
      steps(
        { id: "a", key, outputs: () => [product], run: async () => writeFileSync(product, "") },
        { id: "b", needs: ["a"], run: async () => void runs++ },
      );
    await run(table("1"));
    rmSync(product);
    expect((await run(table("1"))).get("a")?.status).toBe("done");
    expect(runs).toBe(1); // the same product: what stands on it is still right
    await run(table("2"));
    expect(runs).toBe(2);
  });

  it("names what failed, goes on with the rest, and tries again the next time", async () => {
    const failing = { id: "a", run: async () => Promise.reject(new Error("no disk space")) };
    const rest: Partial<Step>[] = [{ id: "b", needs: ["a"] }, { id: "c" }];
    const outcomes = await run(steps(failing, ...rest));
    expect(outcomes.get("a")).toMatchObject({ status: "failed", reason: "no disk space" });
    expect(outcomes.get("b")).toEqual({ status: "blocked", by: "a" });
    expect(outcomes.get("c")?.status).toBe("done");
    expect(lines.join("\n")).toContain("a: FAILED: no disk space");
    expect((await run(steps({ ...failing, run: async () => {} }, ...rest))).get("b")?.status).toBe("done");
  });

  it("is not current after a step was cut short", async () => {
    const table = (work: () => Promise<void>) => steps({ id: "a", key: "1", run: work });
    await run(table(async () => {}));
    await run(steps({ id: "a", key: "2", run: async () => Promise.reject(new Error("cut")) }));
    let runs = 0;
    await run(table(async () => void runs++));
    expect(runs).toBe(1);
  });

  it("is done by one process at a time: the second waits and finds the work done", async () => {
    let runs = 0;
    const table = steps({
      id: "a",
      run: async () => {
        runs++;
        await new Promise((done) => setTimeout(done, 200));
      },
    });
    const outcomes = await Promise.all([run(table), run(table)]);
    expect(runs).toBe(1);
    expect(outcomes.map((outcome) => outcome.get("a")?.status).sort()).toEqual(["current", "done"]);
    expect(lines).toContain("another set-up is running, waiting for it …");
  });

  it("does not wait for another one longer than the verb lasts", async () => {
    const unlock = await lock(cache);
    const abort = new AbortController();
    const commands = new Commands(abort.signal);
    const report = { line: () => abort.abort(new Error("stopped by the user")) };
    const table = steps({ id: "a" });
    const waiting = setUp({ steps: table, wanted: ["a"], artifacts: artifacts(cache), commands, report });
    await expect(waiting).rejects.toThrow("stopped by the user");
    unlock();
  });

  it("keeps a log of each step", async () => {
    await run(steps({ id: "a", run: async ({ exec }) => void (await exec("echo", ["for the log"])) }));
    expect(readFileSync(join(cache, "logs", "a.log"), "utf8")).toBe("for the log\n");
  });

  it("says before it begins when the disk is too small", async () => {
    const table = steps({ id: "a", diskMiB: 2 ** 40 });
    await expect(run(table)).rejects.toMatchObject({ code: "SETUP_DISK_FULL" });
  });

  it("refuses a step it does not know, and lists those it does", async () => {
    await expect(run(steps({ id: "a" }), ["b"])).rejects.toThrow("no set-up step is called b: it is one of a");
  });
});
