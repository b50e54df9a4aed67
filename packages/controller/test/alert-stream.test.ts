/** What the stream of alerts drops at its limits is seen, also when nobody reads it, and over the loss of a stream. */

import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { type Bus, connect, encodeAlert } from "@portcullis/bus";
import { exampleAlert, type NatsServer, startNatsServer } from "@portcullis/bus/testing";
import { silentLog, until } from "@portcullis/daemon/testing";
import { AlertStreamWatch } from "../src/alerts/alert-stream.ts";

let server: NatsServer;
let bus: Bus;
const stop = new AbortController();
beforeAll(async () => {
  server = await startNatsServer();
  const timing = { reconnectWait: 50, requestTimeout: 2_000 };
  bus = await connect({ servers: server.url, name: "test", signal: stop.signal, log: silentLog, timing });
}, 60_000);
afterAll(async () => {
  stop.abort();
  await bus?.close();
  await server?.dispose();
});

it("counts what the stream has dropped since the beginning, and what it holds", async () => {
  const limits = { alertsMaxBytes: 8_000 };
  await bus.ensure(limits);
  const watch = new AlertStreamWatch({ bus, log: silentLog, lookMs: 20 });
  const watching = watch.run(stop.signal);
  await until("it is empty", () => watch.held === 0 && watch.oldestSeconds === 0);
  const publish = async (prefix: string, count: number) => {
    for (let n = 0; n < count; n += 1) await bus.publishAlert(encodeAlert({ ...exampleAlert, id: `${prefix}-${n}` }));
  };
  await publish("a", 3);
  await until("three are there", () => watch.held === 3);
  expect(watch.dropped).toBe(0);
  const oldest = watch.oldestSeconds;
  expect([oldest >= 0, oldest < 30]).toEqual([true, true]);
  await until("it grows older", () => watch.oldestSeconds > oldest);
  await publish("b", 60);
  await until("the oldest are gone", () => watch.dropped > 0 && watch.dropped + watch.held === 63);
  const dropped = watch.dropped;

  await server.stop({ hard: true });
  await server.start({ wipe: true });
  await until("the stream is made again", () =>
    bus.ensure(limits).then(
      () => true,
      () => false,
    ),
  );
  await publish("c", 2);
  await until("two are there", () => watch.held === 2);
  expect(watch.dropped).toBe(dropped);
  stop.abort();
  await watching;
}, 60_000);
