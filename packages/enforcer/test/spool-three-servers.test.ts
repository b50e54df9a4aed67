/** The real spool before three NATS servers: while most of them are away it keeps everything, and afterwards each alert is stored once. */

import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { encodeAlert } from "@portcullis/bus";
import { exampleAlert, type NatsCluster, startNatsCluster } from "@portcullis/bus/testing";
import { sleep } from "@portcullis/daemon";
import { MemoryLog, until } from "@portcullis/daemon/testing";
import { publishSpooled } from "../src/alerts/publisher.ts";
import { Wake } from "../src/wake.ts";
import { client } from "./enforcer-node.ts";
import { openSpool } from "./opened-spool.ts";
import { counting, TemporaryDirectories } from "./support.ts";

const directories = new TemporaryDirectories();
let cluster: NatsCluster;
beforeAll(async () => {
  cluster = await startNatsCluster();
}, 60_000);
afterAll(async () => {
  await cluster?.dispose();
  directories.removeAll();
});

it("keeps what was not acknowledged while two of three are away, and stores each once when they are back", async () => {
  const servers = cluster.urls.join(",");
  const controller = await client("controller", servers);
  const ensured = () =>
    controller.ensure({ replicas: 3 }).then(
      (unsettled) => unsettled.length === 0,
      () => false,
    );
  await until("the storage", ensured);
  const { spool } = openSpool(directories.make(), { keepAcknowledgedMs: 60_000 });
  const { count, of } = counting();
  const abort = new AbortController();
  const wake = new Wake();
  const options = { spool, wake, log: new MemoryLog(), count, retry: { firstMs: 20, maxMs: 200 }, lookMs: 500 };
  const running = publishSpooled(await client("enforcer", servers), options, abort.signal);
  let last = 0;
  const append = (more: number) => {
    for (const end = last + more; last < end; ) spool.append([encodeAlert({ ...exampleAlert, id: `a-${++last}` })]);
    wake.set();
  };
  append(200);
  await until("all are acknowledged", () => spool.waiting === 0);
  await Promise.all([1, 2].map((index) => cluster.servers[index]?.stop({ hard: true })));
  append(200);
  await sleep(2_000);
  expect([spool.waiting > 0, of("alerts_published")]).toEqual([true, 200]);
  await Promise.all([1, 2].map((index) => cluster.servers[index]?.start()));
  await until("all are acknowledged again", () => spool.waiting === 0, 40_000);
  const { lastSequence } = await controller.alertStream();
  const ids = await Promise.all(Array.from({ length: lastSequence }, (_, at) => controller.storedAlertId(at + 1)));
  expect(new Set(ids)).toEqual(new Set(Array.from({ length: 400 }, (_, n) => `a-${n + 1}`)));
  expect(lastSequence).toBe(400);
  expect([of("alerts_published"), of("alert_stream_losses"), of("alerts_sent_again")]).toEqual([400, 0, 0]);
  abort.abort();
  await running;
}, 90_000);
