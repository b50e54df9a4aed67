import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type HealthServer, serveHealth } from "../src/health.ts";
import { Metrics } from "../src/metrics.ts";
import { silentLog } from "./testing.ts";

let server: HealthServer;
let bundle: true | string;
let metrics: Metrics;

beforeEach(async () => {
  bundle = "no bundle yet";
  metrics = new Metrics("portcullis_test");
  const ready = { bundle: () => bundle, bus: (): true => true };
  server = await serveHealth({ port: 0, host: "127.0.0.1", ready, metrics, log: silentLog });
});
afterEach(() => server.close());

const get = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${server.port}${path}`, init);

describe("the health server", () => {
  it("says that the process lives", async () => {
    expect((await get("/healthz")).status).toBe(200);
  });

  it("says what is not ready, and when it is", async () => {
    const before = await get("/readyz");
    expect([before.status, await before.json()]).toEqual([503, { bundle: "no bundle yet", bus: "ok" }]);
    bundle = true;
    const after = await get("/readyz?verbose");
    expect([after.status, await after.json()]).toEqual([200, { bundle: "ok", bus: "ok" }]);
  });

  it("counts a check that throws as not holding", async () => {
    const ready = {
      broken: (): true => {
        throw new Error("boom");
      },
    };
    const other = await serveHealth({ port: 0, host: "127.0.0.1", ready, metrics, log: silentLog });
    const answer = await fetch(`http://127.0.0.1:${other.port}/readyz`);
    expect([answer.status, await answer.json()]).toEqual([503, { broken: "check failed: boom" }]);
    await other.close();
  });

  it("serves the metrics", async () => {
    metrics.counter({ name: "events_total", help: "Events.", labels: {} }).inc({}, 3);
    const answer = await get("/metrics");
    expect(answer.headers.get("content-type")).toMatch(/text\/plain/);
    expect(await answer.text()).toMatch(/^portcullis_test_events_total 3$/m);
  });

  it("serves further pages of the process as JSON, and says which there are", async () => {
    const pages = { "/nodes": () => ({ enforcing: 3 }) };
    const other = await serveHealth({ port: 0, host: "127.0.0.1", ready: {}, pages, metrics, log: silentLog });
    const ask = (path: string) => fetch(`http://127.0.0.1:${other.port}${path}`);
    expect(await (await ask("/nodes?all")).json()).toEqual({ enforcing: 3 });
    const missing = await ask("/constructor");
    expect([missing.status, await missing.text()]).toEqual([404, expect.stringContaining("/nodes and /metrics")]);
    await other.close();
  });

  it("has nothing else, and only reads", async () => {
    expect((await get("/")).status).toBe(404);
    expect((await get("/healthz", { method: "POST" })).status).toBe(405);
  });

  it("listens on every address when none is named", async () => {
    const everywhere = await serveHealth({ port: 0, host: "", ready: {}, metrics, log: silentLog });
    expect((await fetch(`http://127.0.0.1:${everywhere.port}/readyz`)).status).toBe(200);
    await everywhere.close();
  });

  it("names the port it cannot have", async () => {
    const again = serveHealth({ port: server.port, host: "127.0.0.1", ready: {}, metrics, log: silentLog });
    await expect(again).rejects.toMatchObject({
      code: "DAEMON_LISTEN_FAILED",
      message: expect.stringContaining(String(server.port)),
    });
  });
});

describe("metrics", () => {
  const text = async () => (await metrics.render()).body;

  it("show every label before anything is counted", async () => {
    const refused = metrics.counter({
      name: "refused_total",
      help: "Refused.",
      labels: { reason: ["stale", "foreign"], kind: ["bundle"] },
    });
    expect(await text()).toMatch(/refused_total\{reason="foreign",kind="bundle"\} 0/);
    refused.inc({ reason: "foreign", kind: "bundle" });
    expect(await text()).toMatch(/refused_total\{reason="foreign",kind="bundle"\} 1/);
  });

  it("refuse a label outside its set, a name without its form and a counter that shrinks", () => {
    const counter = metrics.counter({ name: "a_total", help: "A.", labels: { reason: ["x"] } });
    const error = expect.objectContaining({ code: "DAEMON_METRIC_INVALID" });
    expect(() => counter.inc({ reason: "pod-123" as "x" })).toThrow(error);
    expect(() => counter.inc({ reason: "x" }, -1)).toThrow(error);
    expect(() => metrics.counter({ name: "a", help: "A.", labels: {} })).toThrow(error);
    expect(() => metrics.gauge({ name: "a_total", help: "A.", labels: {} })).toThrow(error);
  });

  it("are read when scraped, where others keep them", async () => {
    const counts = { lost: 1 };
    let revision: number | undefined;
    metrics.observeCounts("bus_total", "Bus.", () => counts);
    metrics.observe("revision", "Revision.", () => revision);
    expect(await text()).toMatch(/bus_total\{result="lost"\} 1/);
    expect(await text()).not.toMatch(/^portcullis_test_revision/m);
    counts.lost = 5;
    revision = 7;
    expect(await text()).toMatch(/bus_total\{result="lost"\} 5/);
    expect(await text()).toMatch(/^portcullis_test_revision 7$/m);
  });
});
