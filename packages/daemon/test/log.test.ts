import { Writable } from "node:stream";
import { describe, expect, it } from "@jest/globals";
import { createLog, type LogLevel } from "../src/log.ts";

function capture(level: LogLevel = "debug") {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk, _, done) {
      chunks.push(String(chunk));
      done();
    },
  });
  const log = createLog({ level, fields: { component: "test" }, stream });
  const lines = async () => {
    await log.end();
    return chunks
      .join("")
      .split("\n")
      .filter(Boolean)
      .map((text) => JSON.parse(text));
  };
  return { log, lines };
}

class Coded extends Error {
  readonly code = "TEST_CODED";
}

describe("a log line", () => {
  it("is one JSON object with the fields of its parents", async () => {
    const { log, lines } = capture();
    log.child({ node: "n1" }).info("bundle applied", { revision: 12n, pods: ["a"] });
    const [line] = await lines();
    expect(line).toEqual({
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      level: "info",
      message: "bundle applied",
      component: "test",
      node: "n1",
      revision: "12",
      pods: ["a"],
    });
    expect(Object.keys(line).slice(0, 3)).toEqual(["time", "level", "message"]);
  });

  it("has an error with its code, stack and causes", async () => {
    const { log, lines } = capture();
    log.error("failed", { error: new Coded("outer", { cause: new AggregateError([new TypeError("inner")], "all") }) });
    const [{ error }] = await lines();
    expect(error).toMatchObject({ code: "TEST_CODED", message: "outer", stack: expect.stringMatching(/log\.test/) });
    expect(error.cause).toMatchObject({ name: "AggregateError", errors: [{ name: "TypeError", message: "inner" }] });
  });

  it("is written whatever is in it", async () => {
    const { log, lines } = capture();
    const circular: Record<string, unknown> = { map: new Map([["k", new Set([1])]]), bytes: new Uint8Array(3) };
    circular.self = circular;
    log.warn("odd", { circular, fn: () => 1, nothing: undefined, date: new Date(Number.NaN), deep: nest(20) });
    const [line] = await lines();
    expect(line.circular).toEqual({ map: { k: [1] }, bytes: "[3 bytes]", self: "[circular]" });
    expect(line.date).toBe("[invalid date]");
    expect(JSON.stringify(line.deep)).toMatch(/too deep/);
  });

  it("cannot be forged by a field", async () => {
    const { log, lines } = capture();
    log.info("real", { message: "fake\n{}", level: "error", time: "never" });
    const all = await lines();
    expect(all).toHaveLength(1);
    expect(all[0]).toMatchObject({ message: "real", level: "info" });
  });

  it("below the level is not written", async () => {
    const { log, lines } = capture("warn");
    log.info("no");
    log.debug("no");
    log.warn("yes");
    log.error("yes");
    expect((await lines()).map(({ level }) => level)).toEqual(["warn", "error"]);
  });

  it("is written before the log's end resolves, all of many", async () => {
    const { log, lines } = capture();
    for (let i = 0; i < 5_000; i++) log.info("line", { i });
    expect(await lines()).toHaveLength(5_000);
  });
});

function nest(levels: number): unknown {
  return levels === 0 ? "bottom" : { inner: nest(levels - 1) };
}
