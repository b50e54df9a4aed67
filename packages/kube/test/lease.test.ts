import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { MemoryLog, until } from "@portcullis/daemon/testing";
import type { KubeClient } from "../src/client/client.ts";
import { type KubeObject, objectPath } from "../src/client/resource.ts";
import { LeaseLostError } from "../src/errors.ts";
import { LeaderElection, leaseResource } from "../src/lease.ts";
import { TestApiServer } from "./api-server.ts";
import { Wire } from "./wire.ts";

const times = { durationMs: 2_000, renewDeadlineMs: 1_200, retryMs: 200 };

interface Lease extends KubeObject {
  readonly spec: { readonly holderIdentity: string; readonly renewTime: string; readonly leaseTransitions: number };
}

describe("leader election on a real API server", () => {
  let server: TestApiServer;
  beforeAll(async () => {
    server = await TestApiServer.start();
  }, 120_000);
  afterAll(() => server?.stop());

  const candidate = (name: string, identity: string, client: KubeClient) =>
    new LeaderElection({ client, namespace: "default", name, identity, log: new MemoryLog(), ...times });
  const read = (name: string) =>
    server.client().request<Lease>({ method: "GET", path: objectPath(leaseResource, name, "default") });
  /** Work that lasts until it is told to end. */
  const untilAborted = (signal: AbortSignal) =>
    new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));

  it("lets one of several lead, and the next at once after a release", async () => {
    const stops = [new AbortController(), new AbortController(), new AbortController()];
    const leading: number[] = [];
    let most = 0;
    let now = 0;
    const runs = stops.map((stop, i) =>
      candidate("one", `c${i}`, server.client()).lead(async (signal) => {
        leading.push(i);
        most = Math.max(most, ++now);
        await untilAborted(signal);
        now--;
      }, stop.signal),
    );
    await until("a leader", () => leading.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(leading).toHaveLength(1);
    const began = performance.now();
    stops[leading[0] ?? 0]?.abort();
    await until("the next leader", () => leading.length === 2);
    // Not the lease's whole duration: it was released.
    expect(performance.now() - began).toBeLessThan(1_500);
    for (const stop of stops) stop.abort();
    await Promise.all(runs);
    expect(most).toBe(1);
    expect((await read("one")).spec.holderIdentity).toBe("");
  });

  it("writes renewTime with six fractional digits and counts transitions", async () => {
    const stop = new AbortController();
    const run = candidate("two", "a", server.client()).lead(untilAborted, stop.signal);
    await until("held", async () => {
      const lease = await read("two").catch(() => undefined);
      return lease?.spec.holderIdentity === "a";
    });
    const lease = await read("two");
    expect(lease.spec.renewTime).toMatch(/\.\d{6}Z$/);
    expect(lease.spec.leaseTransitions).toBe(0);
    stop.abort();
    await run;
  });

  it("releases a lease that has another version than it knows of, as after a renewal whose answer it did not wait for", async () => {
    const stop = new AbortController();
    const path = objectPath(leaseResource, "released", "default");
    const run = candidate("released", "a", server.client()).lead(async () => {
      const lease = await read("released");
      const metadata = { ...lease.metadata, annotations: { touched: "yes" } };
      await server.client().request({ method: "PUT", path, body: { ...lease, metadata } });
    }, stop.signal);
    await run;
    expect((await read("released")).spec.holderIdentity).toBe("");
  });

  it("loses the lease when it cannot renew, before another may take it", async () => {
    const proxy = await Wire.start(server.port);
    const election = candidate("three", "cut-off", server.client(proxy.port));
    const stop = new AbortController();
    let aborted = 0;
    const run = election.lead(async (signal) => {
      await untilAborted(signal);
      aborted = performance.now();
    }, stop.signal);
    const outcome = run.then(
      () => "ended",
      (error: unknown) => error,
    );
    await until("leading", () => election.isLeader);
    proxy.refusing = true;
    proxy.cut();
    let taken = 0;
    const next = candidate("three", "next", server.client());
    const nextStop = new AbortController();
    const nextRun = next.lead(async (signal) => {
      taken = performance.now();
      await untilAborted(signal);
    }, nextStop.signal);
    expect(await outcome).toBeInstanceOf(LeaseLostError);
    expect(election.isLeader).toBe(false);
    await until("taken over", () => taken > 0);
    expect(taken).toBeGreaterThan(aborted);
    nextStop.abort();
    await nextRun;
    await proxy.stop();
  });

  it("ends when somebody took the lease away", async () => {
    const election = candidate("four", "victim", server.client());
    const outcome = election.lead(untilAborted, new AbortController().signal).then(
      () => "ended",
      (error: unknown) => error,
    );
    await until("leading", () => election.isLeader);
    await server.client().request({
      method: "PATCH",
      path: objectPath(leaseResource, "four", "default"),
      contentType: "application/merge-patch+json",
      body: { spec: { holderIdentity: "thief" } },
    });
    const error = await outcome;
    expect(error).toBeInstanceOf(LeaseLostError);
    expect((error as Error).message).toContain("thief");
    expect((await read("four")).spec.holderIdentity).toBe("thief");
  });

  it("hands on what the work throws, after releasing", async () => {
    const run = candidate("five", "a", server.client()).lead(async () => {
      throw new Error("broken work");
    }, new AbortController().signal);
    await expect(run).rejects.toThrow("broken work");
    expect((await read("five")).spec.holderIdentity).toBe("");
  });

  it("refuses times that cannot keep two leaders apart", () => {
    const make = () =>
      new LeaderElection({
        client: server.client(),
        namespace: "default",
        name: "x",
        identity: "x",
        log: new MemoryLog(),
        durationMs: 10_000,
        renewDeadlineMs: 15_000,
      });
    expect(make).toThrow(/must grow: retry 2000 < renew deadline 15000 < duration 10000/);
  });
});
