/** Promise: the NATS server, as the chart configures it, lets each login do what it is for and nothing else. */

import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { type Bus, type ConnectOptions, connect, encodeAlert } from "@portcullis/bus";
import { exampleAlert } from "@portcullis/bus/testing";
import { silentLog } from "@portcullis/daemon/testing";
import { type ChartServer, checkedConfig, natsConfig, startChartServer } from "./chart-server.ts";
import { find, render } from "./rendered-chart.ts";

jest.setTimeout(60_000);

describe("the NATS server as the chart configures it", () => {
  const timing = { reconnectWait: 50, requestTimeout: 1_500 };
  let server: ChartServer;
  let stop: AbortController;
  const open = (auth: ConnectOptions["auth"], signal = stop.signal): Promise<Bus> =>
    connect({ servers: server.url, name: "test", signal, log: silentLog, auth, tls: server.tls, timing });

  beforeAll(async () => {
    stop = new AbortController();
    server = await startChartServer();
  });
  afterAll(async () => {
    stop.abort();
    await server.dispose();
  });

  it("syncs as often as the chart's value says, in a way that the server understands, and the enforcer keeps alerts for longer", () => {
    expect(checkedConfig()).toMatch(/is valid/);
    expect(natsConfig()).toContain('sync_interval: "2m"');
    const enforcer = JSON.stringify(find(render(), "DaemonSet"));
    expect(enforcer).toContain('{"name":"SPOOL_KEEP_SECONDS","value":"180"}');
    expect(enforcer).toContain('{"name":"ALERT_COUNTS_SECONDS","value":"10"}');
  });

  it("takes the controller's storage and serves it", async () => {
    const bus = await open(server.logins.portcullis);
    await bus.ensure();
    expect(await bus.listBundles()).toEqual([]);
    await bus.close();
  });

  it("refuses who has no login, or a wrong one", async () => {
    for (const auth of [
      undefined,
      { user: "portcullis", password: "guess" },
      { user: "reader", password: server.logins.portcullis.password },
    ])
      await expect(open(auth, AbortSignal.timeout(500))).rejects.toMatchObject({ code: "BUS_CLOSED" });
  });

  it("lets a reader read alerts, and neither bundles nor write anything", async () => {
    const controller = await open(server.logins.portcullis);
    const reader = await open(server.logins.reader);
    await controller.ensure();
    const ready = Promise.withResolvers<void>();
    const alerts = reader.subscribeAlerts({ signal: stop.signal, onReady: ready.resolve })[Symbol.asyncIterator]();
    const first = alerts.next();
    await ready.promise;
    await controller.publishAlert(encodeAlert(exampleAlert));
    expect((await first).value).toMatchObject({ id: exampleAlert.id });
    await controller.publishLog(encodeAlert({ ...exampleAlert, type: "ContainerLog", id: "a-log" }));
    const logs = reader.subscribeLogs({ signal: stop.signal, from: "all" })[Symbol.asyncIterator]();
    expect((await logs.next()).value).toMatchObject({ type: "ContainerLog" });
    await expect(reader.publishAlert(encodeAlert({ ...exampleAlert, id: "forged" }))).rejects.toMatchObject({
      code: expect.stringMatching(/^BUS_/),
    });
    await expect(reader.listBundles()).rejects.toMatchObject({ code: expect.stringMatching(/^BUS_/) });
    await expect(reader.deleteBundle("node")).rejects.toMatchObject({ code: expect.stringMatching(/^BUS_/) });
    expect(reader.stats.permissionErrors).toBeGreaterThan(0);
    await Promise.all([controller.close(), reader.close()]);
  });
});
