import { EventEmitter } from "node:events";
import { describe, expect, it } from "@jest/globals";
import { type Clock, systemClock } from "../src/clock.ts";
import { onShutdown, type SignalSource } from "../src/shutdown.ts";
import { Supervisor } from "../src/supervise.ts";
import { silentLog } from "./testing.ts";

/** A process that can be asked to end and remembers how it ended. */
class FakeProcess extends EventEmitter {
  readonly exits: number[] = [];
  exit(status: number): void {
    this.exits.push(status);
  }
}
function start(deadlineMs: number) {
  const process = new FakeProcess();
  return { process, shutdown: onShutdown({ log: silentLog, deadlineMs, process: process as SignalSource }) };
}

describe("a shutdown", () => {
  it.each(["SIGTERM", "SIGINT"])("begins with %s", (name) => {
    const { process, shutdown } = start(1_000);
    expect(shutdown.signal.aborted).toBe(false);
    process.emit(name);
    expect(shutdown.signal.aborted).toBe(true);
    shutdown.finished();
    expect(process.exits).toEqual([]);
    expect(process.listenerCount(name)).toBe(0);
  });

  it("ends the process when it takes longer than its deadline", async () => {
    const { process, shutdown } = start(20);
    shutdown.start("a test");
    await systemClock.sleep(60);
    expect(process.exits).toEqual([1]);
    shutdown.finished();
  });

  it("does not when it has finished in time", async () => {
    const { process, shutdown } = start(20);
    shutdown.start("a test");
    shutdown.finished();
    await systemClock.sleep(60);
    expect(process.exits).toEqual([]);
  });

  it("ends the process at the second signal", () => {
    const { process, shutdown } = start(1_000);
    process.emit("SIGINT");
    process.emit("SIGINT");
    expect(process.exits).toEqual([1]);
    shutdown.finished();
  });
});

/** Time that passes only by sleeping. */
function sleepingClock(): Clock & { readonly slept: number[] } {
  const slept: number[] = [];
  let now = 0;
  return {
    slept,
    now: () => now,
    monotonic: () => now,
    after: () => () => {},
    async sleep(ms) {
      slept.push(ms);
      now += ms;
    },
  };
}

describe("a supervised loop", () => {
  const untilAborted = (signal: AbortSignal) =>
    new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));

  it("that fails is started again, after longer and longer pauses", async () => {
    const stop = new AbortController();
    const clock = sleepingClock();
    const restarts: string[] = [];
    const supervisor = new Supervisor({
      signal: stop.signal,
      log: silentLog,
      clock,
      firstPauseMs: 10,
      maxPauseMs: 40,
      onRestart: (name) => restarts.push(name),
    });
    let runs = 0;
    supervisor.start(
      "watch",
      async (signal) => {
        if (++runs <= 4) throw new Error("boom");
        stop.abort();
        await untilAborted(AbortSignal.any([signal, AbortSignal.abort()]));
      },
      "restart",
    );
    await Promise.race([supervisor.ended(), systemClock.sleep(2_000)]);
    expect(clock.slept).toEqual([10, 20, 40, 40]);
    expect(restarts).toEqual(Array(4).fill("watch"));
  });

  it("that ends by itself counts as failed", async () => {
    const stop = new AbortController();
    const supervisor = new Supervisor({ signal: stop.signal, log: silentLog });
    supervisor.start("vital", async () => {}, "fail");
    await expect(supervisor.ended()).rejects.toMatchObject({ code: "DAEMON_LOOP_FAILED", message: /vital ended/ });
  });

  it("the process cannot do without fails the process, with the cause", async () => {
    const stop = new AbortController();
    const supervisor = new Supervisor({ signal: stop.signal, log: silentLog });
    const cause = new Error("boom");
    supervisor.start("other", untilAborted);
    supervisor.start("vital", () => Promise.reject(cause), "fail");
    await expect(supervisor.ended()).rejects.toMatchObject({ code: "DAEMON_LOOP_FAILED", cause });
    stop.abort();
  });

  it("the process cannot do without ends all the others, and is told when they have ended", async () => {
    const supervisor = new Supervisor({ signal: new AbortController().signal, log: silentLog });
    const events: string[] = [];
    supervisor.start("other", async (signal) => {
      await untilAborted(signal);
      await systemClock.sleep(20);
      events.push("other ended");
    });
    supervisor.start("vital", () => Promise.reject(new Error("boom")), "fail");
    await supervisor.ended().catch(() => events.push("told"));
    expect(events).toEqual(["other ended", "told"]);
    supervisor.start("late", async () => {
      events.push("late ran");
    });
    await supervisor.ended().catch(() => {});
    expect(events).not.toContain("late ran");
  });

  it("is waited for when the process ends", async () => {
    const stop = new AbortController();
    const supervisor = new Supervisor({ signal: stop.signal, log: silentLog });
    let ended = false;
    supervisor.start("slow", async (signal) => {
      await untilAborted(signal);
      await systemClock.sleep(30);
      ended = true;
    });
    stop.abort();
    await supervisor.ended();
    expect(ended).toBe(true);
  });

  it("has a name of its own", () => {
    const supervisor = new Supervisor({ signal: AbortSignal.abort(), log: silentLog });
    supervisor.start("a", async () => {});
    expect(() => supervisor.start("a", async () => {})).toThrow(
      expect.objectContaining({ code: "DAEMON_LOOP_FAILED" }),
    );
  });
});
