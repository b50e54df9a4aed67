import { inspect } from "node:util";
import { describe, expect, it } from "@jest/globals";
import { type Log, sleep } from "@portcullis/daemon";
import { silentLog, until } from "@portcullis/daemon/testing";
import { connect } from "../src/connect.ts";
import { encodeAlert } from "../src/messages/alert.ts";
import { BusBed, iterate, next, timing } from "./bus-bed.ts";
import { exampleAlert, exampleStatus } from "./examples.ts";
import { startNatsServer } from "./nats-server.ts";

const bed = new BusBed();

describe("a connection", () => {
  it("waits for a server that is not there yet", async () => {
    await bed.server.stop();
    const opening = bed.open("early");
    await sleep(150);
    await bed.server.start();
    expect((await opening).connected).toBe(true);
  });

  it("gives up when its signal aborts, not before", async () => {
    await bed.server.stop();
    const opening = bed.open("never");
    await sleep(150);
    bed.stop.abort();
    await expect(opening).rejects.toMatchObject({ code: "BUS_CLOSED" });
    await bed.server.start();
  });

  it("refuses options that can never work", async () => {
    for (const url of ["", "ws://nats:80", "nats://nats:4222,wss://nats"])
      await expect(bed.open("bad", { url })).rejects.toMatchObject({ code: "BUS_OPTION_INVALID" });
  });

  it("refuses at once what is asked while it is down, and tells of the reconnect", async () => {
    const { controller } = await bed.pair();
    const reconnects = iterate(controller.reconnects(bed.stop.signal));
    const reconnected = next(reconnects, "the reconnect");
    await bed.server.stop();
    await until("the connection is seen down", () => !controller.connected);
    await expect(controller.putNodeStatus(exampleStatus)).rejects.toMatchObject({ code: "BUS_DISCONNECTED" });
    await bed.server.start();
    await reconnected;
    expect(controller.stats).toMatchObject({ disconnects: 1, reconnects: 1 });
    await controller.putNodeStatus(exampleStatus);
  });

  it("says so when it is closed for good, and ends its iterations", async () => {
    const { controller } = await bed.pair();
    const iterations = [
      controller.watchBundle("n", bed.stop.signal),
      controller.subscribeAlerts({ signal: bed.stop.signal }),
      controller.watchNodeStatuses(bed.stop.signal),
      controller.reconnects(bed.stop.signal),
    ].map((iterable) => iterate<unknown>(iterable).next());
    await sleep(100);
    await controller.close();
    expect(await controller.closed).toBeUndefined();
    expect(await Promise.all(iterations)).toEqual(Array(4).fill({ done: true, value: undefined }));
    expect(controller.connected).toBe(false);
    await expect(controller.putNodeStatus(exampleStatus)).rejects.toMatchObject({ code: "BUS_CLOSED" });
  });

  it("ends its iterations when its signal aborts", async () => {
    const { enforcer } = await bed.pair();
    const iterations = [
      enforcer.watchBundle("n", bed.stop.signal),
      enforcer.subscribeAlerts({ signal: bed.stop.signal }),
      enforcer.watchNodeStatuses(bed.stop.signal),
      enforcer.reconnects(bed.stop.signal),
    ].map((iterable) => iterate<unknown>(iterable).next());
    await sleep(100);
    bed.stop.abort();
    expect(await Promise.all(iterations)).toEqual(Array(4).fill({ done: true, value: undefined }));
  });

  it("that lacks a permission is told so at once, and it is counted", async () => {
    const permissions = '{ publish: ["portcullis.v2.json.>", "$JS.API.STREAM.INFO.>"] }';
    const config = `authorization { users: [{ user: "u", password: "p", permissions: ${permissions} }] }`;
    const server = await startNatsServer({ config });
    const auth = { user: "u", password: "p" };
    const bus = await connect({
      servers: server.url,
      name: "x",
      signal: bed.stop.signal,
      log: silentLog,
      auth,
      timing,
    });
    const started = performance.now();
    await expect(bus.putNodeStatus(exampleStatus)).rejects.toMatchObject({ code: "BUS_PERMISSION_DENIED" });
    await expect(bus.publishAlert(encodeAlert(exampleAlert))).rejects.toMatchObject({ code: "BUS_PERMISSION_DENIED" });
    await expect(bus.ensure()).rejects.toMatchObject({ code: "BUS_PERMISSION_DENIED" });
    expect(performance.now() - started).toBeLessThan(timing.requestTimeout);
    expect(bus.stats.permissionErrors).toBe(3);
    await bus.close();
    await server.dispose();
  });

  it("never logs how it authenticates", async () => {
    const secured = await startNatsServer({ config: 'authorization { token: "s3cret-token" }' });
    const lines: string[] = [];
    const write = (message: string, fields?: object) =>
      void lines.push(message + inspect(fields, { depth: 10, showHidden: true }));
    const log: Log = { debug: write, info: write, warn: write, error: write };
    const auth = { token: "wrong-s3cret" };
    const opening = connect({ servers: secured.url, name: "x", signal: bed.stop.signal, log, auth, timing });
    await until("an attempt is logged", () => lines.length > 0);
    bed.stop.abort();
    await expect(opening).rejects.toMatchObject({ code: "BUS_CLOSED" });
    expect(lines.join("\n")).toMatch(/not reachable/);
    expect(lines.join("\n")).not.toMatch(/s3cret/);
    await secured.dispose();
  });
});
