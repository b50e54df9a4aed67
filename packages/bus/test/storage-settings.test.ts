/** Sizes, ages and replicas: of whoever installs and of whoever administers the server, and what the one says while the other has said something else. */

import { describe, expect, it } from "@jest/globals";
import { type JetStreamManager, jetstreamManager, type StreamConfig } from "@nats-io/jetstream";
import { connect as dial, nanos } from "@nats-io/transport-node";
import { z } from "zod";
import { encodeAlert } from "../src/messages/alert.ts";
import { storageLimits, storageVariables } from "../src/storage-settings.ts";
import { BusBed } from "./bus-bed.ts";
import { exampleAlert } from "./examples.ts";

const bed = new BusBed();
const alerts = "PORTCULLIS_ALERTS";
const mib = 1 << 20;
const hour = 3_600_000;

/** Somebody with NATS' own tools. */
async function administrator<T>(work: (jsm: JetStreamManager) => Promise<T>): Promise<T> {
  const nc = await dial({ servers: bed.server.url });
  try {
    return await work(await jetstreamManager(nc));
  } finally {
    await nc.close();
  }
}

const configOf = (stream: string): Promise<StreamConfig> =>
  administrator(async (jsm) => (await jsm.streams.info(stream)).config);
const update = (stream: string, change: Partial<StreamConfig>) =>
  administrator((jsm) => jsm.streams.update(stream, change));

describe("a stream's size and age", () => {
  it("are as the values say when it is made, and when a value changes", async () => {
    const { controller } = await bed.pair();
    await controller.publishAlert(encodeAlert(exampleAlert));
    expect(await controller.ensure({ alertsMaxBytes: 32 * mib, alertsMaxAge: hour })).toEqual([]);
    expect(await configOf(alerts)).toMatchObject({ max_bytes: 32 * mib, max_age: nanos(hour) });
    expect(await controller.alertStream()).toMatchObject({ lastSequence: 1 });
    await controller.ensure();
    expect(await configOf(alerts)).toMatchObject({ max_bytes: 256 * mib, max_age: nanos(7 * 24 * hour) });
  });

  it("stay as an administrator has set them, whatever was said before, until the value itself changes", async () => {
    const { controller } = await bed.pair();
    await update(alerts, { max_bytes: 20 * mib, max_age: nanos(2 * hour), description: "ours" });
    await update("KV_portcullis-v1-bundles", { max_bytes: 200 * mib });
    await controller.ensure();
    await controller.ensure({ alertsMaxAge: 3 * hour });
    expect(await configOf(alerts)).toMatchObject({
      max_bytes: 20 * mib,
      max_age: nanos(3 * hour),
      description: "ours",
    });
    expect(await configOf("KV_portcullis-v1-bundles")).toMatchObject({ max_bytes: 200 * mib });
    await controller.ensure({ alertsMaxAge: 3 * hour, alertsMaxBytes: 30 * mib });
    expect(await configOf(alerts)).toMatchObject({ max_bytes: 30 * mib, max_age: nanos(3 * hour) });
  });

  it("stay as they are where a release that noted nothing had made it, or somebody else, and the values are still the same", async () => {
    const { controller } = await bed.pair();
    await update(alerts, { max_bytes: 20 * mib, metadata: {} });
    await controller.ensure();
    expect(await configOf(alerts)).toMatchObject({ max_bytes: 20 * mib });
    await update(alerts, { metadata: { "portcullis.applied": "{broken", "who.else": "kept" } });
    await controller.ensure({ alertsMaxBytes: 40 * mib });
    expect(await configOf(alerts)).toMatchObject({ max_bytes: 40 * mib, metadata: { "who.else": "kept" } });
  });

  it("are put right together with what the code relies on, which nobody else may set", async () => {
    const { controller } = await bed.pair();
    await update("KV_portcullis-v1-bundles", { max_bytes: 100 * mib, allow_direct: false });
    await controller.ensure();
    expect(await configOf("KV_portcullis-v1-bundles")).toMatchObject({
      max_bytes: 100 * mib,
      allow_direct: true,
    });
  });

  it("that the server does not let be changed are told, asked for again, and hold nothing else up", async () => {
    const { controller } = await bed.pair();
    const unsettled = await controller.ensure({ replicas: 3, alertsMaxAge: hour, logsMaxAge: hour });
    expect(unsettled).toHaveLength(6);
    expect(unsettled[0]).toMatch(
      /could not change sizes, ages or replicas of the stream PORTCULLIS_ALERTS: .*replicas/,
    );
    expect(await configOf(alerts)).toMatchObject({ num_replicas: 1, max_age: nanos(hour) });
    await controller.publishAlert(encodeAlert(exampleAlert));
    expect(await controller.ensure({ replicas: 3, alertsMaxAge: hour, logsMaxAge: 2 * hour })).toHaveLength(6);
    expect(await configOf("PORTCULLIS_LOGS")).toMatchObject({ num_replicas: 1, max_age: nanos(2 * hour) });
    expect(await controller.ensure({ alertsMaxAge: hour })).toEqual([]);
    expect(await configOf(alerts)).toMatchObject({ num_replicas: 1, max_age: nanos(hour) });
  });

  it("may be shorter than the window in which an alert is known by its id", async () => {
    const { controller } = await bed.pair();
    await controller.ensure({ alertsMaxAge: 60_000 });
    expect(await configOf(alerts)).toMatchObject({ max_age: nanos(60_000), duplicate_window: nanos(60_000) });
  });
});

describe("the settings of streams and buckets in an environment", () => {
  const schema = z.object(storageVariables);

  it("are sizes and times with their units, and nothing where nothing is set", () => {
    expect(storageLimits(schema.parse({}))).toEqual({});
    const set = {
      STORAGE_REPLICAS: "3",
      STORAGE_ALERTS_SIZE: "2Gi",
      STORAGE_ALERTS_AGE: "90m",
      STORAGE_LOGS_AGE: "7d",
    };
    expect(storageLimits(schema.parse(set))).toEqual({
      replicas: 3,
      alertsMaxBytes: 2_048 * mib,
      alertsMaxAge: 1.5 * hour,
      logsMaxAge: 168 * hour,
    });
  });

  it.each([
    { STORAGE_REPLICAS: "0" },
    { STORAGE_REPLICAS: "many" },
    { STORAGE_ALERTS_SIZE: "1000" },
    { STORAGE_ALERTS_AGE: "0h" },
    { STORAGE_PROGRESS_SIZE: "1Ki" },
  ])("are refused as %j", (environment) => {
    expect(schema.safeParse(environment).success).toBe(false);
  });
});
